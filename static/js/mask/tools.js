// Brush, eraser and rectangle, for a hand and for keys alike. Points are in pixels of the picture.
const FIRST_BOX = 1 / 3; // of what is in sight
const SMALLEST = 4; // pixels of the page that a rectangle drawn by hand has at least

export class Tools {
  name = "brush";
  size = 1;
  #stroke;
  #box; // what is being drawn or placed
  #corner; // where drawing it began
  #placed; // the last one that was painted by keys: the next begins there
  #cursor; // where keys paint

  constructor({ layer, view, ring, frame, painted }) {
    Object.assign(this, { layer, view, ring, frame, painted });
  }

  get isPlacing() { return Boolean(this.#box); }

  choose(name) {
    this.drop();
    this.name = name;
    this.show();
  }

  // --- By hand -----------------------------------------------------------------------------------

  press(point, { erases = false } = {}) {
    erases ||= this.name === "eraser";
    this.drop();
    this.#cursor = point;
    if (this.name === "box") {
      this.#corner = point;
      this.#box = { kind: "box", erases, x: point[0], y: point[1], width: 0, height: 0 };
    } else {
      this.#stroke = this.layer.add({ kind: "stroke", erases, size: this.size, points: [...point] });
    }
    this.#changed();
  }

  drag([x, y]) {
    this.#cursor = [x, y];
    if (this.#stroke) {
      this.layer.extend(this.#stroke, x, y);
    } else if (this.#corner) {
      const [left, top] = this.#corner;
      Object.assign(this.#box, { x: Math.min(left, x), y: Math.min(top, y), width: Math.abs(x - left), height: Math.abs(y - top) });
    }
    this.#changed();
  }

  release() {
    const box = this.#corner && this.#box;
    const isMeant = box && Math.min(box.width, box.height) * this.view.scale >= SMALLEST;
    if (isMeant) this.layer.add(box);
    if (this.#stroke || isMeant) this.painted();
    this.#corner = this.#stroke = undefined;
    if (box) this.#box = undefined;
    this.#changed();
  }

  // Not meant: nothing is painted, and what was begun is gone.
  abandon() {
    if (this.#stroke) this.layer.abandon();
    this.#stroke = undefined;
    this.drop();
  }

  drop() {
    this.#box = this.#corner = undefined;
    this.#changed();
  }

  hover(point) {
    this.#cursor = point;
    this.show();
  }

  // --- By keys -----------------------------------------------------------------------------------

  step(x, y, { draws }) {
    const [left, top] = (this.#cursor = this.#inside(this.#cursor ?? this.view.middle()));
    const next = this.#inside([left + x, top + y]);
    if (draws && !this.#stroke) this.press([left, top]);
    if (draws) this.drag(next);
    else this.hover(next);
    this.view.reveal(next);
  }

  dab() {
    this.press(this.#inside(this.#cursor ?? this.view.middle()));
    this.release();
  }

  // Moves the rectangle, or its far corner; the first key makes one. Returns it.
  place(x, y, { sizes }) {
    const box = this.#box;
    if (!box) this.#box = this.#first();
    else if (sizes) this.#resize(box, x, y);
    else {
      box.x = Math.min(Math.max(box.x + x, 0), this.view.width - box.width);
      box.y = Math.min(Math.max(box.y + y, 0), this.view.height - box.height);
    }
    const { width, height } = this.#box;
    this.view.reveal(sizes ? [this.#box.x + width, this.#box.y + height] : [this.#box.x + width / 2, this.#box.y + height / 2]);
    this.#changed();
    return this.#box;
  }

  apply({ erases }) {
    if (!this.#box) return;
    this.#placed = { ...this.#box };
    this.layer.add({ ...this.#box, erases });
    this.drop();
    this.painted();
  }

  // --- What shows where they are -----------------------------------------------------------------

  show({ ring = true } = {}) {
    const edge = this.size * this.view.scale;
    this.ring.hidden = !ring || !this.#cursor || this.name === "box";
    if (this.#cursor) lay(this.ring, this.view.onStage(this.#cursor).map((at) => at - edge / 2), [edge, edge]);
    this.frame.hidden = !this.#box;
    if (this.#box) lay(this.frame, this.view.onStage([this.#box.x, this.#box.y]), [this.#box.width, this.#box.height].map((length) => length * this.view.scale));
  }

  #changed() {
    this.show();
    this.view.show();
  }

  #inside([x, y]) {
    return [Math.min(Math.max(x, 0), this.view.width), Math.min(Math.max(y, 0), this.view.height)];
  }

  #first() {
    if (this.#placed) return { ...this.#placed };
    const { view } = this;
    const width = Math.min(view.width, view.stage.clientWidth / view.scale) * FIRST_BOX;
    const height = Math.min(view.height, view.stage.clientHeight / view.scale) * FIRST_BOX;
    const [x, y] = this.#inside(view.middle());
    const left = Math.min(Math.max(x - width / 2, 0), view.width - width);
    const top = Math.min(Math.max(y - height / 2, 0), view.height - height);
    const whole = [left, top, width, height].map(Math.round);
    return { kind: "box", x: whole[0], y: whole[1], width: whole[2], height: whole[3] };
  }

  #resize(box, x, y) {
    box.width = Math.min(Math.max(box.width + x, 1), this.view.width - box.x);
    box.height = Math.min(Math.max(box.height + y, 1), this.view.height - box.y);
  }
}

function lay(element, [left, top], [width, height]) {
  Object.assign(element.style, { translate: `${left}px ${top}px`, width: `${width}px`, height: `${height}px` });
}
