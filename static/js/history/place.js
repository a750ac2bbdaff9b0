// Where somebody stands in the grid: kept while parts of it are loaded anew. What is gone gives the focus to its
// neighbour, and so does a button that has gone with the bar it was in.
const grid = document.querySelector("[data-grid]");
const entryOf = (node) => node?.closest("[data-generation-id]");
const nameOf = (link) => (link.querySelector("img") ? link.pathname : link.closest("[id]").id);

export const links = () => [...grid.querySelectorAll(".tile-link[href], .entry-words .prompt > a[href]")];

// Returns what gives the focus back, if it was lost or must go. It belongs to the tile that has it, or else to `other`.
export function stay(other) {
  const isInGrid = grid.contains(document.activeElement) && document.activeElement !== grid;
  const here = entryOf(isInGrid ? document.activeElement : other);
  const every = links();
  const at = here ? every.findIndex((link) => entryOf(link) === here) : -1;
  const names = every.map(nameOf);
  const wanted = at < 0 ? [] : [...names.slice(at), ...names.slice(0, at).reverse()];
  return ({ mustGo = false } = {}) => {
    if (at < 0 || !(mustGo || document.activeElement === document.body)) return;
    const there = new Map(links().map((link) => [nameOf(link), link]));
    const found = there.get(wanted.find((name) => there.has(name))) ?? grid.querySelector("[data-part]");
    found?.focus({ preventScroll: true });
    if (isInGrid) found?.scrollIntoView({ block: "nearest" });
  };
}
