// Two images: side by side, one over the other under a slider, or one at a time; nothing changes by itself. Zoomed,
// both show the same part.
import { Zoom } from "./zoom.js";

const box = document.querySelector("[data-compare]");
const pair = box.querySelector(".compare-pair");
const range = box.querySelector("[type=range]");
const flip = box.querySelector("[data-flip]");
const first = pair.querySelector("img");
const announcer = document.querySelector("[data-announcer]");

pair.style.setProperty("--ratio", first.getAttribute("width") / first.getAttribute("height"));
const zoom = new Zoom(pair, { frames: [...pair.querySelectorAll(".compare-image")], shown: box.querySelector("[data-zoom-shown]") });

function choose(mode) {
  box.dataset.mode = mode;
  for (const only of box.querySelectorAll("[data-only]")) only.hidden = only.dataset.only !== mode;
}

function show(letter) {
  box.dataset.shown = letter;
  flip.textContent = letter === "a" ? flip.dataset.wordsB : flip.dataset.wordsA;
}

function slide(percent) {
  range.value = percent;
  pair.style.setProperty("--at", `${range.value}%`);
}

const turn = () => show(box.dataset.shown === "a" ? "b" : "a");

function follow(event) {
  const around = pair.getBoundingClientRect();
  slide((100 * (event.clientX - around.left)) / around.width);
}

const slides = (event) => box.dataset.mode === "slider" && zoom.scale === 1 && pair.hasPointerCapture(event.pointerId);

box.addEventListener("change", (event) => { if (event.target.name === "mode") choose(event.target.value); });
range.addEventListener("input", () => slide(range.value));
flip.addEventListener("click", turn);
box.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) announcer.textContent = zoom.act(button.dataset.zoom);
});

// A plain turn of the wheel scrolls the page while nothing is zoomed.
pair.addEventListener("wheel", (event) => { if (event.ctrlKey || zoom.scale !== 1) zoom.wheel(event); }, { passive: false });

pair.addEventListener("pointerdown", (event) => {
  if (box.dataset.mode !== "slider" || zoom.scale !== 1 || event.button || event.target.closest("a")) return;
  pair.setPointerCapture(event.pointerId);
  follow(event);
});
pair.addEventListener("pointermove", (event) => { if (slides(event)) follow(event); });

const singles = { "+": "in", "=": "in", "-": "out", 0: "fit", z: "toggle" };

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.key === "Process" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.body.dataset.singleKeys === "off" || document.querySelector(":popover-open, dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (Object.hasOwn(singles, key)) {
    announcer.textContent = zoom.act(singles[key]);
    return;
  }
  if (key !== " " || event.repeat || box.dataset.mode !== "flicker") return;
  // On a button or a link the space bar has a meaning of its own; on the radios of the mode it has none left.
  if (event.target.closest("a, button, summary, textarea, select, input:not([name=mode])")) return;
  event.preventDefault();
  turn();
});

show("a");
slide(50);
choose(box.querySelector("[name=mode]:checked").value);
