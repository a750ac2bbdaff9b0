// The grid is one stop of the Tab key: arrows move in it, x selects, Shift and arrows select a range, and single
// letters do what the buttons do. None of them while somebody writes, nor where single keys are switched off.
import { isFree } from "../keys.js";
import { links } from "./place.js";
import { chooseOnce, clear, isAnything, toggle } from "./selection.js";

const grid = document.querySelector("[data-grid]");
const bulk = document.querySelector("[data-bulk]");
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

let current;

function rove(link) {
  if (current !== link) current?.setAttribute("tabindex", "-1");
  current = link;
  link.setAttribute("tabindex", "0");
}

function gather() {
  const every = links();
  for (const link of every) link.setAttribute("tabindex", "-1");
  for (const box of grid.querySelectorAll(".pick > input")) box.tabIndex = -1;
  if (every.length) rove(every.includes(current) ? current : every[0]);
}

const middle = (link) => {
  const { left, width, top } = link.getBoundingClientRect();
  return { x: left + width / 2, top };
};

// The link above or below: in the next row that begins elsewhere, the one whose middle is nearest.
function vertical(every, from, by) {
  const here = middle(every[from]);
  let best;
  let row;
  for (let at = from + by; every[at]; at += by) {
    const there = middle(every[at]);
    if (Math.abs(there.top - here.top) < 4) continue;
    row ??= there.top;
    if (Math.abs(there.top - row) > 4) break;
    const away = Math.abs(there.x - here.x);
    if (best && away >= best.away) break;
    best = { at, away };
  }
  return best?.at;
}

function goal(key, every, from) {
  if (key === "Home") return 0;
  if (key === "End") return every.length - 1;
  if (key === "ArrowLeft") return from - 1;
  if (key === "ArrowRight") return from + 1;
  return vertical(every, from, key === "ArrowUp" ? -1 : 1);
}

function move(event) {
  const every = links();
  const from = every.indexOf(document.activeElement);
  if (from < 0) return;
  event.preventDefault();
  const to = every[goal(event.key, every, from)];
  if (!to) return grid.querySelector("[data-place]")?.scrollIntoView({ block: "center" });
  if (event.shiftKey) extend(every[from], to);
  rove(to);
  to.focus();
  to.scrollIntoView({ block: "nearest" });
}

const boxOf = (link) => link.closest("[data-generation-id]").querySelector(".pick > input");

function extend(from, to) {
  const [first, second] = [boxOf(from), boxOf(to)];
  if (first && !first.checked) {
    first.checked = true;
    toggle(first, false);
  }
  if (!second) return;
  second.checked = true;
  toggle(second, true);
}

// What a letter does is done with the selection, or else with the image that has the focus.
function act(key) {
  const button = bulk.querySelector(`[data-act="${key}"]`);
  if (!button) return false;
  const isOnce = !isAnything();
  if (isOnce) {
    const box = grid.contains(document.activeElement) && boxOf(document.activeElement);
    if (!box) return false;
    chooseOnce(box);
  }
  if (button.disabled) {
    if (isOnce) clear(); // there is no image that it could be done with
    return true;
  }
  button.click();
  document.querySelector(":popover-open")?.querySelector("input, select, a")?.focus();
  return true;
}

const single = {
  x: () => {
    const box = grid.contains(document.activeElement) && boxOf(document.activeElement);
    box?.click();
    return Boolean(box);
  },
  r: () => {
    const tile = document.activeElement.closest("[data-generation-id]");
    if (tile) location.assign(`/?from=${tile.dataset.generationId}`);
    return Boolean(tile);
  },
};

grid.addEventListener("focusin", (event) => event.target.matches("[tabindex]") && links().includes(event.target) && rove(event.target));

// Before the keys of every page, some of which are the same letters.
document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (ARROWS.includes(event.key)) {
    if (grid.contains(document.activeElement)) move(event);
    return;
  }
  if (event.key === "Escape" && isAnything() && !document.querySelector(":popover-open")) return clear();
  if (!isFree(event) || event.shiftKey || event.repeat) return;
  const key = event.key.length > 1 ? event.key : event.key.toLowerCase();
  if (Object.hasOwn(single, key) ? single[key]() : act(key)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, { capture: true });

document.addEventListener("htmx:after:swap", gather);
gather();
