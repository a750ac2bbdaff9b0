// Care around the polling that htmx does for [data-live]: rest while nobody looks, say when the connection or the
// session is gone, count running jobs in the title, speak each change of state once, and notify who asked for it.
// My results are asked for at a pace of their own: <div data-live data-paced>.
import { now, word } from "./words.js";

const title = document.title;
const announcer = document.querySelector("[data-announcer]");
const notifies = document.body.hasAttribute("data-notifies") && window.Notification?.permission === "granted";
const YOUNG = 30; // seconds since something began: an image may come at any moment
const QUICK = 300; // milliseconds between two questions then, and about the usual end
const PACES = { running: 1500, queued: 3000, held: 5000, unseen: 10_000, lost: 5000 }; // milliseconds
const banner = (name, shown) => {
  document.querySelector(`[data-banner="${name}"]`).hidden = !shown;
};
const isLive = (event) => event.detail.ctx?.sourceElement?.matches("[data-live]");
const batches = () => [...document.querySelectorAll(".batch[data-status]")];
const isActive = (batch) => ["queued", "running"].includes(batch.dataset.status);
const headline = (batch) => batch.querySelector("[data-headline]").textContent;

let states = new Map(batches().map((batch) => [batch.id, batch.dataset.status]));
let unseen = false; // something ended while nobody looked
let signedOut = false;
let isLost = false;
let timer;

function showCount() {
  const count = batches().filter(isActive).length;
  document.title = (count ? `(${count}) ` : "") + (unseen ? `${word("ready")} · ` : "") + title;
}

function speak() {
  const changed = batches().filter((batch) => states.has(batch.id) && states.get(batch.id) !== batch.dataset.status);
  states = new Map(batches().map((batch) => [batch.id, batch.dataset.status]));
  if (changed.length) announcer.textContent = changed.map(headline).join(". ");
  const ended = changed.filter((batch) => !isActive(batch));
  if (document.hidden && ended.length) {
    unseen = true;
    ended.forEach(notify);
  }
}

function notify(batch) {
  if (!notifies) return;
  const body = batch.querySelector(".prompt")?.textContent.trim().slice(0, 100) ?? "";
  try {
    const shown = new Notification(headline(batch), { body, tag: batch.id });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
    });
  } catch {
    // Some phones know the word and refuse the deed; the title says it, too.
  }
}

// --- The pace: quick while an image may come at any moment, slower the longer nothing can have changed ------------

const secondsSince = (time) => (now() - Date.parse(time)) / 1000;

function isDue(tile) {
  const time = tile.querySelector("[data-since]");
  if (!time) return false;
  const seconds = secondsSince(time.dataset.since);
  const { p50, p90 } = tile.dataset;
  return seconds < YOUNG || (p50 && seconds > 0.8 * p50 && seconds < 1.2 * p90);
}

function pace() {
  if (isLost) return PACES.lost;
  if (document.hidden) return PACES.unseen;
  const active = batches().filter(isActive);
  if (!active.length) return PACES.held; // a reviewer's decision is waited for
  const tiles = active.flatMap((batch) => [...batch.querySelectorAll(".tile--running")]);
  const isNew = active.some((batch) => secondsSince(batch.querySelector(".dots time").dateTime) < YOUNG);
  if (isNew || tiles.some(isDue)) return QUICK;
  return tiles.length ? PACES.running : PACES.queued;
}

function plan(delay) {
  clearTimeout(timer);
  if (document.querySelector("[data-paced]") && !signedOut && (!document.hidden || notifies)) timer = setTimeout(ask, delay ?? pace());
}

function ask() {
  const live = document.querySelector("[data-live]");
  if (live) window.htmx?.trigger(live, "wake", {}, false);
  plan(PACES.lost); // should no answer plan anew
}

function wake() {
  if (document.hidden) return;
  signedOut = unseen = false;
  showCount();
  ask();
}

document.addEventListener("htmx:before:request", (event) => {
  if (!isLive(event)) return;
  const mayGoOn = notifies && event.detail.ctx.sourceElement.hasAttribute("data-paced");
  if (signedOut || (document.hidden && !mayGoOn)) event.preventDefault();
});

document.addEventListener("htmx:before:response", (event) => {
  if (!isLive(event)) return;
  const { raw, status } = event.detail.ctx.response;
  signedOut = raw.redirected || status === 401 || status === 403;
  isLost = !signedOut && status >= 500;
  banner("signed-out", signedOut);
  banner("lost", isLost);
  if (signedOut) event.preventDefault();
  plan();
});

document.addEventListener("htmx:error", (event) => {
  if (!isLive(event)) return;
  isLost = true;
  banner("lost", true);
  plan();
});

document.addEventListener("htmx:after:swap", () => {
  speak();
  showCount();
  plan();
});

document.addEventListener("visibilitychange", () => (document.hidden ? plan() : wake()));
document.addEventListener("click", (event) => event.target.closest("[data-reconnect]") && wake());
addEventListener("online", () => {
  isLost = false;
  banner("lost", false);
  wake();
});
addEventListener("offline", () => {
  isLost = true;
  banner("lost", true);
});
showCount();
plan();
