// One image, looked at closely: on its page, or in a dialog over the page that its thumbnail is on, under the same
// address. Stepping from image to image leaves one entry in the browser's history, so that closing leads back to the
// place one came from. Without this script the page has links for all of it but the zoom.
import "./copy.js";
import "./order.js"; // a dialog has its panel too
import { Zoom } from "./zoom.js";

const SWIPE = 60; // CSS pixels
const PAN = 80; // CSS pixels that an arrow key moves

let onPage = document.querySelector("main .viewer"); // null on the pages that a dialog opens over
let root; // what is looked at: <div class="viewer">
let zoom;
let here; // its address
let goal; // of the image that is on its way
let isBare = false; // without the details
let dialog;
let below; // the page under the dialog: { link, title }

const find = (selector) => root.querySelector(selector);
const step = (way) => find(`[data-step][rel="${way}"]`);
const say = (words) => { (dialog ?? document).querySelector("[data-announcer]").textContent = words; };

function mount(viewer) {
  root = viewer;
  here = location.pathname;
  const stage = find("[data-stage]");
  const swipe = {
    moved: (dx) => { zoom.picture.style.transform = `translateX(${step(dx < 0 ? "next" : "prev") ? dx : dx / 4}px)`; },
    ended: (dx, dy) => Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy) && step(dx < 0 ? "next" : "prev")?.click(),
  };
  zoom = new Zoom(stage, { frames: [stage], shown: find("[data-zoom-shown]"), swipe });
  stage.addEventListener("wheel", (event) => {
    const page = dialog ?? document.scrollingElement;
    if (event.ctrlKey || page.scrollHeight <= page.clientHeight) zoom.wheel(event); // or else it scrolls the page
  }, { passive: false });
  if (!onPage) window.htmx?.process(root); // what a page brings is known to it, what a script puts there is not
  showDetails(!isBare);
  fetchAhead();
  if (isSeen) showOriginal();
}

function showDetails(shown) {
  isBare = !shown;
  root.toggleAttribute("data-bare", isBare);
  find("[data-details]").ariaExpanded = shown;
}

// What the image was made from, in its place.
function showSource(shown) {
  const source = find("[data-source]");
  if (!source) return;
  source.hidden = !shown;
  zoom.picture.toggleAttribute("data-away", shown);
  find("[data-source-shown]").ariaPressed = shown;
}

const isSlow = () => navigator.connection?.saveData || /2g|3g/.test(navigator.connection?.effectiveType);

// The neighbours' smaller pictures are fetched ahead, where data costs nothing extra to speak of.
function fetchAhead() {
  if (isSlow()) return;
  if (!zoom.picture.complete) return zoom.picture.addEventListener("load", fetchAhead, { once: true });
  for (const link of root.querySelectorAll("[data-picture]")) new Image().src = link.dataset.picture;
}

// A smaller picture came with the page. Once it is shown, and somebody moves a pointer, touches or presses a key, the
// original takes its place; where data is dear the browser chooses, and takes it when it is enlarged. It is fetched
// beside the picture: until it is here the browser would draw the smaller one as narrow as if it had that many pixels.
let isSeen = false;

function showOriginal() {
  const { picture } = zoom;
  if (!picture.complete) return picture.addEventListener("load", showOriginal, { once: true });
  const original = `${picture.getAttribute("src")} ${picture.getAttribute("width")}w`;
  if (picture.srcset.endsWith(original)) return;
  const srcset = isSlow() ? `${picture.srcset}, ${original}` : original;
  const ahead = Object.assign(new Image(), { sizes: picture.sizes, srcset });
  ahead.decode().then(() => Object.assign(picture, { srcset }), () => {}); // what cannot be had is not shown
}

function seen() {
  if (isSeen) return;
  isSeen = true;
  if (root) showOriginal();
}

for (const sign of ["pointermove", "pointerdown", "wheel", "keydown"]) addEventListener(sign, seen, { passive: true, capture: true });

// --- From image to image, and back ------------------------------------------------------------------

async function pageAt(address) {
  const answer = await fetch(address).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return undefined;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector(".viewer") ? page : undefined;
}

async function go(link) {
  if (goal === link.href) return;
  goal = link.href;
  const page = await pageAt(link.href);
  if (goal !== link.href) return; // meanwhile somebody went elsewhere
  goal = undefined;
  if (!page) return location.replace(link.href);
  const focused = root.contains(document.activeElement) && document.activeElement;
  const viewer = page.querySelector(".viewer");
  onPage = null;
  root.replaceWith(viewer);
  history.replaceState(history.state, "", link.href);
  document.title = page.title;
  mount(viewer);
  say(zoom.picture.alt);
  if (focused) (step(focused.rel) ?? find("[data-back]")).focus({ preventScroll: true, focusVisible: Boolean(focused.rel) });
}

