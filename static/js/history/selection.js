// Images selected one by one, as a range, by the day, or all that match; and what is then done with them. Without this
// script the checkboxes and the buttons of the form do it.
import { stay } from "./place.js";

const form = document.querySelector("[data-selection]");
const bulk = form.querySelector("[data-bulk]");
const matching = bulk.querySelector("[data-matching]");
const all = bulk.querySelector("[name=all]");
const shown = bulk.querySelector("[data-selected]");
const mode = document.querySelector("[data-select-mode]");
const told = document.getElementById("told");
const compare = bulk.querySelector("[data-compare]");
const again = bulk.querySelector("[value=again]");
const failed = document.getElementById("told-failed");
const words = document.getElementById("history-words").dataset;
// What is done without leaving the page; the others lead elsewhere. Images stay where they are with the first, and stay
// selected; the second can be done with a generation that has no image, too.
const STAYS = ["favourite", "unfavourite", "rate", "tag", "untag", "collect", "uncollect"];
const WHOLE = ["trash", "again"];
const ENDED_SHORT = ["failed", "unknown", "cancelled", "partial"]; // those can be asked for again

const MOST_COMPARED = 4;

const boxes = () => [...form.querySelectorAll(".pick > input")];
const chosen = () => boxes().filter((box) => box.checked);
const compared = () => chosen().filter((box) => box.name === "images");
export const isAnything = () => !all.disabled || Boolean(form.querySelector(".pick > :checked"));

let last; // the checkbox that a range begins with
let once; // the checkbox that a key has chosen for what it does, and for nothing more
let held; // values that are chosen again where parts are loaded anew

function show() {
  const some = chosen();
  const count = some.length;
  if (!count) all.disabled = true;
  allow(some);
  const isShown = count > 0 || mode.getAttribute("aria-pressed") === "true";
  bulk.toggleAttribute("data-shown", isShown);
  if (isShown && matching.childElementCount === 0) window.htmx.trigger(matching, "count", {}, false);
  const text = !all.disabled ? words.all.replace("{n}", matching.querySelector("[data-all]").dataset.all)
    : count === 1 ? words.one : count ? words.many.replace("{n}", count) : words.none;
  if (shown.textContent !== text) shown.textContent = text;
  compare.hidden = compared().length < 2 || compared().length > MOST_COMPARED;
}

// What needs an image waits for one.
function allow(some) {
  const isWithout = some.length > 0 && all.disabled && !some.some((box) => box.name === "images");
  for (const button of bulk.querySelectorAll("[data-of-images]")) button.disabled = isWithout;
  again.disabled = isWithout && !some.some((box) => ENDED_SHORT.includes(box.closest("[data-status]").dataset.status));
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

export function chooseOnce(box) {
  box.checked = true;
  toggle(box, false);
  once = box;
}

export function clear() {
  const back = stay(chosen()[0]);
  const isInBar = bulk.contains(document.activeElement);
  pick(boxes(), false);
  setMode(false);
  if (isInBar) back({ mustGo: true });
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

// All that match are images, and all of them: with one less, or with something else, they are named.
function unlessAll(box) {
  once = undefined;
  if (!box.checked || box.name !== "images") all.disabled = true;
}

let isShift = false;
form.addEventListener("pointerdown", (event) => { isShift = event.shiftKey; });
form.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest(".pick, [data-selecting] .tile")) event.preventDefault(); // nobody marks text
});

form.addEventListener("change", (event) => {
  if (!event.target.matches(".pick > input")) return;
  unlessAll(event.target);
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
    unlessAll(box);
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
    for (const box of boxes()) box.checked = box.name === "images";
    all.disabled = false;
    show();
  } else {
    clear();
  }
}, { capture: true });

// --- Doing it, and showing what came of it in its place ----------------------------------------------

function tell(html, isMore) {
  const notices = [...new DOMParser().parseFromString(html, "text/html").body.children];
  if (isMore) told.append(...notices);
  else told.replaceChildren(...notices);
  for (const notice of notices) window.htmx.process(notice);
  return !notices.some((notice) => notice.matches(".notice--bad"));
}

// The section itself stays: heights are told from the first one.
async function refresh(parts) {
  await Promise.all(parts.map((part) =>
    window.htmx.ajax("GET", part.dataset.source, { target: part, swap: "innerHTML", select: "[data-part] > .day" })));
}

// The buttons are named "action", and so form.action is one of them.
async function ask(body, isMore) {
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (answer?.ok && !answer.redirected) return tell(await answer.text(), isMore);
  told.replaceChildren(failed.content.cloneNode(true));
  return false;
}

// Generations without an image are asked for by themselves, and only what can be done with them.
function halvesOf(body, action) {
  if (!body.has("images") || !body.has("generations")) return [body];
  const [images, others] = [new URLSearchParams(body), new URLSearchParams(body)];
  images.delete("generations");
  others.delete("images");
  return WHOLE.includes(action) ? [images, others] : [images];
}

let isAtWork = false; // twice the same key is once

async function act(body, action) {
  if (isAtWork) return;
  isAtWork = true;
  try {
    await actOnce(body, action);
  } finally {
    isAtWork = false;
  }
}

async function actOnce(body, action) {
  const some = chosen();
  const parts = body.has("all") ? [...form.querySelectorAll("[data-part]")] : [...new Set(some.map((box) => box.closest("[data-part]")))];
  const isOnce = some.length === 1 && some[0] === once;
  const back = stay(some[0]);
  let isDone = false;
  for (const [number, half] of halvesOf(body, action).entries()) isDone = (await ask(half, number > 0)) || isDone;
  if (!isDone) return;
  if (STAYS.includes(action) && !isOnce) held = new Set(chosen().map((box) => box.value));
  else clear();
  await refresh(parts);
  held = undefined;
  if (all.disabled) matching.replaceChildren(); // as many as there are now
  show();
  back();
}

form.addEventListener("submit", (event) => {
  const action = event.submitter?.value;
  const isAll = !all.disabled;
  document.querySelector(":popover-open")?.hidePopover();
  if (isAll && action === "trash" && !confirm(words.trash.replace("{n}", matching.querySelector("[data-all]").dataset.all))) {
    event.preventDefault();
    return;
  }
  if (![...STAYS, ...WHOLE].includes(action)) return;
  event.preventDefault();
  act(new URLSearchParams(new FormData(form, event.submitter)), action);
});

// Thousands of ids travel in one field; all that match are not named one by one.
form.addEventListener("formdata", ({ formData }) => {
  const isAll = formData.has("all");
  for (const name of ["images", "generations"]) {
    const ids = formData.getAll(name);
    formData.delete(name);
    if (ids.length && !isAll) formData.append(name, ids.join(" "));
  }
});

function arrived() {
  const isChosen = all.disabled ? held && ((box) => held.has(box.value)) : (box) => box.name === "images";
  if (isChosen) for (const box of boxes()) box.checked ||= isChosen(box);
  mode.hidden = !form.querySelector(".pick"); // of others there may be nothing to select
  show();
}

document.addEventListener("htmx:after:swap", arrived);
arrived();
