// The pictures that a new one is made from: chosen, dropped or pasted anywhere, sent one by one with their progress,
// put in order with buttons or by dragging. Without this script the form sends the files itself.
const box = document.querySelector("[data-pictures]");
const form = box.closest("form");
const list = box.querySelector("[data-list]");
const maskPlace = box.querySelector("[data-mask-place]");
const progress = box.querySelector("[data-progress]");
const inputs = { pictures: box.querySelector("[name=pictures]"), mask_picture: box.querySelector("[name=mask_picture]") };
const errors = { pictures: box.querySelector("[data-errors]"), mask_picture: box.querySelector("[data-mask-errors]") };
const announcer = document.querySelector("[data-announcer]");
const MOST = Number(box.dataset.most);
const MB = 1024 * 1024;
const FILES = /^image\//;

let queue = [];
let sent = 0;
let running;

const say = (name, values) => box.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const ids = () => [...list.querySelectorAll("[name=references]")].map((input) => input.value);

function complain(field, sentence) {
  const line = document.createElement("p");
  line.textContent = sentence;
  errors[field].append(line);
}

// --- Uploading: one request per file, so that a bad one costs only itself ------------------------

function add(files, field = "pictures") {
  errors[field].replaceChildren();
  for (const file of files) {
    const waiting = queue.filter((one) => one.field === "pictures").length;
    if (file.size > Number(box.dataset.bytes)) {
      complain(field, say("tooLarge", { name: file.name, most: Math.floor(box.dataset.bytes / MB) }));
    } else if (field === "pictures" && ids().length + waiting >= MOST) {
      complain(field, say("tooMany", { name: file.name, most: MOST }));
    } else {
      queue.push({ file, field, place: field === "pictures" && placeFor(file) });
    }
  }
  if (!running && queue.length) next();
}

// While it is on its way a picture has a place of its own, with a bar.
function placeFor(file) {
  const place = box.querySelector("[data-sending-picture]").content.firstElementChild.cloneNode(true);
  const image = place.querySelector("img");
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  image.src = URL.createObjectURL(file);
  place.querySelector("progress").setAttribute("aria-label", file.name);
  list.append(place);
  return place;
}

function next() {
  const one = queue[0];
  progress.hidden = !one;
  if (!one) {
    running = undefined;
    sent = 0;
    return;
  }
  running = new XMLHttpRequest();
  running.open("POST", box.dataset.pictures);
  running.upload.addEventListener("progress", (event) => show(event.loaded / event.total));
  running.addEventListener("load", () => arrived(one));
  running.addEventListener("error", () => failed(one, "lost"));
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
  for (const id of ids()) body.append("references", id);
  body.append(one.field, one.file);
  running.send(body);
  show(0);
}

function show(part) {
  const values = { place: sent + 1, count: sent + queue.length, percent: Math.floor(part * 100) };
  progress.querySelector("progress").value = part * 100;
  const own = queue[0].place && queue[0].place.querySelector("progress");
  if (own) own.value = part * 100;
  progress.querySelector("[data-progress-words]").textContent = say(part < 1 ? "uploading" : "checking", values);
}

function arrived(one) {
  const { status, responseText, responseURL } = running;
  if (!responseURL.endsWith(box.dataset.pictures)) return failed(one, "signedOut");
  if (status === 413) return failed(one, "tooLarge");
  if (status !== 200) return failed(one, "lost");
  take(responseText, one.field, one.place);
  return done();
}

function failed(one, why) {
  complain(one.field, say(why, { name: one.file.name, most: Math.floor(box.dataset.bytes / MB) }));
  done();
}

function done() {
  const { place } = queue.shift();
  if (place) place.remove();
  sent += 1;
  next();
}

function take(html, field, place) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  for (const picture of answer.querySelectorAll("[data-picture]")) {
    if (!ids().includes(picture.querySelector("[name=references]").value)) (place?.isConnected ? place.before(picture) : list.append(picture));
    announcer.textContent = say("added", { name: picture.querySelector("img").alt });
  }
  const mask = answer.querySelector("[data-mask]");
  if (mask) {
    maskPlace.replaceChildren(mask);
    maskPlace.closest("details").open = true;
  }
  for (const error of answer.querySelectorAll("[data-picture-error]")) complain(field, error.textContent);
  changed();
}

progress.querySelector("[data-cancel-upload]").addEventListener("click", () => {
  for (const { place } of queue) if (place) place.remove();
  queue = [];
  running.abort();
  next();
  inputs.pictures.focus();
});

form.addEventListener("submit", (event) => {
  if (!running) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  errors.pictures.replaceChildren();
  complain("pictures", box.dataset.wait);
}, { capture: true });

