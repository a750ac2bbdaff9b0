"""The history under the hands: searched, narrowed, selected from and kept as a search, in both languages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.services.studio import Studio

PATIENCE = 40_000  # milliseconds for a generation, on a machine that does other things too
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def history(browser: Browser, studio: Studio) -> str:
    """The address of a history with two images of an otter and one of a teapot, in Chinese."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, studio)
    page.locator("[name=n]").fill("2")
    made = [generate(page, "An otter asleep on its back"), generate(page, "青花瓷茶壶，木桌，晨光")]
    for one in made:
        image = page.locator(f"[data-generation-id='{one}'] [data-image-id]").first
        expect(image).to_be_visible(timeout=PATIENCE)
    context.close()
    return f"{studio.url}/history/"


@pytest.fixture
def chinese(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True)
    yield context.new_page()
    context.close()


def test_keys_move_select_and_mark_favourites(page: Page, studio: Studio, history: str) -> None:
    complaints = sign_in(page, studio)
    page.goto(f"{history}?q=otter")
    tiles = page.locator(".tile:has([data-image-id])")
    expect(page.locator(".tile-link[tabindex='0']")).to_have_count(1)
    page.locator(".tile-link[tabindex='0']").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    page.keyboard.press("Escape")
    expect(page.locator(".pick :checked")).to_have_count(0)
    page.keyboard.press("x")
    expect(page.locator("[data-selected]")).to_have_text("1 selected")
    page.keyboard.press("f")
    expect(page.locator("#told")).to_contain_text("1 favourite added.")
    expect(tiles.locator(".tile-marks")).to_have_count(1)

    page.locator("[data-select-mode]").click()
    tiles.first.locator("a").click()
    page.locator("button[data-all]").click()
    expect(page.locator("[data-selected]")).to_have_text(re.compile(r"All \d+ selected"))
    assert barriers(page) == []
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("[data-bulk]")).to_be_hidden()
    assert complaints == []


def test_one_chinese_character_finds_its_image_on_a_phone(
    chinese: Page, studio: Studio, history: str
) -> None:
    sign_in(chinese, studio)
    chinese.goto(history)
    chinese.locator("#q").fill("壶")
    chinese.locator("#q").press("Enter")
    found = chinese.locator(".tile [data-image-id]").first
    expect(found).to_have_attribute("alt", re.compile("茶壶"))
    chinese.locator("[data-select-mode]").click()
    chinese.locator(".tile-link").first.tap()
    expect(chinese.locator(".pick :checked")).to_have_count(1)
    assert chinese.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert barriers(chinese) == []
