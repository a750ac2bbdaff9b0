// The mask editor: one paints over the first reference what may change. Loaded when it is first opened.
import { Layer, Tools, View } from "./canvas.js";

const NEARER = 1.25;
const LARGEST = 0.4; // of the picture's longer edge: the thickest brush

const WHEEL = 0.008; // per pixel of turning
const MIDDLE = 1;
const ERASER_OF_PEN = 32; // in event.buttons
const STEP = 10; // pixels of the page: nearer means finer
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Painted last: closing the editor loses nothing, nor does an upload that fails.
let kept = {};

async function imageAt(src) {
  const image = Object.assign(new Image(), { src, alt: "" });
  await image.decode();
  return image;
}

// picture and mask are addresses; several: there are more references; use takes the file.
export async function open(template, { picture, mask, several, use }) {
  const dialog = template.content.cloneNode(true).firstElementChild;
  const find = (name) => dialog.querySelector(`[data-mask-${name}]`);
  const say = (name, values) => {
    find("status").textContent = dialog.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  };
  find("several").hidden = !several;
  find("cancel").onclick = () => dialog.close();
  const apart = keepApart();
  dialog.onclose = () => {
    apart.abort();
    dialog.remove();
  };
  document.body.append(dialog);
  try {
    await new Promise((onload, onerror) => Object.assign(dialog.querySelector("link"), { onload, onerror }));
    dialog.showModal();
    const image = await imageAt(picture);
    if (kept.picture !== picture || kept.mask !== mask) kept = { picture, mask, ...(await layerOn(image, mask)) };
    if (!dialog.open) return;
    begin(dialog, { find, say, image, layer: kept.layer, use });
    if (!kept.fits) say("foreign");
  } catch (error) {
    if (!dialog.open) { // its styles did not come
      dialog.onclose();
      throw error;
    }
    say("lost");
  }
}

// What is pasted or dropped while one paints is no picture for the form below.
function keepApart() {
  const apart = new AbortController();
  for (const name of ["dragover", "drop", "paste"]) {
    addEventListener(name, (event) => {
      event.preventDefault();
      event.stopPropagation();
    }, { capture: true, signal: apart.signal });
  }
  return apart;
}

async function layerOn(image, mask) {
  const layer = new Layer(image.naturalWidth, image.naturalHeight);
  const painted = mask && await imageAt(mask);
  const fits = !painted || (painted.naturalWidth === image.naturalWidth && painted.naturalHeight === image.naturalHeight);
  if (painted && fits) layer.begin(painted);
  return { layer, fits };
}

function begin(dialog, { find, say, image, layer, use }) {
  const stage = find("stage");
  find("paper").append(image, layer.canvas);
  const moved = () => {
    find("scale").textContent = `${Math.round(view.scale * 100)} %`;
    tools.show();
  };
  const view = new View(stage, { paper: find("paper"), size: [layer.canvas.width, layer.canvas.height], moved });
  const painted = () => {
    const percent = layer.part() * 100;
    say("part", { percent: Math[percent < 1 ? "ceil" : "round"](percent) });
    find("undo").ariaDisabled = !layer.canUndo;
    find("redo").ariaDisabled = !layer.canRedo;
  };
  const tools = new Tools({ layer, view, painted, ring: find("ring"), frame: find("frame") });
  const { undo, redo, nearer, farther, fit } = buttons(find, { layer, view, painted });
  const choose = choosing(dialog, { tools, say });
  const thicker = sizing(find, { tools, longest: Math.max(...view.size) });
  const acts = {
    b: () => choose("brush"),
    e: () => choose("eraser"),
    u: () => choose("box"),
    "[": () => thicker(-1),
    "]": () => thicker(1),
    "+": nearer,
    "=": nearer,
    "-": farther,
    0: fit,
  };
  listenToKeys(dialog, { stage, view, tools, acts, undo, redo, choose, say });
  listenToHand(stage, { view, tools });
  find("done").onclick = () => finish(dialog, { say, layer, use });
  dialog.toggleAttribute("data-ready", true);
  painted();
  choose("brush");
  // Plain keys are heard there.
  const focus = () => stage.focus({ focusVisible: false });
  find("bar").onclick = ({ detail, target }) => detail && target.type !== "range" && focus();
  focus();
}

function buttons(find, { layer, view, painted }) {
  const acts = { nearer: () => view.zoom(NEARER), farther: () => view.zoom(1 / NEARER), fit: () => view.fit() };
  const paints = {
    undo: () => layer.undo(),
    redo: () => layer.redo(),
    invert: () => layer.add({ kind: "xor" }),
    clear: () => layer.add({ kind: "destination-out" }),
  };
  for (const [name, act] of Object.entries(paints)) {
    acts[name] = () => {
      act();
      painted();
    };
  }
  for (const [name, act] of Object.entries(acts)) find(name).onclick = act;
  return acts;
}

