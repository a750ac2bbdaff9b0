"""How quick the pages are: `python -m tests.bench.page_speed http://127.0.0.1:8000 ada@studio.example`.

The studio runs already, and the member has images; the password comes from STUDIO_PASSWORD. Every page is
opened cold in Chromium, on a desktop and as a phone has it (see PHONE), and then used once. Told are the
largest contentful paint, the layout shift, and the time from a click to the frame that shows it. They mean
something on a machine that does nothing else.
"""

import argparse
import gzip
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page, StorageState, ViewportSize

from tests.services.chromium import chromium

PHONE = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}  # ms, bytes a second
SLOWER = 4  # times: the phone's processor
_LEVEL = 6  # as proxies compress

# Before any script of the page: what the browser reports is only heard from here on.
_LISTEN = """
  window.seen = { lcp: 0, cls: 0, click: 0 };
  const listen = (type, hear, more) => new PerformanceObserver((list) => list.getEntries().forEach(hear))
    .observe({ type, buffered: true, ...more });
  listen("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
  listen("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
  listen("event", (entry) => { if (entry.interactionId) seen.click = Math.max(seen.click, entry.duration); },
         { durationThreshold: 16 });
"""
_SIZES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((one) => [one.name, one.encodedBodySize])"""
_IMAGES = re.compile(r"/(media|previews|references)/|/icons/")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one page took, in milliseconds, and in bytes as they come over the wire behind a proxy."""

    page: str
    lcp: float
    cls: float
    click: float
    html: int
    scripts: int
    styles: int
    requests: int  # without pictures

    def line(self) -> str:
        return (
            f"{self.page:<16} LCP {self.lcp:5.0f} ms   CLS {self.cls:.3f}   click {self.click:4.0f} ms   "
            f"page {self.html:6}   scripts {self.scripts:6}   styles {self.styles:6}   "
            f"requests {self.requests}"
        )


def main() -> None:
    """Print a line a page, for the desktop and for the phone."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page_speed")
    parser.add_argument("studio", help="its address")
    parser.add_argument("email")
    chosen = parser.parse_args()
    password = os.environ.get("STUDIO_PASSWORD", "")
    if not password:
        sys.exit("Name the member's password in STUDIO_PASSWORD.")
    with chromium() as browser:
        state = _signed_in(browser, chosen.studio, chosen.email, password)
        for is_phone in (False, True):
            _say(f"{'phone' if is_phone else 'desktop'}:")
            for figures in _measured(browser, chosen.studio, state, is_phone=is_phone):
                _say(figures.line())


def _measured(browser: Browser, studio: str, state: StorageState, *, is_phone: bool) -> Iterator[Figures]:
    pages = {
        "Create": "/",
        "History": "/history/",
        "Queue": "/queue/",
        "image": _an_image(browser, studio, state),
    }
    uses = {"Create": ".segment", "image": "[data-zoom=in]"}
    for name, address in pages.items():
        yield _opened(browser, state, name, studio + address, uses.get(name, "summary"), is_phone=is_phone)
    for name in ("Create", "History"):
        thumbnail = "main a:has(> [data-image-id])"
        yield _opened(browser, state, f"{name}, viewer", studio + pages[name], thumbnail, is_phone=is_phone)


def _opened(
    browser: Browser, state: StorageState, name: str, address: str, use: str, *, is_phone: bool
) -> Figures:
    size = ViewportSize(width=390, height=844) if is_phone else ViewportSize(width=1440, height=900)
    context = browser.new_context(storage_state=state, viewport=size, has_touch=is_phone, is_mobile=is_phone)
    page = context.new_page()
    page.add_init_script(_LISTEN)
    if is_phone:
        _slow_down(context.new_cdp_session(page))
    answer = page.goto(address, wait_until="networkidle")
    # Pages are compressed by the proxy before a studio (deploy/Caddyfile), which is not there.
    html = len(gzip.compress(answer.body(), _LEVEL)) if answer else 0
    first = page.evaluate(_SIZES)
    page.wait_for_timeout(500)  # milliseconds in which the page may still move
    if page.locator(use).locator("visible=true").count():
        page.locator(use).locator("visible=true").first.click()
        page.wait_for_timeout(1500)
    seen = page.evaluate("seen")
    context.close()
    return _figures(name, html, first, seen)


def _figures(name: str, html: int, resources: list[tuple[str, int]], seen: dict[str, float]) -> Figures:
    kinds = {"scripts": ".js", "styles": ".css"}
    sizes = {kind: sum(size for url, size in resources if url.endswith(end)) for kind, end in kinds.items()}
    return Figures(
        page=name,
        lcp=seen["lcp"],
        cls=seen["cls"],
        click=seen["click"],
        html=html,
        requests=sum(not _IMAGES.search(url) for url, _size in resources),
        **sizes,
    )


def _slow_down(session: CDPSession) -> None:
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, **PHONE})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def _signed_in(browser: Browser, studio: str, email: str, password: str) -> StorageState:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{studio}/account/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{studio}/")
    state = context.storage_state()
    context.close()
    return state


def _an_image(browser: Browser, studio: str, state: StorageState) -> str:
    context = browser.new_context(storage_state=state)
    page: Page = context.new_page()
    page.goto(f"{studio}/")
    address = page.locator("main a:has(> [data-image-id])").first.get_attribute("href")
    context.close()
    if not address:
        sys.exit("The member has no image yet.")
    return address


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
