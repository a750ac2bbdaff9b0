// Images kept in order: the panel beside an image, and a collection that is arranged by dragging. What is typed but not
// sent stays when the panel comes back, the focus stays where it was, and a move is told in words. Without this script
// every button sends its form.
const announcer = document.querySelector("[data-announcer]");

// --- The panel and the buttons: what comes back takes nothing away -------------------------------------

const kept = new WeakMap(); // by the request, since the form that it came from may be another one afterwards

document.addEventListener("htmx:before:swap", ({ detail }) => {
  const form = detail?.ctx?.sourceElement?.closest?.("#image-order form, #arrange form");
  if (!form || detail.ctx.sourceElement !== form) return; // suggestions for a field came, or something else of the page
  const focused = document.activeElement.closest("#image-order, #arrange") && document.activeElement;
  const note = document.getElementById("order-note");
  const sent = form.matches("[data-empties]") ? [...form.querySelectorAll("input[id]")].map(({ id }) => id) : [];
  kept.set(detail.ctx, { focused, id: focused?.id, note: form.contains(note) ? undefined : note?.value, sent });
});

document.addEventListener("htmx:after:swap", ({ detail }) => {
  const { focused, id, note, sent } = kept.get(detail?.ctx) ?? {};
  if (!sent) return;
  const panel = document.getElementById("image-order");
  const isRefused = panel?.querySelector(".error");
  const write = (field, text) => { if (field) field.value = text; };
  if (!isRefused) for (const one of sent) write(document.getElementById(one), "");
  if (note !== undefined) write(document.getElementById("order-note"), note);
  if (panel && !isRefused) marked.add(panel.dataset.image);
  if (!focused) return; // a key was pressed somewhere else
  const next = document.getElementById(id) || document.querySelector("#order-tag, #arrange-undo, #arrange button");
  if (next !== document.activeElement) next?.focus({ preventScroll: true });
  tell(next?.closest("[data-item]"));
});

// Over a page of the history: the sections that show what was marked are asked for again when the image is closed.
const marked = new Set();

addEventListener("popstate", () => {
  const tiles = [...marked].map((id) => document.querySelector(`[data-part] [data-image-id="${id}"]`));
  marked.clear();
  for (const part of new Set(tiles.map((tile) => tile?.closest("[data-part]")))) {
    if (part) window.htmx.ajax("GET", part.dataset.source, { target: part, select: "[data-part] > .day", swap: "innerMorph" });
  }
});

// A key clicks what it belongs to; a field is to be written in.
document.addEventListener("click", (event) => {
  if (!event.isTrusted && event.target.matches?.("#order-collect, #order-new")) event.target.focus();
});

function tell(item) {
  const box = document.querySelector("[data-arrange]");
  if (!box || !item) return;
  const place = [...box.querySelectorAll("[data-item]")].indexOf(item) + 1;
  announcer.textContent = box.dataset.moved.replace("{n}", place);
}

// --- Dragging: the others make room at once, and the place is sent when it is let go -------------------

let dragged;
let from; // what followed it before

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-item]");
  if (!dragged) return;
  from = dragged.nextElementSibling;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  requestAnimationFrame(() => dragged?.toggleAttribute("data-dragged", true));
});

document.addEventListener("dragover", (event) => {
  if (!dragged) return;
  event.preventDefault();
  const over = event.target.closest?.("[data-item]");
  if (!over || over === dragged) return;
  const isBehind = dragged.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
  over[isBehind ? "after" : "before"](dragged);
});

document.addEventListener("drop", (event) => dragged && event.preventDefault());

document.addEventListener("dragend", (event) => {
  if (!dragged) return;
  dragged.removeAttribute("data-dragged");
  const isDropped = event.dataTransfer.dropEffect !== "none";
  if (!isDropped) from ? from.before(dragged) : dragged.parentElement.append(dragged);
  else if (dragged.nextElementSibling !== from) send(dragged);
  dragged = undefined;
});

function send(item) {
  const form = document.querySelector("[data-drop]");
  const isFirst = !item.previousElementSibling;
  form.elements.image.value = item.dataset.item;
  form.elements.beside.value = (item.previousElementSibling || item.nextElementSibling).dataset.item;
  form.elements.side.value = isFirst ? "before" : "after";
  form.requestSubmit();
  tell(item);
}

// An order that was not taken is shown as it is.
document.addEventListener("htmx:error", (event) => {
  if (event.detail?.ctx?.sourceElement?.closest?.("#arrange")) location.reload();
});
