// The mask editor: one paints over the first reference what may change. Loaded when it is first opened.
import { Layer, View } from "./canvas.js";
import { listenToHand, listenToKeys, Tools } from "./tools.js";

const NEARER = 1.25;
const LARGEST = 0.4; // of the picture's longer edge: the thickest brush

// Painted last: an upload that fails loses nothing.
let kept = {};

async function imageAt(src) {
  const image = Object.assign(new Image(), { src });
  await image.decode();
  return image;
}

// picture and mask are addresses; several: there are more references; use takes the file.
export async function open(template, { picture, mask, several, use }) {
  const dialog = template.content.cloneNode(true).firstElementChild;
  const find = (name) => dialog.querySelector(`[data-mask-${name}]`);
  const say = (name, values) => {
    find("status").textContent = dialog.dataset[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  };
  let leave = () => dialog.close();
  find("several").hidden = !several;
  find("cancel").onclick = () => leave();
  dialog.oncancel = (event) => {
    event.preventDefault();
    leave();
  };
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  await new Promise((onload, onerror) => Object.assign(dialog.querySelector("link"), { onload, onerror }));
  dialog.showModal();
  try {
    const image = await imageAt(picture);
    const layer = new Layer(image.naturalWidth, image.naturalHeight);
    const fits = await goesOn(layer, { picture, mask });
    if (!dialog.open) return;
    const done = (file) => {
      kept = { picture, mask, file };
      use(file);
    };
    leave = begin(dialog, { find, say, image, layer, done });
    if (!fits) say("foreign");
  } catch {
    say("lost");
  }
}

// Returns false when the mask that there is does not fit.
async function goesOn(layer, { picture, mask }) {
  const url = kept.picture === picture && kept.mask === mask ? URL.createObjectURL(kept.file) : mask;
  if (!url) return true;
  const image = await imageAt(url);
  const fits = image.naturalWidth === layer.canvas.width && image.naturalHeight === layer.canvas.height;
  if (fits) layer.begin(image);
  return fits;
}

function begin(dialog, { find, say, image, layer, done }) {
  const stage = find("stage");
  const view = new View(stage, { picture: image, layer, moved: () => moved() });
  const painted = () => {
    const percent = layer.part() * 100;
    say("part", { percent: Math[percent < 1 ? "ceil" : "round"](percent) });
    find("undo").ariaDisabled = !layer.canUndo;
    find("redo").ariaDisabled = !layer.canRedo;
    view.show();
  };
  const tools = new Tools({ layer, view, painted, ring: find("ring"), frame: find("frame") });
  const moved = () => {
    find("scale").textContent = `${Math.round(view.scale * 100)} %`;
    tools.show();
  };
  const leave = () => (layer.canUndo ? find("ask").showModal() : dialog.close());
  const { undo, redo, nearer, farther, fit } = buttons(find, { layer, view, painted });
  const choose = choosing(dialog, { tools, say });
  const thicker = sizing(find, tools);
  const acts = {
    b: () => choose("brush"),
    e: () => choose("eraser"),
    u: () => choose("box"),
    "[": () => thicker(-1),
    "]": () => thicker(1),
    "+": nearer,
    "=": nearer,
    "-": farther,
    0: fit,
  };
  const isGrabbing = listenToKeys(dialog, { stage, view, tools, acts, undo, redo, leave, say });
  listenToHand(stage, { view, tools, isGrabbing });
  ending(dialog, { find, say, layer, done });
  dialog.addEventListener("close", () => view.end());
  dialog.toggleAttribute("data-ready", true);
  choose("brush");
  const focus = () => stage.focus({ focusVisible: false });
  // Plain keys are heard there.
  find("bar").onclick = (event) => event.detail && event.target.type !== "range" && focus();
  focus();
  return leave;
}

function buttons(find, { layer, view, painted }) {
  const paints = {
    undo: () => layer.undo(),
    redo: () => layer.redo(),
    invert: () => layer.add({ kind: "invert" }),
    clear: () => layer.add({ kind: "clear" }),
  };
  const acts = { nearer: () => view.zoom(NEARER), farther: () => view.zoom(1 / NEARER), fit: () => view.fit() };
  for (const [name, act] of Object.entries(paints)) {
    acts[name] = () => {
      act();
      painted();
    };
  }
  for (const [name, act] of Object.entries(acts)) find(name).onclick = act;
  return acts;
}

// The slider is finer at its thin end.
function sizing(find, tools) {
  const slider = find("size");
  const set = () => {
    tools.size = Math.max(1, Math.round(Math.max(...tools.view.size) * LARGEST * (slider.value / slider.max) ** 2));
    find("pixels").textContent = slider.ariaValueText = `${tools.size} px`;
    tools.show();
  };
  slider.oninput = set;
  set();
  return (steps) => {
    slider.valueAsNumber += steps;
    set();
  };
}

function choosing(dialog, { tools, say }) {
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const choose = (name) => {
    dialog.querySelector(`[value=${name}]`).checked = true;
    dialog.querySelector("[type=range]").disabled = name === "box";
    tools.choose(name);
    say(isTouched ? "hand" : name);
  };
  dialog.onchange = ({ target }) => target.type === "radio" && choose(target.value);
  return choose;
}

function ending(dialog, { find, say, layer, done }) {
  find("keep").onclick = () => find("ask").close();
  find("lose").onclick = () => dialog.close();
  find("done").onclick = async () => {
    try {
      const file = await layer.file(dialog.dataset.name);
      if (!file) return say("empty");
      done(file);
      return dialog.close();
    } catch {
      return say("full");
    }
  };
}
