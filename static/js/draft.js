// The draft of a form stays in this browser until the studio has taken it: <form data-draft="id of the member">.
const form = document.querySelector("[data-draft]");
const key = `draft:${form.dataset.draft}`;

function read() {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

function write(draft) {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // Storage may be full or forbidden; the form works without a draft.
  }
}

function values() {
  const own = ["csrfmiddlewaretoken", "submit_token", "references", "mask"];
  return Object.fromEntries([...new FormData(form)].filter(([name, value]) => !own.includes(name) && !(value instanceof File)));
}

// Pictures are kept apart: they are several, and are shown by the server.
function pictures() {
  return [...new FormData(form)].filter(([name]) => name === "references" || name === "mask");
}

function fill(fields) {
  for (const [name, value] of Object.entries(fields)) {
    const control = form.elements.namedItem(name);
    if (!control) continue;
    const choices = control instanceof HTMLSelectElement ? [...control.options] : [...(control.length ? control : [])];
    if (control.type === "checkbox") control.checked = true;
    // A choice that is no longer on offer is left as the page has it.
    if (!choices.length || choices.some((choice) => choice.value === value)) control.value = value;
  }
}

const draft = read();
// Taken: a batch on this page came from the submission that the draft was sent with.
if (draft.token && document.querySelector(`[data-token="${CSS.escape(draft.token)}"]`)) {
  delete draft.fields.prompt;
  delete draft.fields.variation;
  delete draft.pictures;
  delete draft.token;
  write(draft);
}
// "all": the page came filled in, and that counts. "pictures": it brought pictures, and everything else is the draft's.
const given = form.dataset.draftGiven;
if (draft.fields && given !== "all") {
  const model = form.elements.namedItem("model");
  const shown = model.value;
  const { model: _model, variation: _variation, ...others } = draft.fields;
  fill(given ? others : draft.fields);
  const isOfOne = given && (form.elements.namedItem("variation")?.checked || new URL(location).searchParams.has("paint"));
  const chosen = isOfOne ? [] : (draft.pictures ?? []).filter(([name]) => !given || name === "references");
  form.dispatchEvent(new Event("input", { bubbles: true }));
  if (chosen.length) whenPicturesAreReady(() => form.dispatchEvent(new CustomEvent("pictures:restore", { detail: chosen })));
  // The page came with the first model's options. Those of the draft's model are asked for once htmx listens, and
  // what was chosen among them is filled in when they have come.
  if (model.value !== shown) whenLoaded(() => askForOptions(model, draft.fields));
}

// The pictures of the address are in the draft from now on: shown again, the page must not bring removed ones back.
function takeOverPictures() {
  write({ ...read(), fields: values(), pictures: pictures() });
  const address = new URL(location);
  for (const name of ["reference", "model", "variation"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

function whenPicturesAreReady(act) {
  if (form.hasAttribute("data-pictures-ready")) act();
  else form.addEventListener("pictures:ready", act, { once: true });
}

function whenLoaded(act) {
  if (document.readyState === "complete") act();
  else addEventListener("load", act, { once: true });
}

function askForOptions(model, fields) {
  document.addEventListener("htmx:after:swap", function arrived(event) {
    if (event.detail.ctx?.sourceElement !== model) return;
    document.removeEventListener("htmx:after:swap", arrived);
    fill(fields);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  model.dispatchEvent(new Event("change", { bubbles: true }));
}

form.addEventListener("input", () => write({ ...read(), fields: values(), pictures: pictures() }));
form.addEventListener("submit", () => {
  write({ fields: values(), pictures: pictures(), token: form.elements.namedItem("submit_token").value });
});
if (given === "pictures") takeOverPictures();
