"""What stays selected, and where one stands, when something has been done with a selection."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Album
from tests.e2e.pages import barriers

pytestmark = pytest.mark.browser


def _open(page: Page, album: Album, name: str, view: str = "") -> None:
    page.goto(f'{album.url}/history/?q="{album.prompts[name]}"{view}')


def _links(page: Page) -> Locator:
    return page.locator(".tile-link[href]")


def _undo(page: Page) -> None:
    page.locator("#told [data-undo]").click()
    expect(page.locator("#told .notice")).to_have_count(0)


def test_whoever_stands_in_the_grid_still_does_after_a_favourite_and_beside_what_was_deleted(
    member: Page, album: Album
) -> None:
    _open(member, album, "tram")
    addresses = [link.get_attribute("href") or "" for link in _links(member).all()]
    _links(member).nth(1).focus()
    member.keyboard.press("f")
    expect(member.locator(".tile-marks")).to_have_count(1)
    expect(_links(member).nth(1)).to_be_focused()
    expect(member.locator(".pick :checked")).to_have_count(0)  # it was chosen for that alone
    _undo(member)

    _links(member).nth(1).focus()
    member.keyboard.press("Delete")
    expect(_links(member)).to_have_count(2)
    expect(member.locator(f".tile-link[href='{addresses[2]}']")).to_be_focused()
    member.keyboard.press("ArrowLeft")
    expect(member.locator(f".tile-link[href='{addresses[0]}']")).to_be_focused()
    expect(member.locator("[data-bulk]")).to_be_hidden()
    expect(member.locator("#first")).to_have_count(1)  # by which heights are told
    _undo(member)
    expect(_links(member)).to_have_count(3)


def test_a_selection_stays_for_the_next_thing_and_ends_with_what_was_deleted(
    member: Page, album: Album
) -> None:
    _open(member, album, "tram")
    chosen = member.locator(".pick :checked")
    values = [member.locator(".pick input").nth(place).get_attribute("value") for place in (0, 2)]
    _links(member).first.focus()
    member.keyboard.press("x")
    for _ in range(2):
        member.keyboard.press("ArrowRight")
    member.keyboard.press("x")
    member.locator("[data-act='f']").click()
    expect(member.locator(".tile-marks")).to_have_count(2)
    expect(member.locator("[data-act='f']")).to_be_focused()
    assert [box.get_attribute("value") for box in chosen.all()] == values
    expect(member.locator("[data-selected]")).to_have_text(album.in_its_language("2 selected", "已选 2 张"))
    _undo(member)

    member.locator("[data-select-mode]").click()
    member.locator("button[data-all]").click()
    member.locator("[data-act='f']").click()
    expect(member.locator(".tile-marks")).to_have_count(3)
    expect(member.locator("[name='all']")).to_be_enabled()
    expect(chosen).to_have_count(3)
    _undo(member)

    _links(member).first.focus()
    member.keyboard.press("x")
    member.locator(".bulk [value='trash']").click()
    expect(_links(member)).to_have_count(2)
    expect(chosen).to_have_count(0)
    expect(_links(member).first).to_be_focused()
    _undo(member)


@pytest.mark.parametrize("view", ["", "&view=list"])
def test_of_what_came_to_nothing_only_what_can_be_done_is_on_offer(
    view: str, member: Page, album: Album
) -> None:
    for name, can_repeat in (("market lost", True), ("blocked", False)):
        _open(member, album, name, view)
        member.locator(".tile-link[href], .entry-words .prompt > a").first.focus()
        member.keyboard.press("f")  # there is no image that it could be done with
        expect(member.locator(".pick :checked")).to_have_count(0)
        member.keyboard.press("x")
        expect(member.locator("[data-selected]")).to_have_text(
            album.in_its_language("1 selected", "已选 1 张")
        )
        expect(member.locator("button[data-all]")).to_be_hidden()
        for button in ("[value='favourite']", "[popovertarget='bulk-rate']", "[value='zip']"):
            expect(member.locator(f".bulk > {button}")).to_be_disabled()
        expect(member.locator(".bulk > [value='again']")).to_be_enabled(enabled=can_repeat)
        assert barriers(member) == []
    member.locator(".bulk > [value='trash']").click()
    expect(member.locator("#told .notice--ok")).to_be_visible()
    expect(member.locator("[data-generation-id]")).to_have_count(0)
    _undo(member)
    expect(member.locator("[data-generation-id]")).not_to_have_count(0)


def test_of_a_mixed_selection_images_are_marked_and_the_rest_is_left(member: Page, album: Album) -> None:
    member.goto(f"{album.url}/history/?q={album.in_its_language('night market', '夜市')}")
    expect(member.locator(".tile")).to_have_count(4)
    member.locator("[data-select-day]").first.click()
    expect(member.locator(".pick :checked")).to_have_count(4)
    expect(member.locator("[name='generations']:checked")).to_have_count(1)
    member.locator("[data-act='f']").click()
    expect(member.locator("#told .notice--ok")).to_contain_text("3")
    expect(member.locator(".pick :checked")).to_have_count(4)

    member.locator("[data-clear]").focus()
    member.keyboard.press("Enter")
    expect(member.locator(".pick :checked")).to_have_count(0)
    expect(_links(member).first).to_be_focused()
    _undo(member)


def test_of_the_teams_images_those_that_are_private_are_no_stop_of_the_tab_key(
    member: Page, album: Album
) -> None:
    member.goto(f"{album.url}/history/?team=1")
    expect(member.locator(".tile-link[tabindex='0']")).to_have_count(1)

    expect(member.locator(".tile--missing .tile-link:not([href])")).not_to_have_count(0)
    expect(member.locator("[data-grid] a[tabindex]:not([href])")).to_have_count(0)
