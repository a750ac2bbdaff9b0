// Single keys, for those who have not switched them off, and never while somebody writes or composes: ? lists them,
// / searches, c goes to the prompt, g and a letter to a page. A link with data-key="ArrowLeft" follows that key, and
// in a list with data-rows j and k move from row to row.
import { words } from "./words.js";

const GO = 1500; // milliseconds that a letter may follow g
let goes = 0;

const writes = (target) => target instanceof Element && target.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]");

export const isFree = (event) =>
  document.body.dataset.singleKeys !== "off" &&
  !event.defaultPrevented &&
  !event.isComposing && event.key !== "Process" && event.keyCode !== 229 && // an input method has the key
  !event.ctrlKey && !event.metaKey && !event.altKey &&
  !writes(event.target) &&
  !document.querySelector("dialog[open]");

function focusOn(field) {
  field.closest("details:not([open])")?.setAttribute("open", "");
  field.focus();
  field.select?.();
}

async function list() {
  const answer = await fetch(words.keys).catch(() => undefined);
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("keys");
  if (!page) return location.assign(words.keys);
  const dialog = document.createElement("dialog");
  dialog.className = "keys-dialog";
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.innerHTML = `<form class="page-head" method="dialog"><h1 id="keys-title"></h1><button class="button"></button></form>`;
  dialog.querySelector("h1").textContent = page.dataset.title;
  dialog.querySelector("button").textContent = page.dataset.close;
  dialog.append(page);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-rows] > *")];
  const here = rows.indexOf(document.activeElement.closest("[data-rows] > *"));
  rows[here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1)]?.focus();
}

const acts = {
  "?": list,
  "/": () => {
    const field = document.querySelector("main input[type=search]");
    if (field) focusOn(field);
    else location.assign(words.goH);
  },
  c: () => {
    const field = document.querySelector("[data-compose] textarea");
    if (field) focusOn(field);
    else location.assign(`${words.goS}#id_prompt`);
  },
  g: () => {
    goes = Date.now() + GO;
  },
  j: () => step(1),
  k: () => step(-1),
};

document.addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  const key = event.key.length > 1 || event.shiftKey ? event.key : event.key.toLowerCase(); // whatever Caps Lock says
  const address = Date.now() < goes && words[`go${key.toUpperCase()}`];
  goes = 0;
  const link = event.shiftKey ? undefined : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const act = !event.repeat && Object.hasOwn(acts, key) && acts[key];
  if (!address && !link && !act) return;
  event.preventDefault();
  if (address) location.assign(address);
  else if (link) link.click();
  else act();
});
