// On a phone the form is one line above the main links. Touched, it becomes a sheet over dimmed results; its button
// "Options" opens every field on a sheet as high as the screen. <section data-sheet="line | prompt | all">.
const sheet = document.querySelector("[data-sheet]");
const form = sheet.querySelector("form");
const area = form.querySelector("textarea");
const options = sheet.querySelector("[data-sheet-options]");
const fields = sheet.querySelector(".composer-fields");
const folds = sheet.querySelectorAll("[data-options]");
const small = matchMedia("(width < 700px) and (height >= 480px)");
const behind = () => document.querySelectorAll(".skip, .header, .menu, .results");
let state = "line";

function show(next) {
  state = small.matches ? next : "line";
  sheet.dataset.sheet = state;
  document.documentElement.toggleAttribute("data-sheet-open", state !== "line");
  options.setAttribute("aria-expanded", state === "all");
  for (const part of behind()) part.inert = state === "all";
  if (state === "all") for (const fold of folds) fold.open = true;
  else fields.scrollTop = 0;
  lift();
}

// A keyboard on the screen covers what is fixed at the bottom; the sheet stands on it.
function lift() {
  const view = window.visualViewport;
  const hidden = view && state === "prompt" ? Math.max(0, innerHeight - view.height - view.offsetTop) : 0;
  sheet.style.bottom = hidden > 40 ? `${hidden}px` : "";
}

area.addEventListener("focus", () => state === "line" && show("prompt"));
options.addEventListener("click", () => {
  show("all");
  sheet.querySelector("[data-sheet-close]").focus();
});
sheet.querySelector("[data-sheet-close]").addEventListener("click", () => {
  show("prompt");
  options.focus();
});

document.addEventListener("pointerdown", (event) => {
  // The dimmed results belong to the page, not to the sheet: touching them puts it away.
  if (state === "prompt" && !sheet.contains(event.target) && !event.target.closest("dialog, .menu")) show("line");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || state === "line" || document.querySelector("dialog[open]")) return;
  const from = state;
  show(from === "all" ? "prompt" : "line");
  if (from === "all") options.focus();
  else area.blur();
});

// What is wrong with the form has to be seen.
window.visualViewport?.addEventListener("resize", lift);
window.visualViewport?.addEventListener("scroll", lift);
small.addEventListener("change", () => show("line"));
if (form.querySelector("[data-focus-first]")) {
  show("all");
  form.querySelector("[data-focus-first]").focus();
} else if (form.dataset.draftGiven) show("prompt");
