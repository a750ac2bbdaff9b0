"""How a long history scrolls, in a real browser: `python -m tests.bench.history_scroll URL EMAIL PASSWORD`.

The studio at that address has been filled by tests.bench.scroll_rows. What is printed: elements and time of
the first page, frames while it is scrolled, what a jump to nine tenths takes, how far things moved by
themselves, and how near to its place somebody comes back.
"""

import statistics
import sys
from typing import Any

from playwright.sync_api import Page

from tests.services.chromium import chromium

_WATCH = """
  window.seen = { shift: 0, lcp: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.seen.lcp = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
"""
_FRAMES = """
  (seconds) => new Promise((resolve) => {
    const frames = [];
    const begun = performance.now();
    let last = begun;
    requestAnimationFrame(function step(now) {
      frames.push(now - last);
      last = now;
      scrollBy(0, 40);
      if (now - begun < seconds * 1000) requestAnimationFrame(step);
      else resolve(frames.slice(2));
    });
  })
"""
_DECODED = """
  () => [...document.querySelectorAll("img[data-image-id]")].some((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return top < innerHeight / 2 && bottom > innerHeight / 3 && image.complete && image.naturalWidth;
  })
"""
_SEEN = "[...document.querySelectorAll('.tile')].find((tile) => tile.getBoundingClientRect().bottom > 100)"
_PLACE = """
  (id) => {
    const box = document.getElementById(id).getBoundingClientRect();
    return [box.top, box.height];
  }
"""


def main() -> None:
    url, email, password = sys.argv[1:4]
    with chromium() as browser:
        for width, slower in ((1440, 1), (390, 4)):
            context = browser.new_context(viewport={"width": width, "height": 900})
            page = context.new_page()
            page.add_init_script(_WATCH)
            page.set_default_timeout(60_000)
            page.goto(f"{url}/account/login/")
            page.locator("[name=login]").fill(email)
            page.locator("[name=password]").fill(password)
            page.locator("[name=password]").press("Enter")
            page.wait_for_url(f"{url}/")
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            sys.stdout.write(f"\n{width} px, processor {slower} times slower\n")
            for name, figure in _measured(page, url).items():
                sys.stdout.write(f"  {name:<48}{figure}\n")
            context.close()


def _measured(page: Page, url: str) -> dict[str, Any]:
    page.goto(f"{url}/history/")
    page.wait_for_selector("[data-place][data-from]", state="attached")
    page.wait_for_timeout(1000)
    found: dict[str, Any] = {
        "elements of the first page": page.evaluate("document.querySelectorAll('*').length"),
        "largest paint, ms": round(page.evaluate("seen.lcp")),
        "height of the page, px": page.evaluate("document.documentElement.scrollHeight"),
    }
    frames = page.evaluate(_FRAMES, 4)
    found["frame while scrolling, ms: median, p95"] = _both(frames)
    found["moved by itself (CLS)"] = round(page.evaluate("seen.shift"), 4)
    page.goto(f"{url}/history/")
    page.wait_for_selector("[data-place][data-from]", state="attached")
    found["jump to 90 %: frame, then a decoded image, ms"] = _jump(page)
    found["frames there, ms: median, p95"] = _both(page.evaluate(_FRAMES, 2))
    found["moved by itself (CLS), jump included"] = round(page.evaluate("seen.shift"), 4)
    found["back: rows away from the place"] = _back(page)
    found["elements at the end"] = page.evaluate("document.querySelectorAll('*').length")
    return found


def _both(frames: list[float]) -> str:
    return f"{statistics.median(frames):.1f}, {statistics.quantiles(frames, n=20)[-1]:.1f}"


def _jump(page: Page) -> str:
    frame = page.evaluate(
        """() => new Promise((resolve) => {
          const begun = performance.now();
          scrollTo(0, 0.9 * document.documentElement.scrollHeight);
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begun)));
        })"""
    )
    begun = page.evaluate("performance.now()")
    page.wait_for_function(_DECODED, polling=20)
    decoded = page.evaluate("performance.now()") - begun
    return f"{frame:.0f}, {decoded:.0f}"


def _back(page: Page) -> str:
    page.wait_for_timeout(1500)
    before = page.evaluate(f"({_SEEN}).id + ' ' + ({_SEEN}).getBoundingClientRect().top")
    tile, top = before.split()
    page.goto(page.url.replace("/history/", "/settings/"))
    page.go_back()
    page.wait_for_selector(f"#{tile}", state="attached")
    page.wait_for_timeout(2500)
    after, height = page.evaluate(_PLACE, tile)
    return f"{abs(after - float(top)) / height:.2f}"


if __name__ == "__main__":
    main()
