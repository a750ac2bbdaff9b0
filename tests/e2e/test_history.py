"""The history under the hands: keys that move, select and mark, and a thumb on a phone that reads Chinese."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Album
from tests.e2e.pages import barriers

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(browser: Browser, albums: dict[str, Album]) -> Iterator[Page]:
    """A phone of the member who reads Chinese."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    albums["zh-hans"].sign_in(context)
    yield context.new_page()
    context.close()


def test_keys_move_select_and_mark_favourites(member: Page, album: Album) -> None:
    member.goto(f'{album.url}/history/?q="{album.prompts["harbour"]}"')
    tiles = member.locator(".tile:has([data-image-id])")
    expect(member.locator(".tile-link[tabindex='0']")).to_have_count(1)
    member.locator(".tile-link[tabindex='0']").focus()
    member.keyboard.press("Shift+ArrowRight")
    expect(member.locator("[data-selected]")).to_contain_text("2")
    member.keyboard.press("Escape")
    expect(member.locator(".pick :checked")).to_have_count(0)
    member.keyboard.press("x")
    expect(member.locator("[data-selected]")).to_contain_text("1")
    member.keyboard.press("f")
    expect(member.locator("#told .notice--ok")).to_contain_text("1")
    expect(tiles.locator(".tile-marks")).to_have_count(1)

    member.locator("[data-select-mode]").click()
    tiles.first.locator("a").click()
    member.locator("button[data-all]").click()
    expect(member.locator("[data-selected]")).to_have_text(
        album.in_its_language("All 2 selected", "已全选 2 张")
    )
    assert barriers(member) == []
    member.locator("[data-clear]").click()
    expect(member.locator("[data-bulk]")).to_be_hidden()


def test_one_chinese_character_finds_its_image_on_a_phone(phone: Page, albums: dict[str, Album]) -> None:
    phone.goto(f"{albums['zh-hans'].url}/history/")
    phone.locator("#q").fill("壶")
    phone.locator("#q").press("Enter")
    found = phone.locator(".tile [data-image-id]")
    expect(found).to_have_count(2)
    expect(found.first).to_have_attribute("alt", re.compile("茶壶"))
    phone.locator("[data-select-mode]").tap()
    phone.locator(".tile-link").first.tap()
    expect(phone.locator(".pick :checked")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert barriers(phone) == []


def test_who_was_signed_out_is_told_so_and_the_page_for_signing_in_is_not_put_into_the_history(
    member: Page, album: Album
) -> None:
    member.goto(f"{album.url}/history/")
    banner = member.locator("[data-banner='signed-out']")
    expect(banner).to_be_hidden()

    member.context.clear_cookies()
    member.locator("[data-remembered='filters'] > summary").click()

    expect(banner).to_be_visible()
    expect(member.locator("[name=login]")).to_have_count(0)


def test_nothing_moves_on_a_phone_when_the_scripts_of_the_history_come(
    phone: Page, albums: dict[str, Album]
) -> None:
    held: list[Route] = []
    phone.route("**/history/panel*.js", lambda route: held.append(route))
    phone.goto(f"{albums['zh-hans'].url}/history/")
    images = phone.locator(".history-main")
    before = images.bounding_box()

    phone.unroute("**/history/panel*.js")  # which lets go on what was held
    expect(phone.locator("[data-remembered][data-known]")).not_to_have_count(0)

    after = images.bounding_box()
    assert held and before and after
    assert after["y"] == before["y"]
