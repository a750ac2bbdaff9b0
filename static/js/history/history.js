// The history from end to end: empty places get the height that they will need, a month is jumped to, and whoever
// comes back stands where they were. The places themselves are filled by htmx when they come into view.
const grid = document.querySelector("[data-grid]");
const rail = () => document.getElementById("rail");
const NEAR = 80; // places that a search for a place may fill, should the order not be that of time
const HELD = 1500; // milliseconds that a place is held after coming back
const SETTLED = 150; // milliseconds without scrolling after which the place is kept

// --- Heights: told from the first section, once, so that nothing moves that has a height ----------------

let each; // CSS pixels: of a generation, of a row, of what stands above the rows of a day; and tiles in a row

function measure() {
  const part = document.getElementById("first");
  const list = part.querySelectorAll(".rows > .tile");
  const days = part.querySelectorAll("[data-day]").length;
  const rows = part.querySelectorAll(".rows");
  const high = [...rows].reduce((sum, one) => sum + one.offsetHeight, 0);
  const row = list.length ? [...list].reduce((sum, tile) => sum + tile.offsetHeight, 0) / list.length + 4 : 0;
  each = {
    generation: part.offsetHeight / part.dataset.count,
    day: (part.offsetHeight - high) / days,
    row,
    inRow: Math.max(1, list.length / Math.max(1, high / row - 0.4 * rows.length)),
  };
}

function heightOf({ tiles, count }) {
  if (!tiles || !each.row) return count * each.generation;
  return tiles.split(",").reduce((sum, number) => sum + each.day + each.row * Math.ceil(number / each.inRow), 0);
}

function size(places) {
  for (const place of places) {
    place.style.setProperty("--size", `${Math.round(heightOf(place.dataset))}px`);
    place.toggleAttribute("data-sized", true);
  }
}

const sizeNew = () => size(grid.querySelectorAll("[data-place][data-count]:not([data-sized])"));
const sizeAll = () => {
  measure();
  size(grid.querySelectorAll("[data-place][data-count]"));
};

// --- Filling a place, whether it is in view or not -------------------------------------------------

function filled(place) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, 5000);
    function done() {
      clearTimeout(timer);
      removeEventListener("htmx:after:swap", look);
      resolve();
    }
    const look = () => place.isConnected || done();
    addEventListener("htmx:after:swap", look);
    window.htmx.trigger(place, "intersect", {}, false);
  });
}

const holds = (day) => (place) => place.dataset.from <= day && day <= place.dataset.to;

// Fills what stands between the page and a day, or until what is looked for is there.
async function reach(day, isThere) {
  for (let step = 0; step < NEAR && !isThere(); step += 1) {
    const places = [...grid.querySelectorAll("[data-place]")];
    const place = places.find(holds(day)) ?? places.find((one) => !one.dataset.from);
    if (!place) return;
    await filled(place);
  }
}

const spine = new Promise((resolve) => {
  const wait = document.getElementById("rest");
  if (!wait || !document.querySelector("[data-by-time]")) return resolve();
  addEventListener("htmx:after:swap", function arrived() {
    if (wait.isConnected) return;
    removeEventListener("htmx:after:swap", arrived);
    resolve();
  });
});

// --- The rail ----------------------------------------------------------------------------------------

async function jump(month) {
  const first = () => grid.querySelector(`[data-day^="${month}"], [data-place][data-from^="${month}"]`);
  first()?.scrollIntoView({ block: "start" });
  const place = first();
  if (place?.matches("[data-place]")) {
    await filled(place);
    first()?.scrollIntoView({ block: "start" });
  }
  first()?.closest("[data-part]")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-month]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  jump(link.dataset.month);
});

function showMonth() {
  const at = document.elementsFromPoint(grid.getBoundingClientRect().left + 8, 160);
  const here = at.find((one) => one.matches("[data-day], [data-place][data-from]"));
  const month = (here?.dataset.day ?? here?.dataset.from)?.slice(0, 7);
  if (!month) return;
  for (const link of rail().querySelectorAll("[data-month]")) {
    const isHere = link.dataset.month === month;
    if (isHere === link.hasAttribute("aria-current")) continue;
    link.toggleAttribute("aria-current", isHere);
    if (isHere) link.setAttribute("aria-current", "true");
  }
}

// --- Coming back ---------------------------------------------------------------------------------------

function keepPlace() {
  if (history.state?.viewer || isComing) return; // an image lies over the page, or it is not where it will be
  const tile = [...grid.querySelectorAll("[data-generation-id]")].find((one) => one.getBoundingClientRect().bottom > 100);
  const top = tile?.getBoundingClientRect().top;
  const place = tile && scrollY > 100 ? { id: tile.id, day: tile.closest("[data-day]")?.dataset.day, top } : undefined;
  history.replaceState({ ...history.state, place }, "");
}

let isComing = false;

async function restore({ id, day, top }) {
  history.scrollRestoration = "manual";
  await spine;
  sizeNew();
  await reach(day, () => document.getElementById(id));
  const tile = document.getElementById(id);
  if (!tile) return;
  // Sections above are laid out and filled only now, and move it; whoever scrolls in the meantime is left alone.
  let isLeft = false;
  for (const sign of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(sign, () => { isLeft = true; }, { once: true });
  for (const until = performance.now() + HELD; performance.now() < until && !isLeft && tile.isConnected;) {
    const away = tile.getBoundingClientRect().top - top;
    if (Math.abs(away) > 1) scrollBy({ top: away, behavior: "instant" });
    await new Promise(requestAnimationFrame);
  }
}

let settled;
function scrolled() {
  clearTimeout(settled);
  settled = setTimeout(() => {
    keepPlace();
    showMonth();
  }, SETTLED);
}

// --- Everything at its time ------------------------------------------------------------------------------

if (document.getElementById("first")) {
  const place = history.state?.place;
  if (place) {
    isComing = true;
    restore(place).finally(() => { isComing = false; });
  }
  sizeAll();
  addEventListener("htmx:after:swap", () => {
    sizeNew();
    showMonth();
  });
  addEventListener("scroll", scrolled, { passive: true });
  addEventListener("pagehide", keepPlace);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    sizeAll();
  });
  document.addEventListener("density", sizeAll);
}

// Nobody looks: nothing is counted.
document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.detail.ctx?.sourceElement?.matches("[data-while-seen]")) event.preventDefault();
});

// What is not needed to look at images comes after them.
const later = () => {
  import("./panel.js");
  if (grid?.querySelector("[data-part]")) import("./keyboard.js");
};
if (document.readyState === "complete") later();
else addEventListener("load", later, { once: true });
