// The picture on the stage, and over it in stripes what is painted. Positions are in pixels of the page on the stage,
// and in pixels of the picture on the picture.
const DENSEST = 2; // device pixels per pixel of the page: more costs memory and shows nothing
const CLOSEST = 16; // pixels of the page per pixel of the picture
const MARGIN = 16; // around the whole picture
const SEEN = 48; // of the picture always stay on the stage
const STRIPES = 12;
const CHECKS = 16;

// Stripes of two colours show on every picture, also to those who do not see the one.
function stripes(context, edge) {
  context.fillStyle = "#fff";
  context.fillRect(0, 0, edge, edge);
  context.fillStyle = "#d3004c";
  context.beginPath();
  for (const x of [-edge, 0, edge]) {
    context.moveTo(x, edge);
    context.lineTo(x + edge, 0);
    context.lineTo(x + 1.5 * edge, 0);
    context.lineTo(x + 0.5 * edge, edge);
  }
  context.fill();
}

function checks(context, edge) {
  context.fillStyle = "#fff";
  context.fillRect(0, 0, edge, edge);
  context.fillStyle = "#ddd";
  context.fillRect(0, 0, edge / 2, edge / 2);
  context.fillRect(edge / 2, edge / 2, edge / 2, edge / 2);
}

function patternOf(draw, edge) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = edge;
  const context = tile.getContext("2d");
  draw(context, edge);
  return context.createPattern(tile, "repeat");
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class View {
  scale = 1;
  #x = 0;
  #y = 0;
  #isFitted = true;
  #waiting = 0;
  #pictureIsOld = true;

  constructor(stage, { picture, layer, moved }) {
    [this.#below, this.#above] = [...stage.querySelectorAll("canvas")].map((canvas) => canvas.getContext("2d"));
    Object.assign(this, { stage, picture, layer, moved, width: picture.naturalWidth, height: picture.naturalHeight });
    this.#observer = new ResizeObserver(() => this.#resize());
    this.#observer.observe(stage);
  }

  #below;
  #above;
  #observer;
  #dense = 1;

  end() {
    this.#observer.disconnect();
    cancelAnimationFrame(this.#waiting);
    for (const { canvas } of [this.#below, this.#above]) canvas.width = canvas.height = 0;
  }

  fit() {
    const { clientWidth: wide, clientHeight: high } = this.stage;
    this.#isFitted = true;
    this.scale = Math.min((wide - 2 * MARGIN) / this.width, (high - 2 * MARGIN) / this.height, CLOSEST / 4);
    this.#x = (wide - this.width * this.scale) / 2;
    this.#y = (high - this.height * this.scale) / 2;
    this.#move();
  }

  // Nearer or farther, while the point of the stage keeps what it shows.
  zoom(factor, [x, y] = [this.stage.clientWidth / 2, this.stage.clientHeight / 2]) {
    const farthest = Math.min(1, this.stage.clientWidth / this.width, this.stage.clientHeight / this.height) / 2;
    const scale = clamp(this.scale * factor, farthest, CLOSEST);
    this.#x = x - ((x - this.#x) * scale) / this.scale;
    this.#y = y - ((y - this.#y) * scale) / this.scale;
    this.scale = scale;
    this.#isFitted = false;
    this.#move();
  }

  pan(x, y) {
    this.#x += x;
    this.#y += y;
    this.#isFitted = false;
    this.#move();
  }

  // What is done by keys is in sight.
  reveal([x, y]) {
    const [left, top] = this.onStage([x, y]);
    const right = Math.max(left - this.stage.clientWidth + SEEN, 0) + Math.min(left - SEEN, 0);
    const down = Math.max(top - this.stage.clientHeight + SEEN, 0) + Math.min(top - SEEN, 0);
    if (this.scale * this.width > this.stage.clientWidth && right) this.pan(-right, 0);
    if (this.scale * this.height > this.stage.clientHeight && down) this.pan(0, -down);
  }

  onStage([x, y]) {
    return [this.#x + x * this.scale, this.#y + y * this.scale];
  }

  onPicture([x, y]) {
    return [(x - this.#x) / this.scale, (y - this.#y) / this.scale];
  }

  middle() {
    const [x, y] = this.onPicture([this.stage.clientWidth / 2, this.stage.clientHeight / 2]);
    return [clamp(x, 0, this.width), clamp(y, 0, this.height)];
  }

  // Drawn once per frame, however often something changes.
  show({ picture = false } = {}) {
    this.#pictureIsOld ||= picture;
    this.#waiting ||= requestAnimationFrame(() => this.#draw());
  }

  #resize() {
    this.#dense = Math.min(devicePixelRatio, DENSEST);
    for (const { canvas } of [this.#below, this.#above]) {
      canvas.width = Math.round(this.stage.clientWidth * this.#dense);
      canvas.height = Math.round(this.stage.clientHeight * this.#dense);
    }
    this.#stripes = patternOf(stripes, STRIPES * this.#dense);
    this.#checks = patternOf(checks, CHECKS * this.#dense);
    if (this.#isFitted) this.fit();
    else this.#move();
    this.#draw(); // at once: a canvas of a new size is empty
  }

  #stripes;
  #checks;

  #move() {
    this.#x = clamp(this.#x, SEEN - this.width * this.scale, this.stage.clientWidth - SEEN);
    this.#y = clamp(this.#y, SEEN - this.height * this.scale, this.stage.clientHeight - SEEN);
    this.show({ picture: true });
    this.moved();
  }

  #draw() {
    cancelAnimationFrame(this.#waiting);
    this.#waiting = 0;
    if (this.#pictureIsOld) this.#place(this.#below, this.picture, { under: this.#checks });
    this.#pictureIsOld = false;
    this.#place(this.#above, this.layer.canvas, { over: this.#stripes });
  }

  #place(context, image, { under, over }) {
    const { width, height } = context.canvas;
    const size = this.scale * this.#dense;
    const box = [this.#x * this.#dense, this.#y * this.#dense, this.width * size, this.height * size];
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = size < 3;
    context.imageSmoothingQuality = "high";
    if (under) {
      context.fillStyle = under;
      context.fillRect(...box);
    }
    context.drawImage(image, ...box);
    if (!over) return;
    context.globalCompositeOperation = "source-in";
    context.fillStyle = over;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "source-over";
  }
}
