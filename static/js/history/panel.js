// What stands around the images: their size is changed at once, an order that is chosen is shown at once, and what was
// unfolded beside them stays so. Without this script buttons and links do it.
const KEY = "history:unfolded";
const folds = document.querySelectorAll("[data-remembered]");
const isWide = matchMedia("(width >= 1100px)").matches;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

const remembered = read();
for (const fold of folds) {
  const name = fold.dataset.remembered;
  fold.open = isWide && (remembered[name] ?? fold.open);
  fold.toggleAttribute("data-known", true); // until then a narrow page shows nothing of it, so that nothing jumps
  fold.addEventListener("toggle", () => {
    if (!isWide) return;
    remembered[name] = fold.open;
    try {
      localStorage.setItem(KEY, JSON.stringify(remembered));
    } catch {
      // Storage may be full or forbidden; then it is folded the next time.
    }
  });
}

document.querySelector("[data-submit]")?.addEventListener("change", (event) => event.target.form.requestSubmit());

// Fields that nobody filled in have no place in an address.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-submits], .filters")) return;
  const empty = [...event.target.elements].filter((field) => field.name && !field.disabled && (field.value === "" || (field.name === "sort" && field.value === "newest")));
  for (const field of empty) field.disabled = true;
  setTimeout(() => { for (const field of empty) field.disabled = false; });
});

const density = document.querySelector("[data-density-form]");
density?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = event.submitter;
  document.body.dataset.density = value;
  for (const button of density.querySelectorAll("button")) button.setAttribute("aria-pressed", button === event.submitter);
  document.dispatchEvent(new Event("density"));
  fetch(density.action, { method: "POST", body: new URLSearchParams(new FormData(density, event.submitter)), redirect: "manual" }).catch(() => undefined);
});
