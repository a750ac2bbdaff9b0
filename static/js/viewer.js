// The picture on its page: made larger with buttons, keys, wheel, pinch or two taps, moved by dragging, swiped to the
// next. Stepping from image to image leaves one entry in the browser's history, so that closing leads back to the
// place one came from. Without this script the page has links for all of it but the zoom.
const stage = document.querySelector("[data-stage]");
const picture = stage.querySelector("img");
const shown = document.querySelector("[data-zoom-shown]");
const announcer = document.querySelector("[data-announcer]");
const STEP = 1.25;
const MOST = 8; // times the fitted size, or the actual one where that is larger
const SWIPE = 60; // CSS pixels
const PAN = 80; // CSS pixels that an arrow key moves
const CAME = "viewer:came-from-the-studio";
const FOCUS = "viewer:focus";

// --- Zoom: a scale on top of the fitted size, and how far the middle is moved ---------------------

let scale = 1;
let x = 0;
let y = 0;

const actual = () => picture.getAttribute("width") / picture.offsetWidth;

function place() {
  const box = stage.getBoundingClientRect();
  const room = (length, outer) => Math.max(0, (length * scale - outer) / 2);
  const within = (value, most) => Math.min(most, Math.max(-most, value));
  x = within(x, room(picture.offsetWidth, box.width));
  y = within(y, room(picture.offsetHeight, box.height));
  picture.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
  stage.toggleAttribute("data-zoomed", scale !== 1);
  shown.textContent = scale === 1 ? shown.dataset.fit : `${Math.round((100 * scale) / actual())} %`;
}

// Zoom so that what is at a point of the window stays there.
function zoom(to, point) {
  const before = scale;
  scale = Math.min(Math.max(1, to), Math.max(MOST, actual()));
  if (Math.abs(scale - 1) < 0.02) scale = 1;
  if (scale !== 1) picture.sizes = `${picture.getAttribute("width")}px`; // the original, not a smaller one
  if (point) {
    const box = stage.getBoundingClientRect();
    const middle = getComputedStyle(stage);
    const dx = point.clientX - box.left - (box.width + parseFloat(middle.paddingLeft) - parseFloat(middle.paddingRight)) / 2;
    const dy = point.clientY - box.top - (box.height + parseFloat(middle.paddingTop) - parseFloat(middle.paddingBottom)) / 2;
    x = dx - ((dx - x) * scale) / before;
    y = dy - ((dy - y) * scale) / before;
  }
  if (scale === 1) x = y = 0;
  place();
}

const ways = {
  in: () => zoom(scale * STEP),
  out: () => zoom(scale / STEP),
  fit: () => zoom(1),
  toggle: (point) => zoom(scale === 1 ? Math.max(actual(), actual() > 1.05 ? 1 : 2) : 1, point),
};

function zoomAndSay(way) {
  ways[way]();
  announcer.textContent = shown.textContent;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) zoomAndSay(button.dataset.zoom);
});

stage.addEventListener("wheel", (event) => {
  const page = document.scrollingElement;
  if (!event.ctrlKey && page.scrollHeight > page.clientHeight) return; // it scrolls the page
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
  zoom(scale * Math.exp(pixels * (event.ctrlKey ? -0.01 : -0.002)), event);
}, { passive: false });

addEventListener("resize", () => zoom(scale));

// --- Pointers: one moves or swipes, two pinch, two taps toggle -----------------------------------

const pointers = new Map();
let start;
let lastTap = { time: 0, clientX: 0, clientY: 0 };

const middle = ([a, b]) => ({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
const apart = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
const step = (way) => document.querySelector(`[data-step][rel="${way}"]`);

stage.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  pointers.set(event.pointerId, event);
  start = { event, x, y, scale, moved: false, pinched: pointers.size > 1 || (start?.pinched && pointers.size > 1) };
  if (pointers.size === 2) start.apart = apart([...pointers.values()]);
  if (scale !== 1 || event.pointerType === "touch") stage.setPointerCapture(event.pointerId);
});

