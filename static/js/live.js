// Care around the polling that htmx does for [data-live]: rest while nobody looks, say when the connection or the
// session is gone, count running jobs in the title, and speak each change of state once.
const title = document.title;
const announcer = document.querySelector("[data-announcer]");
const banner = (name, shown) => {
  document.querySelector(`[data-banner="${name}"]`).hidden = !shown;
};
const isLive = (event) => event.detail.ctx?.sourceElement?.matches("[data-live]");
const batches = () => [...document.querySelectorAll(".batch[data-status]")];
const running = () => batches().filter((batch) => ["queued", "running"].includes(batch.dataset.status)).length;

let states = new Map(batches().map((batch) => [batch.id, batch.dataset.status]));
let signedOut = false;

function showCount() {
  document.title = running() ? `(${running()}) ${title}` : title;
}

function speak() {
  const changed = batches().filter((batch) => states.has(batch.id) && states.get(batch.id) !== batch.dataset.status);
  if (changed.length) {
    announcer.textContent = changed.map((batch) => batch.querySelector("[data-headline]").textContent).join(". ");
  }
  states = new Map(batches().map((batch) => [batch.id, batch.dataset.status]));
}

function wake() {
  if (document.hidden) return;
  signedOut = false;
  const live = document.querySelector("[data-live]");
  if (live) window.htmx?.trigger(live, "wake", {}, false);
}

document.addEventListener("htmx:before:request", (event) => {
  if (isLive(event) && (document.hidden || signedOut)) event.preventDefault();
});

document.addEventListener("htmx:before:response", (event) => {
  if (!isLive(event)) return;
  const { raw, status } = event.detail.ctx.response;
  signedOut = raw.redirected || status === 401 || status === 403;
  banner("signed-out", signedOut);
  banner("lost", !signedOut && status >= 500);
  if (signedOut) event.preventDefault();
});

document.addEventListener("htmx:error", (event) => {
  if (isLive(event)) banner("lost", true);
});

document.addEventListener("htmx:after:swap", () => {
  showCount();
  speak();
});

document.addEventListener("visibilitychange", wake);
addEventListener("online", wake);
showCount();
