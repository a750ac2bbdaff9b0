// Time moves in the page: <time data-since="2026-01-31T12:00:00Z"> counts up, <time data-until="…"> down. Words beside
// the first that are marked with data-late="45" take the place of those before them after so many seconds, and a ring
// with data-ring="45" is full then. Those who want little motion see a ring move every five seconds.
import { now, word } from "./words.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const STEP = 5; // seconds

const secondsSince = (since) => Math.max(0, Math.floor((now() - Date.parse(since)) / 1000));

function told(seconds) {
  if (seconds < 60) return word("seconds", { s: seconds });
  return word("minutes", { m: Math.floor(seconds / 60), s: String(seconds % 60).padStart(2, "0") });
}

function tick() {
  // Frozen while the connection is away: the page does not know whether the job still runs.
  if (document.querySelector("[data-banner]:not([hidden])")) return;
  for (const time of document.querySelectorAll("[data-since]")) time.textContent = told(secondsSince(time.dataset.since));
  for (const time of document.querySelectorAll("[data-until]")) {
    time.textContent = told(Math.max(0, Math.ceil((Date.parse(time.dataset.until) - now()) / 1000)));
  }
  for (const words of document.querySelectorAll("[data-late]")) {
    const since = words.parentElement.querySelector("[data-since]").dataset.since;
    words.hidden = secondsSince(since) <= Number(words.dataset.late);
    words.previousElementSibling.hidden = !words.hidden;
  }
  for (const ring of document.querySelectorAll("[data-ring]")) turn(ring);
}

function turn(ring) {
  const seconds = secondsSince(ring.closest(".tile").querySelector("[data-since]").dataset.since);
  const shown = still.matches ? seconds - (seconds % STEP) : seconds;
  const part = Math.min(100, (100 * shown) / Number(ring.dataset.ring));
  ring.querySelector("[pathLength]").setAttribute("stroke-dasharray", `${part} 100`);
  ring.toggleAttribute("data-late-ring", seconds > Number(ring.dataset.ring));
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:after:swap", tick);