stage.addEventListener("pointermove", (event) => {
  if (!pointers.has(event.pointerId)) return;
  pointers.set(event.pointerId, event);
  const dx = event.clientX - start.event.clientX;
  const dy = event.clientY - start.event.clientY;
  if (pointers.size === 2) {
    const both = [...pointers.values()];
    zoom((start.scale * apart(both)) / start.apart, middle(both));
    return;
  }
  start.moved ||= Math.hypot(dx, dy) > 8;
  if (start.pinched) return;
  if (scale !== 1) {
    [x, y] = [start.x + dx, start.y + dy];
    place();
  } else if (event.pointerType === "touch" && start.moved) {
    picture.style.transform = `translateX(${step(dx < 0 ? "next" : "prev") ? dx : dx / 4}px)`;
  }
});

function released(event) {
  if (!pointers.delete(event.pointerId) || pointers.size) return;
  const dx = event.clientX - start.event.clientX;
  const dy = event.clientY - start.event.clientY;
  const isTouch = event.pointerType === "touch";
  if (event.type === "pointerup" && !start.pinched) {
    const link = step(dx < 0 ? "next" : "prev");
    if (isTouch && scale === 1 && Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy) && link) {
      link.click();
      return;
    }
    if (!start.moved) tapped(event);
  }
  place();
}

function tapped(event) {
  const near = Math.hypot(event.clientX - lastTap.clientX, event.clientY - lastTap.clientY) < 30;
  const twice = near && event.timeStamp - lastTap.time < 350;
  if (twice) ways.toggle(event);
  lastTap = { time: twice ? 0 : event.timeStamp, clientX: event.clientX, clientY: event.clientY };
}

stage.addEventListener("pointerup", released);
stage.addEventListener("pointercancel", released);
stage.addEventListener("dragstart", (event) => { if (scale !== 1) event.preventDefault(); });

// --- Keys: before those of the page's links, which the arrows belong to while nothing is zoomed ---

const zoomKeys = { "+": "in", "=": "in", "-": "out", "0": "fit", z: "toggle" };
const panKeys = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (document.querySelector(":popover-open, dialog[open]")) return;
  if (zoomKeys[event.key]) zoomAndSay(zoomKeys[event.key]);
  else if (event.key === "Escape" && scale !== 1) zoomAndSay("fit");
  else if (event.key === "Escape") document.querySelector("[data-back]").click();
  else if (panKeys[event.key] && scale !== 1) {
    x += panKeys[event.key][0];
    y += panKeys[event.key][1];
    place();
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

// --- Ways to the neighbours, and back -------------------------------------------------------------

const cameFrom = document.referrer ? new URL(document.referrer) : undefined;
// From a comparison one would go round in circles.
if (cameFrom?.origin !== location.origin || cameFrom.pathname.startsWith("/compare/")) sessionStorage.removeItem(CAME);
else if (!/^\/(images|account)\//.test(cameFrom.pathname)) sessionStorage.setItem(CAME, "1");

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-step], [data-back]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.hasAttribute("data-step")) {
    event.preventDefault();
    if (link === document.activeElement && link.rel) sessionStorage.setItem(FOCUS, link.rel);
    location.replace(link.href);
  } else if (sessionStorage.getItem(CAME) && history.length > 1) {
    event.preventDefault();
    history.back();
  }
});

// Whoever steps with the Enter key stands on the same link of the next page.
const focused = sessionStorage.getItem(FOCUS);
if (focused) {
  sessionStorage.removeItem(FOCUS);
  step(focused)?.focus({ preventScroll: true });
}

// The neighbours' pictures are fetched ahead, where data costs nothing extra to speak of.
function fetchAhead() {
  for (const link of document.querySelectorAll("[data-picture]")) new Image().src = link.dataset.picture;
}

if (!navigator.connection?.saveData && !/2g|3g/.test(navigator.connection?.effectiveType)) {
  if (document.readyState === "complete") fetchAhead();
  else addEventListener("load", fetchAhead, { once: true });
}
