"""Keeping in order: selections, zip files, the trash, collections and remixes, in both languages."""

import re
import zipfile

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Album

pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds for a worker, on a machine that does other things too


def _open(page: Page, album: Album, name: str) -> None:
    """Show what an album's generation of that name has made, and nothing else."""
    page.goto(f'{album.url}/history/?q="{album.prompts[name]}"')
    page.wait_for_load_state("networkidle")  # keys and selection come last


def _select_all(page: Page) -> None:
    """Select everything that is found, by the button that names its number."""
    page.locator("[data-select-mode]").click()
    page.locator("button[data-all]").click()
    expect(page.locator("[name='all']")).to_be_enabled()


def test_several_images_are_marked_and_the_mark_is_taken_back(member: Page, album: Album) -> None:
    _open(member, album, "tram")
    told = member.locator("#told .notice")
    member.locator("[data-select-mode]").click()
    for place in (0, 2):
        member.locator(".tile-link").nth(place).click()
    expect(member.locator("[data-selected]")).to_have_text(album.in_its_language("2 selected", "已选 2 张"))
    member.locator("[data-act='f']").click()
    expect(told).to_contain_text(album.in_its_language("2 favourites added.", "2"))
    expect(member.locator(".tile-marks")).to_have_count(2)
    told.locator("[data-undo]").click()
    expect(member.locator(".tile-marks")).to_have_count(0)

    _open(member, album, "tram")
    _select_all(member)
    member.locator("[popovertarget='bulk-tag']").click()
    member.locator("#bulk-tags").fill(album.names["tag"])
    member.locator("button[value='tag']").click()
    expect(told).to_contain_text("3")
    member.goto(f"{album.url}/images/{album.images['tram'][1]}/")
    expect(member.locator("#image-order .chip").first).to_contain_text(album.names["tag"])


def test_two_to_four_of_a_selection_are_laid_side_by_side(member: Page, album: Album) -> None:
    _open(member, album, "heron")
    compare = member.locator("[data-compare]")
    member.locator("[data-select-mode]").click()
    for count in (1, 2, 3, 4):
        expect(compare).to_be_visible(visible=count > 2)
        member.locator(".tile-link").nth(count - 1).click()
    compare.click()

    expect(member.locator(".compare-image")).to_have_count(4)
    assert [f"/images/{one}/" for one in album.images["heron"]] == member.locator(
        ".compare-image a"
    ).evaluate_all("all => all.map((one) => one.getAttribute('href'))")


def test_a_selection_becomes_a_zip_file_while_the_page_looks_on(member: Page, album: Album) -> None:
    _open(member, album, "teapot")
    _select_all(member)
    member.locator(".bulk button[value='zip']").click()
    expect(member.locator("h1")).to_contain_text("2")
    member.locator("main .button--primary").click()
    # The page is not loaded again: it asks how far the job has come.
    fetch = member.locator("#job a[href$='/file/']")
    fetch.wait_for(timeout=PATIENCE)
    expect(member.locator("#job")).to_contain_text(album.in_its_language("2 of 2", "2 / 2"))
    with member.expect_download() as download:
        fetch.click()

    with zipfile.ZipFile(download.value.path()) as made:
        assert made.testzip() is None
        names = made.namelist()
        assert album.prompts["teapot"] in made.read("manifest.json").decode()
    assert len([name for name in names if name.endswith(".png")]) == 2
    assert len([name for name in names if name.endswith(".csv")]) == 1


def test_what_is_deleted_comes_back_by_undo_and_from_the_trash(member: Page, album: Album) -> None:
    tiles = member.locator(".tile [data-image-id]")
    _open(member, album, "lamp")
    member.locator(".tile-link").first.focus()
    member.keyboard.press("Delete")
    expect(tiles).to_have_count(1)
    expect(member.locator("#told")).to_contain_text("1")
    member.locator("#told [data-undo]").click()
    expect(tiles).to_have_count(2)

    member.goto(f"{album.url}/images/{album.images['lamp'][0]}/")
    member.locator("button[value='trash']").click()
    expect(member.locator(".notice--split [data-undo]")).to_be_visible()
    member.goto(f"{album.url}/trash/")
    lying = member.locator(f"[name='images'][value='{album.images['lamp'][0]}']")
    expect(lying.locator("xpath=..")).to_contain_text("29")
    for is_chosen in (True, False):
        member.locator("[data-choose-all]").click()
        expect(lying).to_be_checked(checked=is_chosen)
    lying.check()
    member.locator("main .button--primary").click()
    expect(lying).to_have_count(0)
    _open(member, album, "lamp")
    expect(tiles).to_have_count(2)


def test_a_collection_is_made_filled_put_in_order_and_shared(
    member: Page, album: Album, albums: dict[str, Album], browser: Browser
) -> None:
    name = album.names["another collection"]
    member.goto(f"{album.url}/collections/")
    member.locator(".collection-new > summary").click()
    member.locator("[name='name']").fill(name)
    member.locator(".collection-new button[type='submit']").click()
    expect(member.locator(".empty .button--primary")).to_be_visible()
    address = member.url

    _open(member, album, "heron")
    _select_all(member)
    member.locator("[popovertarget='bulk-collect']").click()
    member.locator("#bulk-collection").select_option(label=name)
    member.locator("button[value='collect']").click()
    expect(member.locator("#told .notice--ok")).to_contain_text("4")

    shown = "all => all.map((one) => one.dataset.imageId ?? one.dataset.item)"
    member.goto(address)
    before = member.locator("[data-image-id]").evaluate_all(shown)
    member.goto(f"{address}?arrange=1")
    member.locator(f"#last-{before[0]}").press("Enter")
    expect(member.locator("[data-item]").last).to_have_attribute("data-item", before[0])
    expect(member.locator(f"#last-{before[0]}")).to_be_focused()
    member.locator(f"#cover-{before[2]}").click()
    expect(member.locator(f"#cover-{before[2]}")).to_have_count(0)
    member.goto(address)
    assert member.locator("[data-image-id]").evaluate_all(shown) == [*before[1:], before[0]]

    other = browser.new_context()
    next(one for one in albums.values() if one is not album).sign_in(other)
    assert other.request.get(address).status == 404
    member.locator(".collection-settings > summary").click()
    member.locator("[name='access'][value='view']").check()
    member.locator(".collection-settings .button--primary").click()
    expect(member.locator(".notice--ok")).to_be_visible()
    assert other.request.get(address).status == 200
    assert name in other.request.get(f"{album.url}/collections/").text()
    other.close()


def test_a_remix_brings_every_setting_and_marks_what_is_changed(member: Page, album: Album) -> None:
    member.goto(f"{album.url}/images/{album.images['harbour'][0]}/")
    member.locator(".viewer-actions a[href*='?from=']").click()
    prompt = member.locator("[name='prompt']")
    expect(prompt).to_have_value(album.prompts["harbour"])
    expect(member.locator("[name='n']")).to_have_value("2")
    member.wait_for_load_state("networkidle")  # what marks the fields comes last

    prompt.press("End")
    prompt.press_sequentially("!")
    expect(member.locator(".field[data-changed]")).to_have_count(1)
    member.locator("[name='n']").fill("3")
    expect(member.locator(".field[data-changed]")).to_have_count(2)
    prompt.press("Backspace")
    expect(member.locator(".field[data-changed]")).to_have_count(1)
    member.locator("a[href='/'].go").click()
    expect(member).to_have_url(re.compile(r"/$"))
    expect(member.locator("[data-remix]")).to_have_count(0)
    member.evaluate("localStorage.clear()")
