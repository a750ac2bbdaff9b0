// A button that copies the text of an element: <button data-copy="id">. A dialog has its own, before the page's.
import { word } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const around = button.closest("dialog, body");
  const from = around.querySelector(`#${button.dataset.copy}`);
  const label = button.querySelector("span");
  try {
    await navigator.clipboard.writeText(from.textContent);
  } catch {
    // No permission, or no https: leave the text selected, one key away from a copy.
    getSelection().selectAllChildren(from);
    return;
  }
  label.dataset.words ??= label.textContent;
  label.textContent = word("copied");
  around.querySelector("[data-announcer]").textContent = word("copied");
  setTimeout(() => { label.textContent = label.dataset.words; }, 2000);
});
