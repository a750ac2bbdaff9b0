"""`make screens`: starts a studio, fills it and takes the pictures that the documents show."""

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.services.chromium import chromium
from tests.services.processes import accepts, free_port, wait_for

FOLDER = Path("docs/screens")
EMAIL, PASSWORD = "ada@studio.example", "a long enough phrase"
WIDTHS = {1440: 900, 390: 844}
PROMPTS: tuple[dict[str, str], ...] = (
    {"prompt": "Desert dunes under two moons", "size": "1536x1024"},
    {"prompt": "Portrait of a lighthouse keeper in the style of Hayao Miyazaki"},
    {"prompt": "A letter that got lost on the way [[drop]]"},
    {"prompt": "Four harbours in the style of Makoto Shinkai", "n": "4"},
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
    with _studio() as url, chromium() as browser:
        _fill(url)
        for width, scheme, locale in product(WIDTHS, ("light", "dark"), ("en", "zh-CN")):
            _take(browser, url, width=width, scheme=scheme, locale=locale)


@contextmanager
def _studio() -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="studio-") as var:
        environment = os.environ | {
            "ADMIN_EMAIL": EMAIL,
            "ADMIN_PASSWORD": PASSWORD,
            "HEADLESS": "1",
            "PORT": str(port),
            "STUDIO_VAR": var,
        }
        studio = subprocess.Popen([sys.executable, "-m", "imagestudio.embedded"], env=environment)
        try:
            wait_for(lambda: accepts(port) and _is_ready(port), "the studio", seconds=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            studio.terminate()
            studio.wait(15)


def _is_ready(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == httpx.codes.OK


def _fill(url: str) -> None:
    """Ask for everything and wait until all but the slow one have come to an end."""
    with httpx.Client(base_url=url, timeout=30) as http:
        page = http.get("/account/login/").text
        http.post("/account/login/", data=_token(page) | {"login": EMAIL, "password": PASSWORD})
        for fields in PROMPTS:
            page = http.get("/").text
            http.post("/", data=_token(page) | {"model": "gpt-image-2", "n": "1"} | fields)
        active = re.compile(r'class="batch"[^>]*data-status="(?:queued|running)"')
        wait_for(lambda: len(active.findall(http.get("/").text)) <= 1, "the images", seconds=90)


def _token(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrfmiddlewaretoken|submit_token)" value="([^"]+)"', page))


def _take(browser: Browser, url: str, *, width: int, scheme: str, locale: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=locale,
    )
    page = _signed_in(context, url)
    addresses = {
        "create": "/",
        "history": "/history/",
        "image": _first(page, f"{url}/history/", "/images/"),
        "review": _first(page, f"{url}/review/", "/review/"),
        "team": "/team/",
    }
    for name, address in addresses.items():
        page.goto(url + address)
        page.wait_for_load_state("networkidle")
        _save(page.screenshot(), FOLDER / f"{name}-{width}-{scheme}-{locale[:2]}.webp")
    context.close()


def _save(screenshot: bytes, path: Path) -> None:
    """Keep it small: the pictures live in the repository."""
    with Image.open(io.BytesIO(screenshot)) as image:
        image.convert("RGB").save(path, "WEBP", quality=82, method=6)


def _signed_in(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/account/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("[name=password]").press("Enter")
    return page


def _first(page: Page, address: str, start: str) -> str:
    page.goto(address)
    links = [str(link.get_attribute("href")) for link in page.locator(f"a[href^='{start}']").all()]
    return next(link for link in links if re.search(r"[0-9a-f]+/$", link) and link != start)


if __name__ == "__main__":
    main()
