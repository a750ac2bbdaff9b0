// What is painted, and how it shows over the picture.
const KEPT = 200; // steps that can be undone
const SAMPLE = 64; // pixels each way that estimate the painted part
const DENSEST = 2; // device pixels per pixel of the page
const CLOSEST = 16; // pixels of the page per pixel of the picture
const MARGIN = 16; // around the whole picture
const SEEN = 48; // of the picture always stay on the stage
const STRIPES = 12;

const everything = ({ canvas }) => [0, 0, canvas.width, canvas.height];

const marks = {
  // A stroke grows by its last point; drawn whole, it looks the same.
  stroke(context, { size, points }, from = 0) {
    context.lineWidth = size;
    for (let at = from; at < points.length; at += 1) {
      context.beginPath();
      context.moveTo(...points[Math.max(at - 1, 0)]);
      context.lineTo(points[at][0] + 0.01, points[at][1]); // a line without length draws no dot everywhere
      context.stroke();
    }
  },
  box: (context, { x, y, width, height }) => context.fillRect(x, y, width, height),
  clear: (context) => context.clearRect(...everything(context)),
  invert(context) {
    context.globalCompositeOperation = "xor";
    context.fillRect(...everything(context));
  },
};

function surface(width, height, settings) {
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d", settings);
  context.lineCap = "round";
  return context;
}

function mark(context, step, from) {
  context.globalCompositeOperation = step.erases ? "destination-out" : "source-over";
  marks[step.kind](context, step, from);
  context.globalCompositeOperation = "source-over";
}

// What is painted becomes a mask for endpoints, and a mask what is painted.
function turned(image, width, height) {
  const context = surface(width, height);
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = "source-over";
  return context;
}

// Opaque where the picture may change. A step is kept as what was done: copies of the canvas would be too large.
export class Layer {
  #context;
  #base; // painted before the first step
  #steps = [];
  #undone = [];
  #before;

  constructor(width, height) {
    this.#context = surface(width, height);
    this.canvas = this.#context.canvas;
  }

  get canUndo() { return this.#steps.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  begin(mask) {
    this.#base = turned(mask, this.canvas.width, this.canvas.height);
    this.#again();
  }

  add(step) {
    this.#before = this.#undone;
    this.#undone = [];
    this.#steps.push(step);
    mark(this.#context, step);
    if (this.#steps.length > KEPT) mark(this.#base ??= surface(this.canvas.width, this.canvas.height), this.#steps.shift());
    return step;
  }

  extend(step, point) {
    step.points.push(point);
    mark(this.#context, step, step.points.length - 1);
  }

  abandon() {
    this.#steps.pop();
    this.#undone = this.#before;
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
    return data.reduce((sum, alpha) => sum + alpha, 0) / data.length / 63.75; // all is black: only alpha counts
  }

  // A PNG of the picture's size, clear where it may change; null where it may not at all.
  async file(name) {
    const made = turned(this.canvas, this.canvas.width, this.canvas.height);
    const { data } = made.getImageData(...everything(made));
    if (data.every((value, at) => at % 4 < 3 || value === 255)) return null;
    const blob = await new Promise((resolve) => { made.canvas.toBlob(resolve, "image/png"); });
    return new File([blob], name, { type: blob.type });
  }

  #again() {
    marks.clear(this.#context);
    if (this.#base) this.#context.drawImage(this.#base.canvas, 0, 0);
    for (const step of this.#steps) mark(this.#context, step);
  }
}

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// Two colours show on every picture, and to everybody.
function stripes(context, edge) {
  const tile = new OffscreenCanvas(edge, edge).getContext("2d");
  tile.fillStyle = "#fff";
  tile.fillRect(0, 0, edge, edge);
  tile.strokeStyle = "#d3004c";
  tile.lineWidth = edge / 2.8;
  for (const x of [-edge, 0, edge]) {
    tile.moveTo(x - edge, 2 * edge);
    tile.lineTo(x + 2 * edge, -edge);
  }
  tile.stroke();
  return context.createPattern(tile.canvas, "repeat");
}

// Points on the stage are in pixels of the page, those on the picture in its own.
export class View {
  scale = 1;
  #at = [0, 0]; // where the picture's corner is
  #isFitted = true;
  #isNew = true;
  #frame = 0;
  #dense = 1;
  #layers;
  #stripes;
  #observer = new ResizeObserver(() => this.#resize());

  constructor(stage, { picture, layer, moved }) {
    Object.assign(this, { stage, picture, layer, moved, size: [picture.naturalWidth, picture.naturalHeight] });
    this.#layers = [...stage.querySelectorAll("canvas")].map((canvas) => canvas.getContext("2d"));
    this.#observer.observe(stage);
  }

  get room() { return [this.stage.clientWidth, this.stage.clientHeight]; }

  end() {
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
  }

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

  show() {
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #resize() {
    this.#dense = Math.min(devicePixelRatio, DENSEST);
    for (const { canvas } of this.#layers) [canvas.width, canvas.height] = this.room.map((room) => room * this.#dense);
    this.#stripes = stripes(this.#layers[1], STRIPES * this.#dense);
    if (this.#isFitted) this.fit();
    else this.#move(this.#at);
    this.#draw(); // at once: a canvas of a new size is empty
  }

  #move(to) {
    this.#at = to.map((at, way) => clamp(at, SEEN - this.size[way] * this.scale, this.room[way] - SEEN));
    this.#isFitted = false;
    this.#isNew = true;
    this.show();
    this.moved();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const [below, above] = this.#layers;
    if (this.#isNew) this.#place(below, this.picture);
    this.#isNew = false;
    this.#place(above, this.layer.canvas);
    above.globalCompositeOperation = "source-in";
    above.fillStyle = this.#stripes;
    above.fillRect(0, 0, above.canvas.width, above.canvas.height);
    above.globalCompositeOperation = "source-over";
  }

  #place(context, image) {
    const box = [...this.#at, ...this.size.map((length) => length * this.scale)].map((at) => at * this.#dense);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#bbb"; // under what is clear in the picture
    if (image === this.picture) context.fillRect(...box);
    context.drawImage(image, ...box);
  }
}
