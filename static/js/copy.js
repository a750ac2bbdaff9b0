// A button that copies the text of an element: <button data-copy="id">.
import { word } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  const label = button.querySelector("span");
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No permission, or no https: leave the text selected, one key away from a copy.
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    return;
  }
  label.dataset.words ??= label.textContent;
  label.textContent = word("copied");
  document.querySelector("[data-announcer]").textContent = word("copied");
  setTimeout(() => { label.textContent = label.dataset.words; }, 2000);
});
