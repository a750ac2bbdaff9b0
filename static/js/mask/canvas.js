// What is painted, where picture and paint lie on the stage, and brush, eraser and rectangle.
const SAMPLE = 64; // pixels each way that estimate the painted part
const CLOSEST = 16; // pixels of the page per pixel of the picture
const MARGIN = 16; // around the whole picture
const SEEN = 48; // of the picture always stay on the stage
const SMALLEST = 4; // pixels of the page: a rectangle drawn by hand

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function surface(width, height, settings) {
  return Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", settings);
}

// Two colours show on every picture, and to everybody.
function stripes(edge) {
  const tile = surface(edge, edge);
  tile.fillStyle = "#fff";
  tile.fillRect(0, 0, edge, edge);
  tile.strokeStyle = "#d3004c";
  tile.lineWidth = edge / 2.8;
  for (const x of [-edge, 0, edge]) {
    tile.moveTo(x - edge, 2 * edge);
    tile.lineTo(x + 2 * edge, -edge);
  }
  tile.stroke();
  return tile.createPattern(tile.canvas, "repeat");
}

// Painted where the picture may change. A step is kept as what was done: copies of the canvas would be too large.
export class Layer {
  #context;
  #base; // a mask that was there before
  #steps = [];
  #undone = [];

  constructor(width, height) {
    const context = surface(width, height);
    context.lineCap = "round";
    context.strokeStyle = context.fillStyle = stripes(Math.max(16, Math.round(Math.max(width, height) / 70)));
    this.#context = context;
    this.canvas = context.canvas;
  }

  get canUndo() { return this.#steps.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  begin(mask) {
    this.#base = mask;
    this.#again();
  }

  add(step) {
    this.#undone = [];
    this.#steps.push(step);
    this.#draw(step);
    return step;
  }

  extend(step, point) {
    step.points.push(point);
    this.#draw(step, step.points.length - 1);
  }

  abandon() {
    this.#steps.pop();
    this.#again();
  }

  undo() {
    if (this.canUndo) this.#undone.push(this.#steps.pop());
    this.#again();
  }

  redo() {
    if (this.canRedo) this.#steps.push(this.#undone.pop());
    this.#again();
  }

  // About how much is painted, from 0 to 1.
  part() {
    const small = surface(SAMPLE, SAMPLE, { willReadFrequently: true });
    small.drawImage(this.canvas, 0, 0, SAMPLE, SAMPLE);
    const { data } = small.getImageData(0, 0, SAMPLE, SAMPLE);
    return data.reduce((sum, value, at) => sum + (at % 4 < 3 ? 0 : value), 0) / data.length / 63.75;
  }

  // A PNG of the picture's size, clear where it may change; null where it may not at all.
  async file(name) {
    const { width, height } = this.canvas;
    const made = surface(width, height);
    made.fillRect(0, 0, width, height);
    made.globalCompositeOperation = "destination-out";
    made.drawImage(this.canvas, 0, 0);
    if (made.getImageData(0, 0, width, height).data.every((value, at) => at % 4 < 3 || value === 255)) return null;
    const blob = await new Promise((resolve) => { made.canvas.toBlob(resolve, "image/png"); });
    return new File([blob], name, { type: blob.type });
  }

  #all(how) {
    this.#context.globalCompositeOperation = how;
    this.#context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  // A stroke grows by its last point; drawn whole, it looks the same.
  #draw({ kind, erases, size, points, x, y, width, height }, from = 0) {
    const context = this.#context;
    if (kind !== "box" && kind !== "stroke") return this.#all(kind);
    context.globalCompositeOperation = erases ? "destination-out" : "source-over";
    if (kind === "box") return context.fillRect(x, y, width, height);
    context.lineWidth = size;
    for (let at = from; at < points.length; at += 1) {
      context.beginPath();
      context.moveTo(...points[Math.max(at - 1, 0)]);
      context.lineTo(points[at][0] + 0.01, points[at][1]); // a line without length draws no dot everywhere
      context.stroke();
    }
  }

  #again() {
    this.#all("destination-out");
    if (this.#base) {
      this.#all("copy");
      this.#context.globalCompositeOperation = "destination-out";
      this.#context.drawImage(this.#base, 0, 0);
    }
    for (const step of this.#steps) this.#draw(step);
  }
}

