// Brush, eraser and rectangle, moved by hand or by keys. Points are on the picture.
import { clamp } from "./canvas.js";

const SMALLEST = 4; // pixels of the page: a rectangle drawn by hand
const WHEEL = 0.002; // per pixel of turning
const MIDDLE = 1;
const ERASER_OF_PEN = 32; // in event.buttons
const STEP = 10; // pixels of the page: nearer means finer
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const boxOf = ([x, y], [right, bottom]) => ({
  kind: "box",
  x: Math.min(x, right),
  y: Math.min(y, bottom),
  width: Math.abs(right - x),
  height: Math.abs(bottom - y),
});

export class Tools {
  name = "brush";
  size = 1;
  hasRing = false;
  box; // not painted yet
  #stroke;
  #corner; // where drawing the box began
  #isByKeys = false;
  #cursor;

  constructor({ layer, view, ring, frame, painted }) {
    Object.assign(this, { layer, view, ring, frame, painted });
  }

  choose(name) {
    this.name = name;
    this.drop();
  }

  press(point, { erases = this.name === "eraser" } = {}) {
    this.#isByKeys = false;
    this.#cursor = point;
    this.box = undefined;
    if (this.name === "box") this.#corner = point;
    else this.#stroke = this.layer.add({ kind: "stroke", erases, size: this.size, points: [point] });
    this.show();
  }

  drag(point) {
    this.#cursor = point;
    if (this.#stroke) this.layer.extend(this.#stroke, point);
    else if (this.#corner) this.box = boxOf(this.#corner, point);
    this.show();
  }

  release() {
    const box = this.#corner && this.box;
    if (box && Math.min(box.width, box.height) * this.view.scale >= SMALLEST) this.#stroke = this.layer.add(box);
    if (this.#stroke) this.painted();
    this.#stroke = undefined;
    if (this.#corner) this.drop();
  }

  // A second finger came down.
  abandon() {
    if (this.#stroke) this.layer.abandon();
    this.#stroke = undefined;
    this.drop();
  }

  drop() {
    this.box = this.#corner = undefined;
    this.show();
  }

  hover(point) {
    this.#cursor = point;
    this.show();
  }

  step(by, { draws }) {
    const from = this.view.inside(this.#cursor ?? this.view.middle());
    const to = this.view.inside(from.map((at, way) => at + by[way]));
    this.hasRing = true;
    if (draws && !this.#stroke) this.press(from);
    this.#isByKeys = true;
    this.drag(to);
    this.view.reveal(to);
  }

  dab() {
    this.step([0, 0], { draws: true });
    this.release();
  }

  // Shift ends what it began.
  lift() {
    if (this.#isByKeys) this.release();
  }

  // Moves the rectangle or its far corner; the first key makes one.
  place(by, { sizes }) {
    const { view } = this;
    const middle = view.middle();
    const far = middle.map((_, way) => Math.min(view.room[way] / view.scale, view.size[way]) / 6);
    this.box ??= boxOf(...[-1, 1].map((side) => view.inside(middle.map((at, way) => Math.round(at + side * far[way])))));
    const { box } = this;
    for (const [way, [at, length]] of [["x", "width"], ["y", "height"]].entries()) {
      if (sizes) box[length] = clamp(box[length] + by[way], 1, view.size[way] - box[at]);
      else box[at] = clamp(box[at] + by[way], 0, view.size[way] - box[length]);
    }
    view.reveal(sizes ? [box.x + box.width, box.y + box.height] : [box.x + box.width / 2, box.y + box.height / 2]);
    this.show();
  }

  apply({ erases }) {
    if (!this.box) return;
    this.layer.add({ ...this.box, erases });
    this.painted();
  }

  show() {
    const { box, frame, ring, view } = this;
    const edge = this.size * view.scale;
    ring.hidden = !this.hasRing || !this.#cursor || this.name === "box";
    if (!ring.hidden) lay(ring, view.onStage(this.#cursor).map((at) => at - edge / 2), [edge, edge]);
    frame.hidden = !box;
    if (box) lay(frame, view.onStage([box.x, box.y]), [box.width * view.scale, box.height * view.scale]);
    view.show();
  }
}

function lay(element, [left, top], [width, height]) {
  Object.assign(element.style, { translate: `${left}px ${top}px`, width: `${width}px`, height: `${height}px` });
}

// One pointer paints; two fingers, the space bar or the middle button move the picture.
export function listenToHand(stage, { view, tools, isGrabbing }) {
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
      paints = down.size === 1 && event.button !== MIDDLE && !isGrabbing();
      tools.hasRing = paints && event.pointerType !== "touch";
      if (paints) tools.press(view.onPicture(at(event)), erases ? { erases } : {});
    },
    pointermove(event) {
      const pointer = down.get(event.pointerId);
      if (!pointer) {
        tools.hasRing = event.pointerType !== "touch" && !isGrabbing();
        if (tools.hasRing) tools.hover(view.onPicture(at(event)));
        return;
      }
      if (paints) for (const one of [...(event.getCoalescedEvents?.() ?? []), event]) tools.drag(view.onPicture(at(one)));
      else follow(pointer, at(event));
      pointer.place = at(event);
    },
    pointerup: (event) => up(event, "release"),
    pointercancel: (event) => up(event, "abandon"),
    pointerleave() {
      tools.hasRing &&= down.size > 0;
      tools.show();
    },
    contextmenu: (event) => event.preventDefault(),
    wheel(event) {
      event.preventDefault();
      // Some browsers count lines; a pinch on a pad turns little.
      const turned = event.deltaY * (event.deltaMode ? 16 : 1) * (event.ctrlKey ? 4 : 1);
      view.zoom(Math.exp(-turned * WHEEL), at(event));
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

// Plain characters count only while the picture has the focus.
export function listenToKeys(dialog, { stage, view, tools, acts, undo, redo, leave, say }) {
  let grabs = false;
  const grab = (on) => stage.toggleAttribute("data-grab", grabs = on);

  function arrow(by, event) {
    const far = by.map((way) => way * Math.max(1, Math.round(STEP / view.scale)));
    if (tools.name !== "box") return tools.step(far, { draws: event.shiftKey });
    tools.place(far, { sizes: event.shiftKey });
    return say("placed", tools.box);
  }

  const onPicture = {
    ...Object.fromEntries(Object.entries(ARROWS).map(([key, by]) => [key, (event) => arrow(by, event)])),
    " ": () => grab(true),
    Enter(event) {
      if (tools.name !== "box") tools.dab();
      else if (tools.box) tools.apply({ erases: false });
      else arrow([0, 0], event);
    },
    Delete: () => tools.apply({ erases: true }),
    Backspace: () => tools.apply({ erases: true }),
    ...acts,
  };

  function actOf(event) {
    const key = event.key.toLowerCase();
    if (event.key === "Escape") return tools.box ? () => tools.drop() : leave;
    // AltGr writes [ and ] on many keyboards, and says that Ctrl and Alt are down.
    if (!event.getModifierState("AltGraph") && (event.ctrlKey || event.metaKey || event.altKey)) {
      return { z: event.shiftKey ? redo : undo, y: redo }[key];
    }
    return event.target === stage ? onPicture[event.key] ?? onPicture[key] : undefined;
  }

  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key === "Process" || event.target.closest("dialog") !== dialog) return;
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    act(event);
  });

  function letGo(event) {
    if (event.key !== " ") tools.lift();
    if (event.key !== "Shift") grab(false);
  }
  dialog.addEventListener("keyup", (event) => ["Shift", " "].includes(event.key) && letGo(event));
  stage.addEventListener("blur", letGo);
  return () => grabs;
}