function leave(event) {
  if (dialog || cameFromStudio()) {
    event.preventDefault();
    history.back();
  }
}

// From a comparison one would go round in circles.
function cameFromStudio() {
  const from = document.referrer && new URL(document.referrer);
  return from && history.length > 1 && from.origin === location.origin && !/^\/(images|account|compare)\//.test(from.pathname);
}

// Opens the image that a link leads to over the page that the link is on.
export async function open(address, link) {
  if (dialog || goal === address) return;
  isSeen = true;
  goal = address;
  const page = await pageAt(address);
  if (goal !== address) return;
  const style = page && await styled(page);
  goal = undefined;
  if (!style) return location.assign(address);
  dialog = document.createElement("dialog");
  dialog.className = "viewer-dialog";
  dialog.setAttribute("aria-labelledby", "image-title");
  dialog.innerHTML = `<p class="visually-hidden" role="status" data-announcer></p>`;
  dialog.append(page.querySelector(".viewer"));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    history.back();
  });
  below = { link, title: document.title, own: page.title };
  document.body.append(dialog);
  if (location.href !== address) history.pushState({ viewer: true }, "", address);
  document.title = page.title;
  dialog.showModal();
  mount(dialog.querySelector(".viewer"));
  find("[data-back]").focus({ focusVisible: false });
}

// The styles of the image's page come with the first image that is opened.
async function styled(page) {
  const wanted = [...page.querySelectorAll("link[rel=stylesheet]")].map((one) => one.getAttribute("href"));
  const missing = wanted.filter((href) => !document.querySelector(`link[href="${href}"]`));
  const loaded = missing.map((href) => new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    Object.assign(link, { onload: () => done(true), onerror: () => done(false) });
    document.head.append(link);
  }));
  return (await Promise.all(loaded)).every(Boolean);
}

function close() {
  const { imageId } = zoom.picture.dataset;
  dialog.remove();
  dialog = goal = undefined;
  document.title = below.title;
  // Where one has stepped to, if the page shows it.
  const thumbnail = document.querySelector(`main [data-image-id="${imageId}"]`)?.closest("a") ?? below.link;
  thumbnail?.focus();
}

addEventListener("popstate", () => {
  if (location.pathname === here) return;
  if (dialog) close();
  else if (root?.isConnected) location.reload(); // reloaded over the page below: that one is not there any more
});

// --- Buttons and keys -----------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (!root?.contains(event.target)) return;
  const button = event.target.closest("[data-zoom], [data-details], [data-source-shown]");
  if (button?.dataset.zoom) say(zoom.act(button.dataset.zoom));
  else if (button?.hasAttribute("data-details")) showDetails(isBare);
  else if (button) showSource(button.ariaPressed !== "true");
  const link = event.target.closest("[data-step], [data-back]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.hasAttribute("data-back")) return leave(event);
  event.preventDefault();
  go(link);
});

const singles = {
  "+": () => say(zoom.act("in")),
  "=": () => say(zoom.act("in")),
  "-": () => say(zoom.act("out")),
  0: () => say(zoom.act("fit")),
  z: () => say(zoom.act("toggle")),
  i: () => showDetails(isBare),
  v: () => showSource(true),
};
const arrows = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };

function actOf({ key, repeat, shiftKey }) {
  if (key === "Escape") return () => (zoom.scale === 1 ? find("[data-back]").click() : say(zoom.act("fit")));
  if (Object.hasOwn(arrows, key) && zoom.scale !== 1) return () => zoom.pan(...arrows[key]);
  if (key.length === 1 && document.body.dataset.singleKeys === "off") return undefined;
  const link = !shiftKey && !repeat && find(`[data-key="${CSS.escape(key)}"]`);
  if (link) return () => link.click();
  const name = key.toLowerCase(); // whatever Caps Lock says
  return Object.hasOwn(singles, name) && (!repeat || "+=-".includes(name)) ? singles[name] : undefined;
}

// Before those of the page: under a dialog they rest, and the arrows move what is zoomed.
document.addEventListener("keydown", (event) => {
  if (!root?.isConnected || event.isComposing || event.key === "Process" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  if ([...document.querySelectorAll(":popover-open, dialog[open]")].some((one) => one !== dialog)) return;
  const act = actOf(event);
  if (!act) return;
  act();
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

document.addEventListener("keyup", (event) => { if (root?.isConnected && event.key.toLowerCase() === "v") showSource(false); });
addEventListener("blur", () => { if (root?.isConnected) showSource(false); });

if (onPage) mount(onPage);
