// The review by keyboard: digits give the reason while the reasons are open, x selects a row and Enter opens it; the
// letters themselves stand at the buttons. And a decision is sent once, however often it is pressed.
import { isFree } from "./keys.js";

const TOAST = 10_000; // milliseconds that Undo lies at hand; the log keeps it for good

const openReasons = () => document.querySelector("details[data-hide][open]");
const row = () => document.activeElement?.closest("[data-rows] > *");

document.addEventListener("keydown", (event) => {
  if (!isFree(event) || event.repeat) return;
  const reason = openReasons()?.querySelector(`[data-reason="${CSS.escape(event.key)}"]`);
  const box = event.key === "x" && row()?.querySelector("[name=case]");
  const link = event.key === "Enter" && document.activeElement === row() && row().querySelector("a");
  const target = reason || box || link;
  if (!target) return;
  event.preventDefault();
  target.click();
});

// The reasons are read out when they open, and one Tab away from the last of them is what follows.
document.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("details[data-hide]") && target.open) target.querySelector("[data-reason]").focus();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-ruling]");
  if (!form) return;
  if (form.hasAttribute("data-sent")) event.preventDefault();
  form.toggleAttribute("data-sent", true);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-ruling][data-sent]")) form.removeAttribute("data-sent");
});

const queue = document.querySelector("[data-review-queue]");
const said = queue?.querySelector("[data-selected]");
if (said) {
  const usual = said.textContent;
  const tell = () => {
    const number = queue.querySelectorAll("[name=case]:checked").length;
    said.textContent = number ? said.dataset.selected.replace("{n}", number) : usual;
  };
  queue.addEventListener("change", tell);
  tell();
}

const toast = document.querySelector("[data-toast]");
if (toast) {
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, TOAST);
    else toast.remove();
  };
  setTimeout(leave, TOAST);
}
