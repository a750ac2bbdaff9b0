// Forms: send once, send with Ctrl or Command and Enter, grow with the text, fill from an example.
import { word } from "./words.js";

const growsByItself = CSS.supports("field-sizing", "content");

function grow(area) {
  if (growsByItself) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}

function wordsOf(input) {
  const own = [...input.closest("fieldset").querySelectorAll("[type=number]")].map((number) => number.value);
  if (input.value === "custom" && own.length && own.every(Boolean)) return own.join(" × ");
  return input.closest("label").textContent.trim();
}

// What is folded away is still said: the chosen options stand beside the fold.
function showChosen(form) {
  const output = form.querySelector("[data-chosen]");
  if (!output) return;
  const chosen = [...form.querySelectorAll("[data-options] input:checked")].filter((input) => input.value);
  output.textContent = chosen.map(wordsOf).join(" · ");
}

// How long it usually takes follows size and quality; where nobody has measured, nothing is said.
function showUsual(form) {
  const place = form.querySelector("[data-usual]");
  if (!place) return;
  const table = JSON.parse(place.dataset.usual);
  const chosen = (name) => form.querySelector(`[name=${name}]:checked`)?.value ?? "";
  const own = ["size_width", "size_height"].map((name) => form.elements.namedItem(name)?.value).join("x");
  const size = chosen("size") === "custom" ? own : chosen("size");
  place.textContent = table[`${size} ${chosen("quality")}`] ?? "";
}

function showWhatFollows(form) {
  showChosen(form);
  showUsual(form);
}

function sending(form, busy) {
  const button = form.querySelector("[type=submit]");
  button.dataset.words ??= button.textContent;
  button.textContent = busy ? word("sending") : button.dataset.words;
  button.setAttribute("aria-disabled", busy);
  form.toggleAttribute("data-sent", busy);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-compose], [data-once]");
  if (!form) return;
  if (form.hasAttribute("data-sent")) event.preventDefault();
  else sending(form, true);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-compose]");
  // Enter also ends a composition of an input method; that one belongs to the text.
  if (!form || event.isComposing || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const example = event.target.closest("[data-fill-prompt]");
  const area = document.querySelector("[data-compose] textarea");
  if (!example || !area || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  area.value = example.dataset.fillPrompt;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-compose]");
  if (!form) return;
  if (event.target.matches("textarea")) grow(event.target);
  showWhatFollows(form);
});

// Another model was chosen: its options have taken the place of the former ones.
document.addEventListener("htmx:after:swap", () => {
  for (const form of document.querySelectorAll("[data-compose]")) showWhatFollows(form);
});

function begin() {
  for (const form of document.querySelectorAll("[data-compose], [data-once]")) {
    sending(form, false);
    showWhatFollows(form);
    for (const area of form.querySelectorAll("textarea")) grow(area);
  }
}

begin();
// Back from the next page: the browser may show this one as it was left.
addEventListener("pageshow", (event) => event.persisted && begin());
