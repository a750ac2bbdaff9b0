"""How soon a stored image shows: `python -m tests.bench.until_shown http://127.0.0.1:8000 ada@example.org`.

The studio runs already, DATABASE_URL names its database, and the member's password comes from
STUDIO_PASSWORD. One image after the other is asked for on an open page. Told are the milliseconds from the
moment at which the row of an image is written to the frame in which the page shows it.
"""

import argparse
import os
import statistics
import sys
from importlib import import_module
from typing import Any

import django
from playwright.sync_api import Page

from tests.services.chromium import chromium

# From the first moment of a page on: when each image had been drawn, as milliseconds of Unix time.
_WATCH = """
  window.shownAt = {};
  const note = (picture) => requestAnimationFrame(() => { shownAt[picture.dataset.imageId] ??= Date.now(); });
  const look = () => document.querySelectorAll("img[data-image-id]").forEach((picture) => {
    if (picture.dataset.watched) return;
    picture.dataset.watched = "1";
    picture.decode().then(() => note(picture), () => {});
  });
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
"""
_ALL = "() => [...document.querySelectorAll('img[data-image-id]')].map((one) => one.dataset.imageId)"
_IS_NEW = """(known) => Object.keys(shownAt)
  .some((id) => !known.includes(id) && document.querySelector(`img[data-image-id='${id}']`))"""
_LONGEST = 60_000  # milliseconds for one image


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.until_shown")
    parser.add_argument("studio", help="its address")
    parser.add_argument("email")
    parser.add_argument("--images", type=int, default=30)
    asked = parser.parse_args(arguments)
    with chromium() as browser:
        page = browser.new_context().new_page()
        page.add_init_script(_WATCH)
        _sign_in(page, asked.studio, asked.email, os.environ["STUDIO_PASSWORD"])
        shown = _shown(page, asked.studio, asked.images)
    waits = sorted(_waits(shown))
    quickest, slowest = waits[0], waits[-1]
    nine_in_ten = statistics.quantiles(waits, n=10, method="inclusive")[-1]
    sys.stdout.write(
        f"{len(waits)} images, stored until shown: {quickest:.0f} to {slowest:.0f} ms, "
        f"median {statistics.median(waits):.0f} ms, nine in ten {nine_in_ten:.0f} ms\n"
    )
    return 0


def _sign_in(page: Page, studio: str, email: str, password: str) -> None:
    page.goto(f"{studio}/account/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{studio}/")


def _shown(page: Page, studio: str, images: int) -> dict[str, float]:
    """Ask for one image after the other; return when each was drawn, in seconds of Unix time."""
    page.goto(f"{studio}/")
    page.wait_for_selector("html[data-ready]", state="attached")
    shown: dict[str, float] = {}
    for number in range(1, images + 1):
        known = page.evaluate(_ALL)
        page.locator("#id_prompt").fill(f"A lighthouse in fog, gouache, number {number}")
        page.locator("#id_prompt").press("Control+Enter")
        page.wait_for_function(_IS_NEW, arg=known, timeout=_LONGEST)
        moments: dict[str, float] = page.evaluate("shownAt")
        shown |= {image: at / 1000 for image, at in moments.items() if image not in known}
    return shown


def _waits(shown: dict[str, float]) -> list[float]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagestudio.settings")
    django.setup()
    rows: Any = import_module("generations.models").Image.objects.in_bulk(list(shown))
    return [(shown[str(pk)] - image.created_at.timestamp()) * 1000 for pk, image in rows.items()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
