// In a form that an earlier generation has filled, what is no longer as it was says so: <form data-remix="changed">.
const form = document.querySelector("[data-remix]");
const before = new FormData(form);
const told = (data, name) => data.getAll(name).filter((value) => typeof value === "string").join("\n");

function mark() {
  const now = new FormData(form);
  for (const field of form.querySelectorAll(".field")) {
    const name = field.querySelector("[name]")?.name;
    const differs = name && before.has(name) && told(before, name) !== told(now, name);
    field.toggleAttribute("data-changed", Boolean(differs));
    if (differs) field.dataset.changed = form.dataset.remix;
  }
}

form.addEventListener("input", mark);
form.addEventListener("htmx:after:swap", mark);