// Points on the stage are in pixels of the page, those on the picture in its own.
export class View {
  scale = 1;
  #at = [0, 0]; // where the picture's corner is
  #isFitted = true;
  #observer = new ResizeObserver(() => (this.#isFitted ? this.fit() : this.pan([0, 0])));

  constructor(stage, { paper, size, moved }) {
    Object.assign(this, { stage, paper, size, moved });
    this.#observer.observe(stage);
  }

  get room() { return [this.stage.clientWidth, this.stage.clientHeight]; }

  fit() {
    this.scale = Math.min(...this.room.map((room, way) => (room - 2 * MARGIN) / this.size[way]), CLOSEST / 4);
    this.#move(this.room.map((room, way) => (room - this.size[way] * this.scale) / 2));
    this.#isFitted = true;
  }

  zoom(factor, point = this.room.map((room) => room / 2)) {
    const farthest = Math.min(1, ...this.room.map((room, way) => room / this.size[way])) / 2;
    const shown = this.onPicture(point);
    this.scale = clamp(this.scale * factor, farthest, CLOSEST);
    this.#move(point.map((at, way) => at - shown[way] * this.scale));
  }

  pan(by) {
    this.#move(this.#at.map((at, way) => at + by[way]));
  }

  reveal(point) {
    const at = this.onStage(point);
    const isWider = (way) => this.size[way] * this.scale > this.room[way];
    this.pan(this.room.map((room, way) => (isWider(way) ? clamp(at[way], SEEN, room - SEEN) - at[way] : 0)));
  }

  onStage(point) {
    return point.map((at, way) => this.#at[way] + at * this.scale);
  }

  onPicture(point) {
    return point.map((at, way) => (at - this.#at[way]) / this.scale);
  }

  inside(point) {
    return point.map((at, way) => clamp(at, 0, this.size[way]));
  }

  middle() {
    return this.inside(this.onPicture(this.room.map((room) => room / 2)));
  }

  #move(to) {
    this.#at = to.map((at, way) => clamp(at, SEEN - this.size[way] * this.scale, this.room[way] - SEEN));
    this.#isFitted = false;
    this.paper.style.transform = `translate(${this.#at[0]}px, ${this.#at[1]}px) scale(${this.scale})`;
    this.moved();
  }
}

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
  box; // not painted yet
  #stroke;
  #corner; // where drawing the box began
  #cursor; // where the brush is

  constructor({ layer, view, ring, frame, painted }) {
    Object.assign(this, { layer, view, ring, frame, painted });
  }

  choose(name) {
    this.name = name;
    this.drop();
  }

  press(point, { erases = this.name === "eraser" } = {}) {
    this.box = undefined;
    if (this.name === "box") this.#corner = point;
    else this.#stroke = this.layer.add({ kind: "stroke", erases, size: this.size, points: [point] });
    this.show();
  }

  drag(point) {
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

  // Nowhere: no mouse or pen is over the picture.
  hover(point) {
    this.#cursor = point;
    this.show();
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
    const reach = sizes ? 1 : 0.5;
    view.reveal([box.x + reach * box.width, box.y + reach * box.height]);
  }

  apply({ erases }) {
    if (!this.box) return;
    this.layer.add({ ...this.box, erases });
    this.painted();
  }

  show() {
    const { box, frame, ring, view } = this;
    const edge = this.size * view.scale;
    ring.hidden = !this.#cursor || this.name === "box";
    if (!ring.hidden) lay(ring, view.onStage(this.#cursor).map((at) => at - edge / 2), [edge, edge]);
    frame.hidden = !box;
    if (box) lay(frame, view.onStage([box.x, box.y]), [box.width * view.scale, box.height * view.scale]);
  }
}

function lay(element, [left, top], [width, height]) {
  Object.assign(element.style, { translate: `${left}px ${top}px`, width: `${width}px`, height: `${height}px` });
}