// The slider is finer at its thin end.
function sizing(find, { tools, longest }) {
  const slider = find("size");
  slider.oninput = () => {
    tools.size = Math.max(1, Math.round(longest * LARGEST * (slider.value / slider.max) ** 2));
    find("pixels").textContent = slider.ariaValueText = `${tools.size} px`;
    tools.show();
  };
  slider.oninput();
  return (steps) => {
    slider.valueAsNumber += steps;
    slider.oninput();
  };
}

function choosing(dialog, { tools, say }) {
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const choose = (name) => {
    dialog.querySelector(`[value=${name}]`).checked = true;
    dialog.querySelector("[type=range]").disabled = name === "box";
    tools.choose(name);
    say(isTouched ? "hand" : name);
  };
  dialog.onchange = ({ target }) => target.type === "radio" && choose(target.value);
  return choose;
}

async function finish(dialog, { say, layer, use }) {
  try {
    const file = await layer.file(dialog.dataset.name);
    if (!file) return say("empty");
    use(file);
    return dialog.close();
  } catch {
    return say("full");
  }
}

// One pointer paints; two fingers, the middle button or the wheel move the picture.
function listenToHand(stage, { view, tools }) {
  const down = new Map();
  let paints = false; // or else moves the picture

  const at = ({ clientX, clientY }) => {
    const { left, top } = stage.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };

  const listeners = {
    pointerdown(event) {
      const erases = Boolean(event.buttons & ERASER_OF_PEN);
      if (event.button > MIDDLE && !erases) return;
      // The hand lies on the screen while a pen paints.
      if (event.pointerType === "touch" && [...down.values()].some((one) => one.isPen)) return;
      stage.setPointerCapture(event.pointerId);
      if (paints) tools.abandon();
      down.set(event.pointerId, { place: at(event), isPen: event.pointerType === "pen" });
      paints = down.size === 1 && event.button !== MIDDLE;
      if (paints) tools.press(view.onPicture(at(event)), erases ? { erases } : {});
    },
    pointermove(event) {
      const place = at(event);
      const pointer = down.get(event.pointerId);
      if (paints && pointer) for (const one of event.getCoalescedEvents?.() ?? [event]) tools.drag(view.onPicture(at(one)));
      else if (pointer) follow(pointer, place);
      if (pointer) pointer.place = place;
      tools.hover(event.pointerType !== "touch" ? view.onPicture(place) : undefined);
    },
    pointerup: (event) => up(event, "release"),
    pointercancel: (event) => up(event, "abandon"),
    pointerleave: () => tools.hover(),
    contextmenu: (event) => event.preventDefault(),
    wheel(event) {
      event.preventDefault();
      const unit = event.deltaMode ? 16 : 1; // some browsers count lines
      // A pinch on a pad comes as a wheel with Ctrl.
      if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(-event.deltaY * unit * WHEEL), at(event));
      else view.pan([-event.deltaX * unit, -event.deltaY * unit]);
    },
  };

  function follow(pointer, place) {
    const other = [...down.values()].find((one) => one !== pointer)?.place;
    view.pan(place.map((at, way) => (at - pointer.place[way]) / (other ? 2 : 1)));
    if (!other) return;
    const apart = ([x, y]) => Math.max(1, Math.hypot(x - other[0], y - other[1]));
    view.zoom(apart(place) / apart(pointer.place), place.map((at, way) => (at + other[way]) / 2));
  }

  function up(event, how) {
    if (!down.delete(event.pointerId) || !paints) return;
    paints = false;
    tools[how]();
  }

  for (const [name, act] of Object.entries(listeners)) stage.addEventListener(name, act, { passive: false });
}

// Plain characters count only while the picture has the focus, and for those who have not switched them off.
function listenToKeys(dialog, { stage, view, tools, acts, undo, redo, choose, say }) {
  function arrow(by, event) {
    if (tools.name !== "box") choose("box");
    tools.place(by.map((way) => way * Math.max(1, Math.round(STEP / view.scale))), { sizes: event.shiftKey });
    say("placed", tools.box);
  }

  const onPicture = {
    ...Object.fromEntries(Object.entries(ARROWS).map(([key, by]) => [key, (event) => arrow(by, event)])),
    Enter: (event) => (tools.box ? tools.apply({ erases: false }) : arrow([0, 0], event)),
    Delete: () => tools.apply({ erases: true }),
  };

  function actOf(event) {
    const key = event.key.toLowerCase();
    if (event.key === "Escape") return tools.box && (() => tools.drop()); // or else it closes the editor
    // AltGr writes [ and ] on many keyboards, and says that Ctrl and Alt are down.
    if (!event.getModifierState("AltGraph") && (event.ctrlKey || event.metaKey || event.altKey)) {
      return { z: event.shiftKey ? redo : undo, y: redo }[key];
    }
    if (event.target !== stage) return undefined;
    return onPicture[event.key] ?? (document.body.dataset.singleKeys !== "off" && acts[key]);
  }

  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key === "Process") return;
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    act(event);
  });
}
