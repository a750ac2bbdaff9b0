// What is painted: a canvas of the picture's size, opaque where the picture may change. A step is kept as what was
// done and not as a copy of the canvas, so that many of them can be undone.
const KEPT = 200; // steps that can be undone; older ones are painted for good
const ROWS = 256; // of a large canvas that are read at once
const SAMPLE = 64; // pixels each way from which the painted part is estimated

const marks = {
  stroke(context, { size, points }, from = 0) {
    context.lineWidth = size;
    if (!from) {
      context.beginPath();
      context.arc(points[0], points[1], size / 2, 0, 2 * Math.PI);
      context.fill();
    }
    for (let at = Math.max(from, 2); at < points.length; at += 2) {
      context.beginPath();
      context.moveTo(points[at - 2], points[at - 1]);
      context.lineTo(points[at], points[at + 1]);
      context.stroke();
    }
  },
  box: (context, { x, y, width, height }) => context.fillRect(x, y, width, height),
  clear: (context) => context.clearRect(0, 0, context.canvas.width, context.canvas.height),
  invert(context) {
    context.globalCompositeOperation = "xor";
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  },
};

function canvasOf(width, height, settings) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", settings);
  context.lineCap = "round";
  return context;
}

function mark(context, step, from) {
  context.globalCompositeOperation = step.erases ? "destination-out" : "source-over";
  marks[step.kind](context, step, from);
  context.globalCompositeOperation = "source-over";
}

export class Layer {
  #context;
  #base; // what was painted before the first step that is kept
  #steps = [];
  #undone = [];
  #before; // the undone steps, while a step may still be abandoned

  constructor(width, height) {
    this.#context = canvasOf(width, height);
  }

  get canvas() { return this.#context.canvas; }
  get canUndo() { return this.#steps.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  // A ready mask is clear where the picture may change; here that is what is painted.
  begin(mask) {
    const { width, height } = this.canvas;
    this.#base = canvasOf(width, height);
    this.#base.fillRect(0, 0, width, height);
    this.#base.globalCompositeOperation = "destination-out";
    this.#base.drawImage(mask, 0, 0);
    this.#base.globalCompositeOperation = "source-over";
    this.#again();
  }

  add(step) {
    this.#before = this.#undone;
    this.#undone = [];
    this.#steps.push(step);
    mark(this.#context, step);
    if (this.#steps.length > KEPT) this.#settle();
    return step;
  }

  extend(step, x, y) {
    step.points.push(x, y);
    mark(this.#context, step, step.points.length - 2);
  }

  // The last step was not meant: a second finger came down, and both move the picture.
  abandon() {
    this.#steps.pop();
    this.#undone = this.#before;
    this.#again();
  }

  undo() {
    if (!this.canUndo) return;
    this.#undone.push(this.#steps.pop());
    this.#again();
  }

  redo() {
    if (!this.canRedo) return;
    const step = this.#undone.pop();
    this.#steps.push(step);
    mark(this.#context, step);
  }

  // About how much is painted, from 0 to 1: exact enough to be told, and cheap after each stroke.
  part() {
    const small = canvasOf(SAMPLE, SAMPLE, { willReadFrequently: true });
    small.imageSmoothingQuality = "high";
    small.drawImage(this.canvas, 0, 0, SAMPLE, SAMPLE);
    const { data } = small.getImageData(0, 0, SAMPLE, SAMPLE);
    let sum = 0;
    for (let at = 3; at < data.length; at += 4) sum += data[at];
    return sum / 255 / SAMPLE / SAMPLE;
  }

  isEmpty() {
    const { width, height } = this.canvas;
    for (let y = 0; y < height; y += ROWS) {
      const { data } = this.#context.getImageData(0, y, width, Math.min(ROWS, height - y));
      for (let at = 3; at < data.length; at += 4) if (data[at]) return false;
    }
    return true;
  }

  // As endpoints want it: a PNG of the picture's size, clear where it may change.
  file(name) {
    const { width, height } = this.canvas;
    const made = canvasOf(width, height);
    made.fillRect(0, 0, width, height);
    made.globalCompositeOperation = "destination-out";
    made.drawImage(this.canvas, 0, 0);
    return new Promise((resolve, reject) => {
      made.canvas.toBlob((blob) => (blob ? resolve(new File([blob], name, { type: "image/png" })) : reject(new Error("no memory"))), "image/png");
    });
  }

  #again() {
    marks.clear(this.#context);
    if (this.#base) this.#context.drawImage(this.#base.canvas, 0, 0);
    for (const step of this.#steps) mark(this.#context, step);
  }

  #settle() {
    this.#base ??= canvasOf(this.canvas.width, this.canvas.height);
    mark(this.#base, this.#steps.shift());
  }
}
