"""The colours that reach the screen: contrast by pixels, and what is left where the system forces its own."""

import io
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import Album
from tests.e2e.pages import settle
from tests.services.studio import Studio

pytestmark = pytest.mark.browser
Color = tuple[int, int, int]
DENSE = 2  # device pixels to a CSS pixel: the strokes of small letters reach their full colour
SCHEMES = ("light", "dark")
PLAIN = {"light": ("#f4f4f4", "#ffffff", "#e9e9e9"), "dark": ("#141414", "#1e1e1e", "#0c0c0c")}
# The colours of words: what each is, and its lowest contrast on plain grounds and on those that belong to it.
WORDS = {
    "light": {
        "#1b1b1b": (14.2, 14.2),
        "#575757": (5.9, 5.9),
        "#1d56c8": (5.3, 5.5),
        "#ffffff": (17.2, 17.2),
        "#146a37": (5.7, 5.7),
        "#7a4a00": (6.6, 6.6),
        "#b01c2b": (5.7, 5.7),
    },
    "dark": {
        "#ededed": (14.2, 12.0),
        "#a9a9a9": (7.0, 6.0),
        "#8fb5ff": (8.1, 6.8),
        "#141414": (15.7, 15.7),
        "#6fd69a": (8.0, 8.0),
        "#f0bd5c": (8.5, 8.5),
        "#ff9ba1": (7.8, 7.8),
    },
}
BORDER = 3.0  # of what is filled in or pressed
BLUR = 0.03  # part of the contrast that the edges of letters may cost
# Words that lie on a ground of the page, one of each kind that is seen; over images other rules hold.
_WORDS = """() => {
  const ELSEWHERE = ".visually-hidden, .skip, .unfinished, option, [aria-disabled=true], :disabled, svg";
  const isShown = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const seen = new Map();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, one = node.parentElement;
    if (!node.data.trim() || !isShown(one) || one.closest(ELSEWHERE)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = [...range.getClientRects()].find((one) => one.width > 8);
    if (!box || box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth) continue;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!top || !(one.contains(top) || top.contains(one) || one.closest("label")?.contains(top))) continue;
    const style = getComputedStyle(one);
    const kind = [style.color, style.fontSize, style.fontWeight, one.className, one.tagName].join();
    const words = node.data.trim().slice(0, 40);
    if (!seen.has(kind)) seen.set(kind, [style.color, words, box.x, box.y, box.width, box.height]);
  }
  return [...seen.values()];
}"""
_CONTROLS = """() => [...document.querySelectorAll("textarea, select, input, .button")]
  .filter((one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !one.disabled)
  .filter((one) => !one.matches(".button--quiet, .button--primary, [type=hidden], [type=radio], [type=file]"))
  .filter((one) => !one.closest(".skip, .tile"))
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 8 && box.top > 0 && box.bottom < innerHeight && box.right < innerWidth)
  .map(([html, box]) => [html, box.x + box.width / 2, box.y])"""


_BEGUN_NOW = """(ring) => {
  const since = new Date(Date.now() - 9000).toISOString();
  ring.closest(".tile").querySelector("[data-since]").dataset.since = since;
}"""


@pytest.fixture(scope="module")
def album(albums: dict[str, Album], studio: Studio) -> Iterator[Album]:
    """The English album, whose owner has something in every state, too."""
    email = "album-en@studio.example"
    studio.manage("shell", "-c", f"from tests.e2e import gallery; gallery.build('{email}')")
    yield albums["en"]
    studio.manage("shell", "-c", "from tests.e2e import gallery; gallery.clear()")


@pytest.fixture
def desk(browser: Browser, album: Album) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, device_scale_factor=DENSE, reduced_motion="reduce"
    )
    album.sign_in(context)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_and_borders_have_the_contrast_that_is_promised(desk: Page, album: Album, scheme: str) -> None:
    desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    image = f"/images/{album.images['heron'][0]}/"
    wrong: list[str] = []
    for address in ("/", "/history/", image, "/queue/", "/settings/", "/usage/"):
        desk.goto(album.url + address)
        settle(desk)  # the network never rests where jobs are under way
        shot = _shot(desk)
        wrong += [f"{address} {line}" for line in _pale_words(shot, desk.evaluate(_WORDS), scheme)]
        for html, x, y in desk.evaluate(_CONTROLS):
            if (ratio := _contrast_of_border(shot, x, y)) < BORDER:
                wrong.append(f"{address} border {ratio:.1f} of {html}")

    assert wrong == []


