// Pictures that are made larger together: with buttons, wheel, pinch or two taps, and moved by dragging. Each lies in
// a frame that cuts off what stands out; what happens to one happens to all.
const STEP = 1.25;
const MOST = 8; // times the fitted size, or the actual one where that is larger

const within = (value, most) => Math.min(most, Math.max(-most, value));
const middleOf = ([a, b]) => ({ clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 });
const apart = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);

export class Zoom {
  scale = 1; // on top of the fitted size
  #x = 0; // how far the middle is moved, in parts of a frame
  #y = 0;
  #pointers = new Map();
  #start;
  #tap = { time: 0, clientX: 0, clientY: 0 };

  // swipe: what a single finger does while nothing is zoomed, as { moved(dx), ended(dx, dy) } in CSS pixels.
  constructor(area, { frames, shown, swipe }) {
    Object.assign(this, { area, frames, shown, swipe });
    this.picture = frames[0].querySelector("img");
    const listeners = {
      pointerdown: (event) => this.#down(event),
      pointermove: (event) => this.#moved(event),
      pointerup: (event) => this.#up(event),
      pointercancel: (event) => this.#up(event),
      dragstart: (event) => this.scale !== 1 && event.preventDefault(),
    };
    for (const [name, act] of Object.entries(listeners)) area.addEventListener(name, act);
    new ResizeObserver(() => this.to(this.scale)).observe(area);
  }

  act(way) {
    ({
      in: () => this.to(this.scale * STEP),
      out: () => this.to(this.scale / STEP),
      fit: () => this.to(1),
      toggle: () => this.toggle(),
    })[way]();
    return this.shown.textContent;
  }

  toggle(point) {
    const actual = this.#actual();
    this.to(this.scale === 1 ? Math.max(actual, actual > 1.05 ? 1 : 2) : 1, point);
  }

  // What is at the point of the window stays there.
  to(scale, point) {
    const before = this.scale;
    this.scale = Math.min(Math.max(1, scale), Math.max(MOST, this.#actual()));
    if (Math.abs(this.scale - 1) < 0.02) this.scale = 1;
    if (this.scale !== 1) this.picture.sizes = `${this.picture.getAttribute("width")}px`; // the original, not a smaller one
    if (point) {
      const frame = this.frames.find((one) => one.contains(point.target)) ?? this.frames[0];
      const { left, top, width, height } = frame.querySelector("img").getBoundingClientRect();
      const dx = (point.clientX - left - width / 2) / frame.clientWidth + this.#x;
      const dy = (point.clientY - top - height / 2) / frame.clientHeight + this.#y;
      this.#x = dx - ((dx - this.#x) * this.scale) / before;
      this.#y = dy - ((dy - this.#y) * this.scale) / before;
    }
    if (this.scale === 1) this.#x = this.#y = 0;
    this.show();
  }

  pan(dx, dy) {
    this.#x += dx / this.frames[0].clientWidth;
    this.#y += dy / this.frames[0].clientHeight;
    this.show();
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    this.to(this.scale * Math.exp(pixels * (event.ctrlKey ? -0.01 : -0.002)), event);
  }

  show() {
    const room = (side) => Math.max(0, ...this.frames.map((frame) =>
      (frame.querySelector("img")[`offset${side}`] * this.scale / frame[`client${side}`] - 1) / 2));
    this.#x = within(this.#x, room("Width"));
    this.#y = within(this.#y, room("Height"));
    for (const frame of this.frames) {
      const moved = `translate(${this.#x * frame.clientWidth}px, ${this.#y * frame.clientHeight}px) scale(${this.scale})`;
      for (const one of frame.querySelectorAll("img")) one.style.transform = this.scale === 1 ? "" : moved;
    }
    this.area.toggleAttribute("data-zoomed", this.scale !== 1);
    this.shown.textContent = this.scale === 1 ? this.shown.dataset.fit : `${Math.round((100 * this.scale) / this.#actual())} %`;
  }

  #actual() {
    return this.picture.getAttribute("width") / this.picture.offsetWidth || 1;
  }

  #down(event) {
    if (event.button) return;
    this.#pointers.set(event.pointerId, event);
    const both = this.#pointers.size > 1;
    const { target, clientX, clientY } = event;
    this.#start = { target, clientX, clientY, x: this.#x, y: this.#y, scale: this.scale, moved: false, pinched: both };
    if (both) this.#start.apart = apart([...this.#pointers.values()]);
    if (this.scale !== 1 || (event.pointerType === "touch" && this.swipe)) this.area.setPointerCapture(event.pointerId);
  }

  #moved(event) {
    if (!this.#pointers.has(event.pointerId)) return;
    this.#pointers.set(event.pointerId, event);
    const start = this.#start;
    const dx = event.clientX - start.clientX;
    const dy = event.clientY - start.clientY;
    if (this.#pointers.size === 2) {
      const both = [...this.#pointers.values()];
      this.to((start.scale * apart(both)) / start.apart, { ...middleOf(both), target: start.target });
      return;
    }
    start.moved ||= Math.hypot(dx, dy) > 8;
    if (start.pinched) return;
    if (this.scale !== 1) {
      const frame = this.frames.find((one) => one.contains(start.target)) ?? this.frames[0];
      this.#x = start.x + dx / frame.clientWidth;
      this.#y = start.y + dy / frame.clientHeight;
      this.show();
    } else if (event.pointerType === "touch" && start.moved) {
      this.swipe?.moved(dx);
    }
  }

  #up(event) {
    if (!this.#pointers.delete(event.pointerId) || this.#pointers.size) return;
    const { clientX, clientY, moved, pinched } = this.#start;
    this.show();
    if (event.type !== "pointerup" || pinched) return;
    if (!moved) this.#tapped(event);
    else if (this.scale === 1 && event.pointerType === "touch") this.swipe?.ended(event.clientX - clientX, event.clientY - clientY);
  }

  #tapped(event) {
    const near = Math.hypot(event.clientX - this.#tap.clientX, event.clientY - this.#tap.clientY) < 30;
    const twice = near && event.timeStamp - this.#tap.time < 350;
    if (twice) this.toggle(event);
    this.#tap = { time: twice ? 0 : event.timeStamp, clientX: event.clientX, clientY: event.clientY };
  }
}
