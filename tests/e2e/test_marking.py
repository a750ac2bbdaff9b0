"""Marks set in the viewer: fields are empty for the next, and the page below shows what was set."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Album

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("over_the_history", [True, False], ids=["over the history", "as a page"])
def test_what_was_added_leaves_its_field_empty_for_the_next(
    member: Page, album: Album, over_the_history: bool
) -> None:
    image = album.images["lamp"][0]
    if over_the_history:
        member.goto(f'{album.url}/history/?q="{album.prompts["lamp"]}"')
        member.locator(f"[data-image-id='{image}']").click()
    else:
        member.goto(f"{album.url}/images/{image}/")
        member.wait_for_load_state("networkidle")
    tag, collection = member.locator("#order-tag"), member.locator("#order-new")
    note = member.locator("#order-note")
    note.fill("not sent")
    names = [f"{word} {over_the_history}" for word in ("ink", "paper", "Posters", "Books")]

    tag.fill(names[0])
    tag.press("Enter")
    _is_added(member, names[0])
    expect(tag).to_have_value("")
    expect(tag).to_be_focused()
    tag.fill(names[1])
    member.locator(".order-line:has(#order-tag) button").click()
    _is_added(member, names[1])
    expect(tag).to_have_value("")

    collection.fill(names[2])
    collection.press("Enter")
    _is_added(member, names[2])
    expect(collection).to_have_value("")
    collection.fill(names[3])
    member.locator(".order-line:has(#order-new) button").click()
    _is_added(member, names[3])
    expect(collection).to_have_value("")
    expect(note).to_have_value("not sent")


def _is_added(page: Page, name: str) -> None:
    expect(page.locator("#image-order .chip").filter(has_text=name)).to_have_count(1)


def test_a_mark_set_in_the_viewer_is_on_the_tile_when_one_comes_back(member: Page, album: Album) -> None:
    first, _second = album.images["stall"]
    member.goto(f'{album.url}/history/?q="{album.prompts["stall"]}"')
    marks = member.locator(".tile-marks")
    expect(marks).to_have_count(0)
    member.locator(f"[data-image-id='{first}']").click()
    member.locator("#order-star-4").click()
    expect(member.locator("#order-star-4")).to_have_attribute("aria-pressed", "true")

    member.go_back()
    expect(marks).to_have_text("★4")
    expect(member.locator(f".tile-link:has([data-image-id='{first}'])")).to_be_focused()
