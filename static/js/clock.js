// Elapsed time ticks in the page: <time data-since="2026-01-31T12:00:00Z">. Words beside it that are marked with
// data-late="45" take the place of those before them after so many seconds.
import { now, word } from "./words.js";

function secondsSince(since) {
  return Math.max(0, Math.floor((now() - Date.parse(since)) / 1000));
}

function elapsed(since) {
  const seconds = secondsSince(since);
  if (seconds < 60) return word("seconds", { s: seconds });
  return word("minutes", { m: Math.floor(seconds / 60), s: String(seconds % 60).padStart(2, "0") });
}

function tick() {
  // Frozen while the connection is away: the page does not know whether the job still runs.
  if (document.querySelector("[data-banner]:not([hidden])")) return;
  for (const time of document.querySelectorAll("[data-since]")) time.textContent = elapsed(time.dataset.since);
  for (const words of document.querySelectorAll("[data-late]")) {
    const since = words.parentElement.querySelector("[data-since]").dataset.since;
    words.hidden = secondsSince(since) <= Number(words.dataset.late);
    words.previousElementSibling.hidden = !words.hidden;
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:after:swap", tick);
