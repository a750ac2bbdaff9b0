// A picture takes the place of its preview without a flash: the preview lies over it until it has loaded, and fades.
// The element itself is kept, for its bytes are gone from the server and a copy would ask for them again.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const milliseconds = 240;
let previews = new Map();

document.addEventListener("htmx:before:swap", () => {
  const shown = [...document.querySelectorAll(".tile [data-preview]")];
  previews = new Map(shown.map((preview) => [preview.closest(".tile").id, preview]));
});

document.addEventListener("htmx:after:swap", () => {
  for (const [id, preview] of previews) {
    const tile = document.getElementById(id);
    const picture = tile?.querySelector("[data-image-id]");
    if (picture && !preview.isConnected) fade(preview, { into: picture, tile });
  }
  previews.clear();
});

async function fade(preview, { into, tile }) {
  preview.alt = "";
  delete preview.dataset.preview;
  preview.className = "tile-fading";
  tile.append(preview);
  await into.decode().catch(() => {});
  if (!still.matches) await preview.animate({ opacity: 0 }, { duration: milliseconds, easing: "ease-out" }).finished;
  preview.remove();
}
