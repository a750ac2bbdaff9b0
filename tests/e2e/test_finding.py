"""Finding: words, filters with their numbers, and searches that are kept, in both languages."""

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Album

pytestmark = pytest.mark.browser
# One search in each language for the same three rows, two of which have images.
MARKET = ("night market", "夜市")


def _found(page: Page) -> Sequence[str]:
    return page.locator(".entry .prompt").all_inner_texts()


def test_words_are_found_in_any_order_and_marked(member: Page, album: Album) -> None:
    member.goto(f"{album.url}/history/?view=list")
    search = member.locator("#q")
    for words, wanted in (
        (album.in_its_language("market NIGHT", "夜市"), {"stall", "rain", "market lost"}),
        (album.in_its_language('"night market"', '"夜市里的"'), {"stall"}),
        (album.in_its_language("night market -rain", "夜市 -雨后"), {"stall", "market lost"}),
        (album.in_its_language("ＴＥＡＰＯＴ", "壶"), {"teapot"}),
    ):
        search.fill(words)
        with member.expect_navigation():
            search.press("Enter")
        assert set(_found(member)) == {album.prompts[name] for name in wanted}, words
        assert member.locator("mark").count() >= len(wanted)
        expect(search).to_have_value(words)


def test_filters_say_how_many_they_leave_and_stand_in_the_address(member: Page, album: Album) -> None:
    words = album.in_its_language(*MARKET)
    member.goto(f"{album.url}/history/?q={words}")
    expect(member.locator(".tile")).to_have_count(4)
    member.locator("[data-remembered='filters'] > summary").click()
    failed = member.locator("#filter-status input[value='failed']")
    expect(failed.locator("xpath=..")).to_contain_text("1")
    # Only what the search has several values of is on offer.
    expect(member.locator("#filter-model input")).to_have_count(2)
    expect(member.locator("#filter-source")).to_have_count(0)

    failed.check()
    show = member.locator(".filter-end button")
    expect(show).to_contain_text("1")
    show.click()
    expect(member).to_have_url(re.compile("status=failed"))
    expect(member.locator(".tile")).to_have_count(1)
    assert member.locator(".chips .chip").count() == 2
    member.locator(".chips .chip").last.click()
    expect(member).not_to_have_url(re.compile("status="))
    expect(member.locator(".tile")).to_have_count(4)


def test_a_search_without_results_offers_to_drop_its_last_condition(member: Page, album: Album) -> None:
    word = album.in_its_language("teapot", "茶壶")
    member.goto(f"{album.url}/history/?q={word}&status=failed")

    expect(member.locator(".empty h2")).to_have_text(
        album.in_its_language("No images match", "没有符合的图片")
    )
    drop = member.locator(".empty .button--primary")
    expect(drop).to_contain_text(album.in_its_language("Drop “Failed”", "去掉“失败”"))
    drop.click()
    expect(member).to_have_url(re.compile(r"/history/\?q=[^&]+$"))
    expect(member.locator(".tile")).to_have_count(2)


def test_a_search_is_kept_under_a_name_counted_deleted_and_brought_back(member: Page, album: Album) -> None:
    name = album.in_its_language("Markets for the client", "客户的夜市")
    pinned = member.locator("#pinned .side-link", has_text=name)
    member.goto(f"{album.url}/history/?q={album.in_its_language(*MARKET)}&status=succeeded")
    member.locator("#search-name").fill(name)
    member.locator("#search-name").press("Enter")
    expect(pinned.locator(".side-count")).to_have_text("2")

    member.goto(f"{album.url}/history/")
    pinned.click()
    expect(member).to_have_url(re.compile("status=succeeded"))
    expect(member.locator(".tile")).to_have_count(3)

    member.goto(f"{album.url}/history/searches/")
    kept = member.locator(".searches > li", has=member.locator(f"input[value='{name}']"))
    kept.locator("form[action$='/delete/'] button").click()
    expect(kept).to_have_count(0)
    member.locator(".notice--split button").click()
    expect(kept).to_have_count(1)
    kept.locator("[name='pinned']").click()
    member.goto(f"{album.url}/history/")
    expect(pinned).to_have_count(0)
