// Images selected one by one, as a range, by the day, or all that match; and what is then done with them. Without this
// script the checkboxes and the buttons of the form do it.
const form = document.querySelector("[data-selection]");
const bulk = form.querySelector("[data-bulk]");
const matching = bulk.querySelector("[data-matching]");
const all = bulk.querySelector("[name=all]");
const shown = bulk.querySelector("[data-selected]");
const mode = document.querySelector("[data-select-mode]");
const told = document.getElementById("told");
const compare = bulk.querySelector("[data-compare]");
const failed = document.getElementById("told-failed");
const words = document.getElementById("history-words").dataset;
// What is done without leaving the page; the others lead elsewhere.
const HERE = ["favourite", "unfavourite", "rate", "tag", "untag", "collect", "uncollect", "trash", "again"];

const MOST_COMPARED = 4;

const boxes = () => [...form.querySelectorAll(".pick > input")];
const chosen = () => boxes().filter((box) => box.checked);
const compared = () => chosen().filter((box) => box.name === "images");
export const isAnything = () => !all.disabled || Boolean(form.querySelector(".pick > :checked"));

let last; // the checkbox that a range begins with

function show() {
  const count = chosen().length;
  if (!count) all.disabled = true;
  const isShown = count > 0 || mode.getAttribute("aria-pressed") === "true";
  bulk.toggleAttribute("data-shown", isShown);
  if (isShown && matching.childElementCount === 0) window.htmx.trigger(matching, "count", {}, false);
  const text = !all.disabled ? words.all.replace("{n}", matching.querySelector("[data-all]").dataset.all)
    : count === 1 ? words.one : count ? words.many.replace("{n}", count) : words.none;
  if (shown.textContent !== text) shown.textContent = text;
  compare.hidden = compared().length < 2 || compared().length > MOST_COMPARED;
}

function pick(some, isChosen) {
  for (const box of some) box.checked = isChosen;
  if (!isChosen) all.disabled = true;
  show();
}

export function toggle(box, isRange) {
  const every = boxes();
  if (isRange && last?.isConnected) {
    const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
    pick(every.slice(from, to + 1), true);
  } else {
    last = box;
    show();
  }
}

export function clear() {
  pick(boxes(), false);
  setMode(false);
}

function setMode(isOn) {
  mode.setAttribute("aria-pressed", isOn);
  form.toggleAttribute("data-selecting", isOn);
  show();
}

mode.addEventListener("click", () => (form.hasAttribute("data-selecting") ? clear() : setMode(true)));

compare.addEventListener("click", () => {
  location.assign(`${compare.dataset.compare}?${compared().map((box) => `image=${box.value}`).join("&")}`);
});

let isShift = false;
form.addEventListener("pointerdown", (event) => { isShift = event.shiftKey; });
form.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest(".pick, [data-selecting] .tile")) event.preventDefault(); // nobody marks text
});

form.addEventListener("change", (event) => {
  if (!event.target.matches(".pick > input")) return;
  if (!event.target.checked) all.disabled = true;
  toggle(event.target, isShift && event.target.checked);
  isShift = false;
});

// While one selects, an image is selected where it is touched, and not opened.
form.addEventListener("click", (event) => {
  const link = event.target.closest(".tile > .tile-link");
  if (link && form.hasAttribute("data-selecting") && event.detail > 0) {
    const box = link.parentElement.querySelector(".pick > input");
    event.preventDefault();
    event.stopPropagation();
    if (!box) return;
    box.checked = !box.checked;
    if (!box.checked) all.disabled = true;
    toggle(box, event.shiftKey && box.checked);
    return;
  }
  const button = event.target.closest("[data-select-day], [data-all], [data-clear]");
  if (!button) return;
  if (button.hasAttribute("data-select-day")) {
    const ofDay = button.closest("[data-day]").dataset.day;
    const those = boxes().filter((box) => box.closest("[data-day]").dataset.day === ofDay);
    pick(those, !those.every((box) => box.checked));
  } else if (button.hasAttribute("data-all")) {
    pick(boxes(), true);
    all.disabled = false;
    show();
  } else {
    clear();
  }
}, { capture: true });

// --- Doing it, and showing what came of it in its place ----------------------------------------------

function tell(html) {
  const notices = [...new DOMParser().parseFromString(html, "text/html").body.children];
  told.replaceChildren(...notices);
  for (const notice of notices) window.htmx.process(notice);
}

async function refresh(parts) {
  await Promise.all(parts.map((part) =>
    window.htmx.ajax("GET", part.dataset.source, { target: part, swap: "outerHTML", select: "[data-part]" })));
}

// The buttons are named "action", and so form.action is one of them.
async function ask(body) {
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(body), headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) {
    told.replaceChildren(failed.content.cloneNode(true));
    return false;
  }
  tell(await answer.text());
  return !told.querySelector(".notice--bad");
}

async function act(body) {
  const isAll = body.has("all");
  const parts = isAll ? [...form.querySelectorAll("[data-part]")] : [...new Set(chosen().map((box) => box.closest("[data-part]")))];
  const generations = body.getAll("generations");
  let isDone = true;
  if (generations.length && body.has("images")) {
    // Those without an image are deleted by themselves.
    const others = new URLSearchParams(body);
    others.delete("images");
    isDone = await ask(others);
    body.delete("generations");
  }
  if (!isDone || !(await ask(body))) return;
  clear();
  await refresh(parts);
}

form.addEventListener("submit", (event) => {
  const action = event.submitter?.value;
  const isAll = !all.disabled;
  document.querySelector(":popover-open")?.hidePopover();
  if (isAll && action === "trash" && !confirm(words.trash.replace("{n}", matching.querySelector("[data-all]").dataset.all))) {
    event.preventDefault();
    return;
  }
  if (!HERE.includes(action)) return;
  event.preventDefault();
  act(new FormData(form, event.submitter));
});

// Thousands of ids travel in one field; all that match are not named one by one.
form.addEventListener("formdata", ({ formData }) => {
  const ids = formData.getAll("images");
  const isAll = formData.has("all");
  formData.delete("images");
  if (isAll) formData.delete("generations");
  else if (ids.length) formData.append("images", ids.join(" "));
});

document.addEventListener("htmx:after:swap", show);
show();