for (const [field, input] of Object.entries(inputs)) {
  input.addEventListener("change", (event) => {
    event.stopPropagation();
    add([...input.files], field);
    input.value = ""; // it is sent already, and not once more with the form
  });
}

// --- Dropping and pasting, anywhere on the page -----------------------------------------------------

// The mask editor, or another dialog, lies over the form: what is dropped or pasted there is not meant for the form.
const isElsewhere = () => document.querySelector("dialog[open]") !== null;
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  if (!isElsewhere()) box.toggleAttribute("data-over", true);
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) box.toggleAttribute("data-over", false);
});

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  box.toggleAttribute("data-over", false);
  if (isElsewhere()) return;
  const onMask = event.target.closest?.(".mask-field");
  add([...event.dataTransfer.files], onMask ? "mask_picture" : "pictures");
});

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])].filter((file) => FILES.test(file.type));
  // Office programs put a picture of the text beside the text: there the text is meant.
  if (!files.length || isElsewhere() || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  add(files);
});

// --- Order -------------------------------------------------------------------------------------------

list.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const picture = button.closest("[data-picture]");
  errors.pictures.replaceChildren();
  if (button.hasAttribute("data-remove")) {
    const neighbour = picture.nextElementSibling ?? picture.previousElementSibling;
    picture.remove();
    (neighbour?.querySelector("[data-remove]") ?? inputs.pictures).focus();
  } else if (button.dataset.move < 0) {
    picture.previousElementSibling?.before(picture);
  } else {
    picture.nextElementSibling?.after(picture);
  }
  if (button.isConnected) button.focus();
  changed();
});

let dragged;
list.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-picture]");
  event.dataTransfer.effectAllowed = "move";
});

list.addEventListener("dragover", (event) => {
  const over = event.target.closest("[data-picture]");
  if (!dragged || hasFiles(event)) return;
  event.preventDefault();
  if (!over || over === dragged) return;
  const isBehind = dragged.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
  over[isBehind ? "after" : "before"](dragged);
});

document.addEventListener("dragend", () => {
  if (dragged) changed();
  dragged = undefined;
});

// What was wrong with the pictures was wrong for the model that was chosen before.
form.elements.namedItem("model").addEventListener("change", () => errors.pictures.replaceChildren());

// --- What follows from a change ------------------------------------------------------------------------

async function changed() {
  const count = ids().length;
  box.querySelector("[data-count]").textContent = count ? `${count} / ${MOST}` : "";
  form.dispatchEvent(new Event("input", { bubbles: true })); // the draft is written
  const query = new URLSearchParams({ model: form.elements.namedItem("model").value });
  for (const id of ids()) query.append("references", id);
  const answer = await fetch(`${form.elements.namedItem("model").getAttribute("hx-get")}?${query}`).catch(() => undefined);
  if (!answer?.ok || answer.redirected || count !== ids().length) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const note = page.querySelector("#pictures-note");
  note?.removeAttribute("hx-swap-oob");
  if (note) document.getElementById("pictures-note").replaceWith(note);
}

// --- Painting a mask over the first picture: the editor is loaded when it is opened ----------------------

const paint = box.querySelector("[data-paint]");
const editor = box.querySelector("[data-mask-editor]");

function offerPainting() {
  paint.disabled = !ids().length || !document.querySelector("#pictures-note[data-mask]");
}

async function openEditor() {
  errors.mask_picture.replaceChildren();
  try {
    const { open } = await import("./mask/editor.js");
    await open(editor, {
      picture: list.querySelector("a.picture-shown").href,
      mask: maskPlace.querySelector(".picture-shown")?.href ?? "",
      several: ids().length > 1,
      use: (file) => add([file], "mask_picture"),
    });
  } catch {
    complain("mask_picture", editor.dataset.lost);
  }
}

paint.addEventListener("click", openEditor);
new MutationObserver(offerPainting).observe(box, { childList: true, subtree: true, attributeFilter: ["data-mask"] });
offerPainting();

// "Edit with mask" leads here; shown again later, the page is as any other.
const address = new URL(location);
if (address.searchParams.has("paint")) {
  address.searchParams.delete("paint");
  history.replaceState(history.state, "", address);
  paint.closest("details").open = true;
  if (!paint.disabled) openEditor();
}

// The draft of an earlier visit names pictures by their ids: they are shown again, if they are still there.
form.addEventListener("pictures:restore", async (event) => {
  const query = new URLSearchParams(event.detail);
  const answer = await fetch(`${box.dataset.pictures}?${query}`).catch(() => undefined);
  if (answer?.ok && !answer.redirected) take(await answer.text(), "pictures");
});
// Chosen before this script had come.
for (const [field, input] of Object.entries(inputs)) if (input.files.length) input.dispatchEvent(new Event("change"));
form.toggleAttribute("data-pictures-ready", true);
form.dispatchEvent(new Event("pictures:ready"));
