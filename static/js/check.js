// What stands against the prompt, asked while it is written: <div data-check="address"> under its field.
const PAUSE = 700; // milliseconds without a key
const place = document.querySelector("[data-check]");
const form = place?.closest("form");
const area = form?.querySelector("textarea");
let waiting;
let request;
let known = area?.value; // the page came with what stands against this

async function ask(pressed) {
  request?.abort();
  const mine = (request = new AbortController());
  const body = new URLSearchParams({ prompt: area.value, model: form.elements.namedItem("model").value });
  if (pressed) body.set("check", "1");
  known = area.value;
  if (pressed) {
    place.textContent = place.dataset.asking; // an endpoint that is asked, too, may take seconds
    place.hidden = false;
  }
  try {
    const answer = await fetch(place.dataset.check, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value },
      signal: mine.signal,
    });
    if (answer.ok && !answer.redirected) return show(await answer.text());
  } catch {
    // Superseded, or the connection is lost: the studio looks once more when it is sent.
  }
  if (pressed && mine === request) place.hidden = true;
}

function show(found) {
  const said = () => [...place.querySelectorAll("[data-said]")].map((one) => one.textContent.trim()).join(" ");
  const before = said();
  place.innerHTML = found;
  place.hidden = !place.firstElementChild;
  if (said() && said() !== before) document.querySelector("body > [data-announcer]").textContent = said();
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => area.value !== known && ask(), PAUSE);
}

// Every place where the phrase stands as words of its own, exchanged in one step that Ctrl+Z takes back.
function exchange(phrase, instead) {
  const letter = "[\\p{Script=Latin}\\p{N}]";
  const edge = (end) => new RegExp(letter, "u").test(end);
  const escaped = phrase.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const before = edge(phrase[0]) ? `(?<!${letter})` : "";
  const pattern = new RegExp(`${before}${escaped}${edge(phrase.at(-1)) ? `(?!${letter})` : ""}`, "gu");
  const hits = [...area.value.matchAll(pattern)];
  if (!hits.length) return;
  const [start, end] = [hits[0].index, hits.at(-1).index + phrase.length];
  const words = area.value.slice(start, end).replace(pattern, () => instead);
  area.focus();
  area.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, words)) {
    area.setRangeText(words, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  ask();
}

area?.addEventListener("input", (event) => event.isComposing || soon());
area?.addEventListener("compositionend", soon);
form?.addEventListener("change", (event) => event.target.name === "model" && area.value && ask());
form?.addEventListener("click", (event) => {
  const use = event.target.closest("[data-instead]");
  if (use) exchange(use.dataset.phrase, use.dataset.instead);
  if (!event.target.closest("[data-check-now]")) return;
  event.preventDefault();
  ask(true);
});
if (area?.value && !place.firstElementChild) ask();
