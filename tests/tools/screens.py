"""`make screens`: starts a studio, fills it and takes the pictures that the documents show."""

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product, starmap
from pathlib import Path
from typing import Literal

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.services.broker import redis_url
from tests.services.chromium import chromium
from tests.services.processes import accepts, free_port, wait_for

FOLDER = Path("docs/screens")
EMAIL, COLLEAGUE, PASSWORD = "ada@studio.example", "lin@studio.example", "a long enough phrase"
WRITTEN = "剪纸风格的白鹭站在清晨薄雾的稻田里，暖色侧光"  # on the phone
PROMPTS: tuple[dict[str, str], ...] = (
    {"prompt": "Desert dunes under two moons", "size": "1536x1024"},
    {"prompt": "Portrait of a lighthouse keeper in the style of Hayao Miyazaki"},
    {"prompt": "A letter that got lost on the way [[drop]]"},
    {"prompt": "Four harbours in the style of David Hockney", "n": "4"},
    {
        "prompt": "Poster for a neighbourhood music night, bold shapes, two inks",
        "n": "3",
        "size": "1024x1536",
    },
    {"prompt": "山谷里的森林，秋天，水彩", "n": "2", "size": "1536x1024"},
    {"prompt": "A city skyline at dusk after rain", "n": "2", "size": "2048x1152", "quality": "high"},
    {"prompt": "剪纸风格的白鹭站在清晨薄雾的稻田里，暖色侧光", "n": "4"},
    {"prompt": "Paper-cut mountains above a lake at dawn, layered paper, warm side light", "n": "4"},
    {"prompt": "A slow sunrise over the sea", "n": "4", "size": "3840x2160", "quality": "high"},
)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun = time.time()
    with _studio() as studio, chromium() as browser:
        _fill(studio.url)
        rows = f"screen_rows.fill('{EMAIL}', colleague='{COLLEAGUE}')"
        studio.manage("shell", "-c", f"from tests.tools import screen_rows; {rows}")
        for variant in starmap(Variant, product((1440, 390), ("light", "dark"), ("en", "zh"))):
            _take(browser, studio, variant)
    for path in FOLDER.glob("*.webp"):
        if path.stat().st_mtime < begun:  # of a page that is not taken any more
            path.unlink()


@dataclass(frozen=True, slots=True)
class Variant:
    """How a page is looked at: Create and History in all eight ways, the others in the two most different."""

    width: int  # CSS pixels
    scheme: Literal["light", "dark"]
    language: Literal["en", "zh"]

    @property
    def is_of_all(self) -> bool:
        return (self.width, self.scheme, self.language) in {(1440, "light", "en"), (390, "dark", "zh")}

    @property
    def is_phone(self) -> bool:
        return self.width < 700

    def path(self, name: str) -> Path:
        return FOLDER / f"{name}-{self.width}-{self.scheme}-{self.language}.webp"


@dataclass(frozen=True, slots=True)
class Running:
    """A studio of its own, with the environment of its parts."""

    url: str
    environment: Mapping[str, str]

    def manage(self, *arguments: str) -> None:
        subprocess.run((sys.executable, "manage.py", *arguments), env=dict(self.environment), check=True)


@contextmanager
def _studio() -> Iterator[Running]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="studio-") as var:
        environment = os.environ | {
            "ADMIN_EMAIL": EMAIL,
            "ADMIN_PASSWORD": PASSWORD,
            "DATABASE_URL": f"sqlite:///{var}/studio.sqlite3",
            "ENDPOINT_KEY_SECRET": "only-for-pictures-" + "y" * 50,
            "HEADLESS": "1",
            "PORT": str(port),
            "SECRET_KEY": "only-for-pictures-" + "x" * 50,
            "STUDIO_VAR": var,
        }
        studio = subprocess.Popen([sys.executable, "-m", "imagestudio.embedded"], env=environment)
        try:
            wait_for(lambda: accepts(port) and _is_ready(port), "the studio", seconds=240)
            of_parts = {"REDIS_URL": redis_url(Path(var)), "STUDIO_EMBEDDED": "1", "STUDIO_HOST": "local"}
            yield Running(f"http://127.0.0.1:{port}", environment | of_parts)
        finally:
            studio.terminate()
            studio.wait(15)


def _is_ready(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=30).status_code == httpx.codes.OK


def _fill(url: str) -> None:
    """Ask for everything and wait until all but the slow one have come to an end."""
    with httpx.Client(base_url=url, timeout=120) as http:
        page = http.get("/account/login/").text
        http.post("/account/login/", data=_token(page) | {"login": EMAIL, "password": PASSWORD})
        for fields in PROMPTS:
            page = http.get("/").text
            http.post("/", data=_token(page) | {"model": "gpt-image-2", "n": "1"} | fields)
        active = re.compile(r'class="batch"[^>]*data-status="(?:queued|running)"')
        wait_for(lambda: len(active.findall(http.get("/").text)) <= 1, "the images", seconds=240)


