import "./check.js";

// Alt and the arrows walk through my earlier prompts: Up to older ones, Down back to what was being written.
const area = document.querySelector("[data-prompts] textarea");
const form = area.form;
const fold = document.querySelector("[data-earlier]");
let earlier; // newest first, once they were asked for
let place = -1; // -1: what is being written
let writing = "";
let walking = false;

async function load() {
  const answer = await fetch(form.dataset.prompts, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  return (await answer.json()).prompts;
}

function show(text) {
  walking = true;
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  walking = false;
}

async function walk(step) {
  if (place === -1 && step < 0) return;
  earlier ??= load().catch(() => {
    earlier = undefined; // the next press asks again
    return [];
  });
  const prompts = (await earlier) ?? [];
  if (place === -1) writing = area.value;
  const next = place === -1 && prompts[0] === writing ? 1 : place + step;
  if (next >= prompts.length) return;
  // What was being written may be the newest prompt itself: that one is shown once.
  place = next === 0 && step < 0 && prompts[0] === writing ? -1 : next;
  show(place === -1 ? writing : prompts[place]);
}

area.addEventListener("keydown", (event) => {
  // 229: an input method has the key, in browsers that do not say so otherwise.
  if (event.isComposing || event.keyCode === 229) return;
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  event.preventDefault();
  walk(event.key === "ArrowUp" ? 1 : -1);
});

// A prompt that is changed is what is being written from now on.
area.addEventListener("input", () => {
  if (!walking) place = -1;
});

fold?.addEventListener("click", (event) => {
  if (event.target.closest("[data-fill-prompt]")) fold.open = false;
});
