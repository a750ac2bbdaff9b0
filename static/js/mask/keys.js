// The whole editor by keys. Those that are plain characters count only while the picture has the focus.
const STEP = 10; // pixels of the page per arrow key: nearer means finer
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// plain: what the characters do, by character. told gets the rectangle that was placed.
export function listen(dialog, { stage, view, tools, plain, undo, redo, leave, told }) {
  let grabs = false;
  const isPlain = (event) => event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || event.altKey);

  function arrow(event, [x, y]) {
    const far = Math.max(1, Math.round(STEP / view.scale));
    if (tools.name === "box") told(tools.place(x * far, y * far, { sizes: event.shiftKey }));
    else tools.step(x * far, y * far, { draws: event.shiftKey });
  }

  const onPicture = {
    " ": () => { grabs = true; stage.toggleAttribute("data-grab", true); },
    Enter() {
      if (tools.name !== "box") tools.dab();
      else if (tools.isPlacing) tools.apply({ erases: false });
      else told(tools.place(0, 0, { sizes: false }));
    },
    Delete: () => tools.apply({ erases: true }),
    Backspace: () => tools.apply({ erases: true }),
    ...plain,
  };

  function withControl(event) {
    const key = event.key.toLowerCase();
    if (key === "z" && event.shiftKey || key === "y") redo();
    else if (key === "z") undo();
    else return;
    event.preventDefault();
  }

  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key === "Process" || event.target.closest("dialog") !== dialog) return;
    if (event.key === "Escape") {
      event.preventDefault();
      if (tools.isPlacing) tools.drop();
      else leave();
      return;
    }
    if (!isPlain(event)) return withControl(event);
    if (event.target !== stage) return;
    const act = ARROWS[event.key] ? () => arrow(event, ARROWS[event.key]) : onPicture[event.key.length > 1 ? event.key : event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  function letGo(event) {
    if (event.type === "blur" || event.key === "Shift") tools.release();
    if (event.type === "blur" || event.key === " ") stage.toggleAttribute("data-grab", grabs = false);
  }
  dialog.addEventListener("keyup", letGo);
  stage.addEventListener("blur", letGo);
  return { isGrabbing: () => grabs };
}
