// The one entry: each behaviour is loaded where the page has something for it, and none is needed to use the page.
const behaviours = [
  ["[data-live]", () => import("./live.js")],
  ["[data-live]", () => import("./fade.js")],
  ["[data-live], [data-since]", () => import("./clock.js")],
  ["[data-compose], [data-once]", () => import("./compose.js")],
  ["[data-compose]", () => import("./size.js")],
  ["[data-pictures]", () => import("./pictures.js")],
  ["[data-draft]", () => import("./draft.js")],
  ["[data-copy]", () => import("./copy.js")],
  ["[data-key]", () => import("./keys.js")],
];

for (const [selector, load] of behaviours) {
  if (document.querySelector(selector)) load();
}

// The keys of the prompt come when somebody is about to write, so that the page itself opens with one script less.
document.querySelector("[data-prompts]")?.addEventListener("focusin", () => import("./prompts.js"), { once: true });

document.querySelector("[data-focus-first]")?.focus();