def _token(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrfmiddlewaretoken|submit_token)" value="([^"]+)"', page))


def _take(browser: Browser, studio: Running, variant: Variant) -> None:
    url = studio.url
    with _signed_in(browser, url, variant, EMAIL) as page:
        page.goto(url)
        _save(page, variant.path("create"))
        if variant.is_of_all:
            _take_all(page, url, variant)
        else:
            page.goto(f"{url}/history/")
            _save(page, variant.path("history"))
    if variant.is_of_all:
        # Made anew: what runs is late after a while.
        studio.manage(
            "shell", "-c", f"from tests.tools import screen_rows; screen_rows.fill_line('{COLLEAGUE}')"
        )
        with _signed_in(browser, url, variant, COLLEAGUE) as page:
            page.goto(url)
            _save(page, variant.path("states"), whole=True)


def _take_all(page: Page, url: str, variant: Variant) -> None:
    addresses = {
        "history": "/history/",
        "image": _first(page, f"{url}/history/", "/images/"),
        "collections": "/collections/",
        "collection": _first(page, f"{url}/collections/", "/collections/"),
        "library": "/library/",
        "trash": "/trash/",
        "usage": "/usage/",
        "queue": "/queue/",
        "why": _first(page, f"{url}/history/?status=blocked", "/generations/"),
        "cases": "/review/",
        "review": _first(page, f"{url}/review/?kind=report", "/review/"),
        "insight": "/review/insight/",
        "words": "/moderation/words/",
        "policy": "/moderation/policy/",
        "team": "/team/",
        "settings": "/settings/",
    }
    for name, address in addresses.items():
        page.goto(url + address)
        _save(page, variant.path(name))
    page.goto(url + addresses["review"])
    page.locator("[data-key=b]").first.click()
    page.locator(".case-image img").first.wait_for()
    _save(page, variant.path("review-shown"))
    page.goto(f"{url}/history/")
    page.locator("main a:has(> [data-image-id])").first.click()
    page.locator("dialog [data-stage] img").wait_for()
    _save(page, variant.path("viewer"))
    _paint_a_mask(page, url + addresses["image"])
    _save(page, variant.path("mask"))
    if variant.is_phone:
        page.goto(url)
        page.locator("[name=prompt]").tap()
        page.locator("[name=prompt]").fill(WRITTEN)
        _save(page, variant.path("sheet"))
        page.locator("[data-sheet-options]").tap()
        _save(page, variant.path("options"))


def _paint_a_mask(page: Page, image: str) -> None:
    page.goto(image)
    page.locator("button[name=paint]").click()
    page.locator(".mask-editor[data-ready]").wait_for()
    box = page.locator(".mask-editor canvas").first.bounding_box()
    if box is None:
        raise AssertionError("The mask editor shows nothing to paint on.")
    across, down = box["width"], box["height"]
    page.mouse.move(box["x"] + 0.35 * across, box["y"] + 0.4 * down)
    page.mouse.down()
    for part in (0.45, 0.55, 0.65):
        page.mouse.move(box["x"] + part * across, box["y"] + 0.45 * down, steps=6)
    page.mouse.up()


def _save(page: Page, path: Path, *, whole: bool = False) -> None:
    """Keep it small: the pictures live in the repository."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)  # milliseconds: dialogs and sheets come to rest
    if whole:  # as a very high window: images load when they are seen
        width = page.evaluate("innerWidth")
        page.set_viewport_size({"width": width, "height": page.evaluate("document.body.scrollHeight")})
        page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(page.screenshot())) as image:
        image.convert("RGB").save(path, "WEBP", quality=78, method=6)


@contextmanager
def _signed_in(browser: Browser, url: str, variant: Variant, email: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": variant.width, "height": 844 if variant.is_phone else 900},
        color_scheme=variant.scheme,
        locale={"en": "en", "zh": "zh-CN"}[variant.language],
        has_touch=variant.is_phone,
        is_mobile=variant.is_phone,
    )
    page = context.new_page()
    page.goto(f"{url}/account/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("[name=password]").press("Enter")
    yield page
    context.close()


def _first(page: Page, address: str, start: str) -> str:
    page.goto(address)
    links = [str(link.get_attribute("href")) for link in page.locator(f"a[href^='{start}']").all()]
    return next(link for link in links if re.search(r"/[0-9a-f-]+/(\?|$)", link))


if __name__ == "__main__":
    main()
