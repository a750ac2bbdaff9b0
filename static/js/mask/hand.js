// Mouse, pen and fingers on the stage: one paints; two fingers, the space bar or the middle button move the picture.
const WHEEL = 0.002; // how much nearer one pixel of turning brings
const LINE = 16; // pixels that a wheel means which turns by lines
const MIDDLE = 1;
const ERASER_OF_PEN = 32; // in event.buttons

export function listen(stage, { view, tools, isGrabbing }) {
  const down = new Map(); // pointers by their ids, each where it was last
  let acts; // what the pointers do: "paints", "moves", or nothing until all are up

  const at = ({ clientX, clientY }) => {
    const { left, top } = stage.getBoundingClientRect();
    return [clientX - left - stage.clientLeft, clientY - top - stage.clientTop];
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button > MIDDLE && !(event.buttons & ERASER_OF_PEN)) return;
    // The ball of the hand lies on the screen while a pen paints.
    if (event.pointerType === "touch" && acts === "paints" && [...down.values()].some((one) => one.isPen)) return;
    stage.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { place: at(event), isPen: event.pointerType === "pen" });
    if (down.size > 1 || isGrabbing() || event.button === MIDDLE) {
      if (acts === "paints") tools.abandon();
      acts = "moves";
    } else {
      acts = "paints";
      tools.press(view.onPicture(at(event)), { erases: Boolean(event.buttons & ERASER_OF_PEN) });
    }
    tools.show({ ring: acts === "paints" && event.pointerType !== "touch" });
  });

  stage.addEventListener("pointermove", (event) => {
    const pointer = down.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch" && !tools.isPlacing) tools.hover(view.onPicture(at(event)));
      return;
    }
    if (acts === "moves") follow(pointer, at(event));
    else if (acts === "paints") for (const one of everyPlace(event)) tools.drag(view.onPicture(at(one)));
    pointer.place = at(event);
    tools.show({ ring: acts === "paints" && event.pointerType !== "touch" });
  });

  // Two fingers pull the picture apart around the one that rests; a single pointer takes it along.
  function follow(pointer, place) {
    const other = [...down.values()].find((one) => one !== pointer);
    const share = other ? 2 : 1;
    view.pan((place[0] - pointer.place[0]) / share, (place[1] - pointer.place[1]) / share);
    if (!other) return;
    const apart = ([x, y]) => Math.hypot(x - other.place[0], y - other.place[1]);
    const middle = [(place[0] + other.place[0]) / 2, (place[1] + other.place[1]) / 2];
    if (apart(pointer.place) > 1) view.zoom(apart(place) / apart(pointer.place), middle);
  }

  function up(event) {
    if (!down.delete(event.pointerId)) return;
    if (acts === "paints") {
      if (event.type === "pointerup") tools.release();
      else tools.abandon();
    }
    if (acts === "paints" || !down.size) acts = undefined;
    if (event.pointerType === "touch") tools.show({ ring: false });
  }
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  stage.addEventListener("pointerleave", () => down.size || tools.show({ ring: false }));
  stage.addEventListener("contextmenu", (event) => event.preventDefault());

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const turned = event.deltaY * (event.deltaMode ? LINE : 1) * (event.ctrlKey ? 4 : 1); // a pinch on a pad turns little
    view.zoom(Math.exp(-turned * WHEEL), at(event));
  }, { passive: false });
}

const everyPlace = (event) => {
  const places = event.getCoalescedEvents?.() ?? [];
  return places.length ? places : [event];
};
