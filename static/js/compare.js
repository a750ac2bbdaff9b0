// Two images: side by side, one over the other under a slider, or one at a time; nothing changes by itself.
const box = document.querySelector("[data-compare]");
const pair = box.querySelector(".compare-pair");
const range = box.querySelector("[type=range]");
const flip = box.querySelector("[data-flip]");
const first = pair.querySelector("img");

pair.style.setProperty("--ratio", first.getAttribute("width") / first.getAttribute("height"));

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

box.addEventListener("change", (event) => { if (event.target.name === "mode") choose(event.target.value); });
range.addEventListener("input", () => slide(range.value));
flip.addEventListener("click", turn);

pair.addEventListener("pointerdown", (event) => {
  if (box.dataset.mode !== "slider" || event.button || event.target.closest("a")) return;
  pair.setPointerCapture(event.pointerId);
  follow(event);
});
pair.addEventListener("pointermove", (event) => { if (pair.hasPointerCapture(event.pointerId)) follow(event); });

document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.isComposing || event.repeat || box.dataset.mode !== "flicker") return;
  // On a button or a link the space bar has a meaning of its own; on the radios of the mode it has none left.
  if (event.target.closest("a, button, summary, textarea, select, input:not([name=mode])")) return;
  event.preventDefault();
  turn();
});

show("a");
slide(50);
choose(box.querySelector("[name=mode]:checked").value);
