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
  ["[data-sheet]", () => import("./sheet.js")],
  ["[data-remix]", () => import("./remix.js")],
  ["[data-notifies-field]", () => import("./notify.js")],
  // Single keys can be switched off in the settings.
  ["[data-single-keys='on']", () => import("./keys.js")],
];

const loading = behaviours.filter(([selector]) => document.querySelector(selector)).map(([, load]) => load());
// For whoever drives a browser: from now on keys and clicks are heard.
addEventListener("DOMContentLoaded", async () => {
  await Promise.allSettled(loading);
  document.documentElement.toggleAttribute("data-ready", true);
});

// The keys of the prompt come when somebody is about to write, so that the page itself opens with one script less.
document.querySelector("[data-prompts]")?.addEventListener("focusin", () => import("./prompts.js"), { once: true });

// A thumbnail opens its image over the page; without scripts, and with a key for another tab, its link does.
const view = (address, link) => import("./viewer.js").then(({ open }) => open(address, link));
document.addEventListener("click", (event) => {
  const link = event.target.closest("main a:has(> [data-image-id])");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  view(link.href, link);
});
addEventListener("popstate", () => history.state?.viewer && view(location.href));

// Signed out in another tab, whatever a page asks for is answered with the page for signing in: that is said, and the
// page for signing in is not put into this one.
const goneOut = document.querySelector("[data-banner='signed-out']");
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (!goneOut || !raw.ok) return;
  const isGone = raw.redirected && new URL(raw.url).pathname === goneOut.querySelector("a").pathname;
  goneOut.hidden = !isGone;
  if (isGone) event.preventDefault();
});

document.querySelector("[data-focus-first]")?.focus();
if (location.hash === "#id_prompt") document.querySelector("#id_prompt")?.focus();
