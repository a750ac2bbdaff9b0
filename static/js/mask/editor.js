// The mask editor: a dialog in which one paints over the first reference what may change. It is loaded when it is
// first opened, with its styles.
import { listen as listenToHand } from "./hand.js";
import { listen as listenToKeys } from "./keys.js";
import { Layer } from "./layer.js";
import { Tools } from "./tools.js";
import { View } from "./view.js";

const NEARER = 1.25;
const LARGEST = 0.4; // of the picture's longer edge: the thickest brush

// What was painted last, until the studio has taken it: an upload that fails loses nothing.
let kept;

async function imageAt(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function styled(url) {
  if (document.querySelector(`link[href="${CSS.escape(url)}"]`)) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = url;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => { link.remove(); reject(new Error("no styles")); };
    document.head.append(link);
  });
}

// Opens over the page. picture and mask are addresses; several: there are more references; use takes the file.
export async function open(template, { picture, mask, several, use }) {
  await styled(template.dataset.styles);
  const dialog = template.content.cloneNode(true).querySelector("dialog");
  const find = (name) => dialog.querySelector(`[data-mask-${name}]`);
  const say = (name, values = {}) => {
    find("status").textContent = dialog.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  };
  find("several").hidden = !several;
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  for (const name of ["paste", "dragover", "drop"]) dialog.addEventListener(name, (event) => { event.preventDefault(); event.stopPropagation(); });
  find("cancel").addEventListener("click", () => dialog.close());
  dialog.showModal();
  try {
    const image = await imageAt(picture);
    if (!dialog.open) return;
    const layer = new Layer(image.naturalWidth, image.naturalHeight);
    const isForeign = await continued(layer, { picture, mask });
    if (dialog.open) begin(dialog, { find, say, image, layer, done: (file) => { kept = { picture, mask, file }; use(file); } });
    if (isForeign) say("foreign");
  } catch {
    say("lost");
  }
}

// Puts the mask that there is on the layer. Returns whether there is one that does not fit.
async function continued(layer, { picture, mask }) {
  const isKept = kept?.picture === picture && kept.mask === mask;
  if (!isKept && !mask) return false;
  const url = isKept ? URL.createObjectURL(kept.file) : mask;
  const image = await imageAt(url);
  if (isKept) URL.revokeObjectURL(url);
  const fits = image.naturalWidth === layer.canvas.width && image.naturalHeight === layer.canvas.height;
  if (fits) layer.begin(image);
  return !fits;
}

function begin(dialog, { find, say, image, layer, done }) {
  const stage = find("stage");
  const view = new View(stage, { picture: image, layer, moved: () => moved() });
  let isPainted = false;
  const painted = () => {
    isPainted = true;
    const percent = layer.part() * 100;
    say("part", { percent: percent > 0 && percent < 1 ? "< 1" : Math.round(percent) });
    find("undo").ariaDisabled = !layer.canUndo;
    find("redo").ariaDisabled = !layer.canRedo;
    view.show();
  };
  const tools = new Tools({ layer, view, ring: find("ring"), frame: find("frame"), painted });
  const moved = () => {
    find("scale").textContent = `${Math.round(view.scale * 100)} %`;
    tools.show();
  };
  const leave = () => (isPainted ? find("ask").showModal() : dialog.close());
  const acts = actsOf({ layer, view, painted });
  const setSize = sizing(find, { tools, longest: Math.max(view.width, view.height) });
  const choose = choosing(dialog, { tools, say });
  const { isGrabbing } = listenToKeys(dialog, {
    ...{ stage, view, tools, leave, undo: acts.undo, redo: acts.redo },
    plain: {
      ...{ b: () => choose("brush"), e: () => choose("eraser"), u: () => choose("box") },
      ...{ "[": () => setSize(-1), "]": () => setSize(1), "+": acts.nearer, "=": acts.nearer, "-": acts.farther, 0: acts.fit },
    },
    told: (box) => say("box", Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, Math.round(box[name])]))),
  });
  listenToHand(stage, { view, tools, isGrabbing });
  for (const [name, act] of Object.entries(acts)) find(name).addEventListener("click", act);
  ending(dialog, { find, say, layer, leave, done, isPainted: () => isPainted });
  dialog.addEventListener("close", () => view.end());
  dialog.toggleAttribute("data-ready", true);
  choose("brush");
  stage.focus({ focusVisible: false });
}

// What the buttons below the picture do, by their names.
function actsOf({ layer, view, painted }) {
  const then = (act) => () => { act(); painted(); };
  return {
    undo: then(() => layer.undo()),
    redo: then(() => layer.redo()),
    invert: then(() => layer.add({ kind: "invert" })),
    clear: then(() => layer.add({ kind: "clear" })),
    nearer: () => view.zoom(NEARER),
    farther: () => view.zoom(1 / NEARER),
    fit: () => view.fit(),
  };
}

// The slider is finer at its thin end. Returns what makes the brush thinner or thicker by so many steps.
function sizing(find, { tools, longest }) {
  const slider = find("size");
  const set = () => {
    tools.size = Math.max(1, Math.round(longest * LARGEST * (slider.value / slider.max) ** 2));
    find("pixels").textContent = slider.ariaValueText = `${tools.size} px`;
    tools.show();
  };
  slider.addEventListener("input", set);
  set();
  return (steps) => { slider.valueAsNumber += steps; set(); };
}

function choosing(dialog, { tools, say }) {
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const choose = (name) => {
    dialog.querySelector(`[name=mask-tool][value=${name}]`).checked = true;
    dialog.dataset.tool = name;
    tools.choose(name);
    say(isTouched ? "hand" : name);
  };
  dialog.addEventListener("change", (event) => event.target.name === "mask-tool" && choose(event.target.value));
  return choose;
}

function ending(dialog, { find, say, layer, leave, done, isPainted }) {
  // Cancel already closes: from now on it asks first when something would be lost.
  const cancel = find("cancel").cloneNode(true);
  find("cancel").replaceWith(cancel);
  cancel.addEventListener("click", leave);
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return;
    event.preventDefault();
    leave();
  });
  find("keep").addEventListener("click", () => find("ask").close());
  find("lose").addEventListener("click", () => { find("ask").close(); dialog.close(); });
  find("done").addEventListener("click", async () => {
    if (layer.isEmpty()) return say("empty");
    if (isPainted()) {
      try {
        done(await layer.file(dialog.dataset.name));
      } catch {
        return say("full");
      }
    }
    dialog.close();
  });
}