def test_forced_colours_keep_rings_selection_and_focus(desk: Page, album: Album) -> None:
    desk.emulate_media(forced_colors="active")
    desk.goto(album.url)
    ring = desk.locator("[data-ring]").first
    ring.evaluate(_BEGUN_NOW)  # however long it took until here: what is late has no ring
    expect(ring).not_to_have_attribute("data-late-ring", "")
    expect(ring.locator("[stroke-dasharray]")).not_to_have_attribute("stroke-dasharray", "0 100")
    chosen = desk.locator(".segment:has(:checked)").first
    other = desk.locator(".segment:not(:has(:checked))").first
    assert len(_colors(ring)) >= 3  # the ground, the whole ring and the part that is full
    assert _outline(chosen) != _outline(other)
    assert _outline(desk.locator(".nav-link[aria-current]")) != _outline(desk.locator(".nav-link").last)

    button = desk.get_by_role("button", name="Generate")
    button.focus()
    desk.keyboard.press("Shift+Tab")
    desk.keyboard.press("Tab")
    expect(button).to_be_focused()
    style = button.evaluate("one => [getComputedStyle(one).outlineStyle, getComputedStyle(one).outlineWidth]")
    assert style == ["solid", "2px"]

    desk.goto(f"{album.url}/history/")
    desk.locator("[data-select-mode]").click()
    tiles = desk.locator(".tile:has([data-image-id])")
    tiles.first.locator("a").click()
    assert _outline(tiles.first) != _outline(tiles.nth(1))


def _outline(one: Locator) -> Any:
    """What sets a thing apart where grounds are all the same."""
    return one.evaluate(
        """(one) => {
          const style = getComputedStyle(one);
          const outline = style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor;
          return [outline, style.borderStyle, style.borderColor];
        }"""
    )


def _shot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _colors(one: Locator) -> set[Color]:
    """The colours that fill at least a hundredth of it."""
    image = Image.open(io.BytesIO(one.screenshot())).convert("RGB")
    counted = Counter(_pixels(image))
    return {color for color, count in counted.items() if count >= image.width * image.height / 100}


def _pale_words(shot: Image.Image, found: list[list[Any]], scheme: str) -> Iterator[str]:
    """What stands out too little: the commonest colour of a box against the one farthest from it."""
    promised = {_rgb(code): floors for code, floors in WORDS[scheme].items()}
    plain = {_rgb(code) for code in PLAIN[scheme]}
    for color, words, *box in found:
        x, y, width, height = (side * DENSE for side in box)
        counted = Counter(_pixels(shot.crop((round(x), round(y), round(x + width), round(y + height)))))
        ground = counted.most_common(1)[0][0]
        ratio = max(_contrast(ground, other) for other in counted)
        floors = promised.get(_parsed(color))
        if floors is None:
            yield f"{words!r}: {color} is no colour for words"
        elif ratio < (floor := floors[ground not in plain]) * (1 - BLUR):
            yield f"{words!r}: {ratio:.1f} instead of {floor} on {ground}"


def _contrast_of_border(shot: Image.Image, x: float, y: float) -> float:
    """Between what lies above a control and its upper edge, of which this is the middle, in CSS pixels."""
    middle, top = round(x * DENSE), round(y * DENSE)
    line = _pixels(shot.crop((middle, max(0, top - 4), middle + 1, top + 4)))
    return max(_contrast(line[0], color) for color in line)


def _pixels(image: Image.Image) -> list[Color]:
    raw = image.tobytes()
    return [(raw[place], raw[place + 1], raw[place + 2]) for place in range(0, len(raw), 3)]


@cache
def _contrast(one: Color, other: Color) -> float:
    """As WCAG 2.2 counts it, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(code: str) -> Color:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def _parsed(color: str) -> Color:
    """Of the browser's "rgb(27, 27, 27)"."""
    red, green, blue = (int(part) for part in color[4:-1].split(","))
    return red, green, blue
