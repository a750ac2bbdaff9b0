// A size of one's own, judged while it is typed by the rule that the server applies: <div data-size-rules="{…}">.
const PAUSE = 300; // milliseconds: nobody wants to be told after every digit

function breach(rule, width, height) {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  if (shorter < 1 || width % rule.multiple || height % rule.multiple) return "multiple";
  if (longer > rule.longest) return "edge";
  if (longer > rule.widest * shorter) return "shape";
  if (width * height < rule.fewest || width * height > rule.most) return "pixels";
  return "";
}

// The closest size that works; of several, the closest in shape, then the larger.
function nearest(rule, width, height) {
  const step = rule.multiple;
  let best;
  for (let wide = step; wide <= rule.longest; wide += step) {
    const lowest = Math.ceil(Math.max(wide / rule.widest, rule.fewest / wide) / step);
    const highest = Math.floor(Math.min(wide * rule.widest, rule.longest, rule.most / wide) / step);
    if (lowest > highest) continue;
    for (const near of [Math.floor(height / step), Math.floor(height / step) + 1]) {
      const high = Math.min(Math.max(near, lowest), highest) * step;
      const shape = Math.abs(wide * height - high * width) / high;
      const rank = [(wide - width) ** 2 + (high - height) ** 2, shape, -wide * high];
      const differs = best ? rank.findIndex((value, place) => value !== best.rank[place]) : 0;
      if (!best || (differs >= 0 && rank[differs] < best.rank[differs])) best = { rank, wide, high };
    }
  }
  return `${best.wide} × ${best.high}`;
}

function judge(box) {
  const rule = JSON.parse(box.dataset.sizeRules);
  const verdict = box.querySelector("[data-size-verdict]");
  const inputs = [...box.querySelectorAll("input")];
  const [width, height] = inputs.map((input) => Number(input.value));
  const wrong = width && height ? breach(rule, width, height) : "";
  for (const error of box.querySelectorAll("div.error")) error.remove();
  for (const input of inputs) input.toggleAttribute("aria-invalid", false);
  if (wrong) for (const input of inputs) input.setAttribute("aria-invalid", "true");
  verdict.className = wrong ? "error" : "hint";
  verdict.textContent = rule.words[wrong || (width * height > rule.experimental && "experimental")] ?? "";
  verdict.textContent = verdict.textContent
    .replace("{size}", `${width} × ${height}`)
    .replace("{nearest}", wrong && nearest(rule, width, height));
}

let waiting;
document.addEventListener("input", (event) => {
  const box = event.target.closest("[data-size-rules]");
  if (!box) return;
  clearTimeout(waiting);
  waiting = setTimeout(judge, PAUSE, box);
});
