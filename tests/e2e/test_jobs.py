"""Deleting with a way back, and a zip file that real workers make while the page looks on."""

import zipfile

from playwright.sync_api import Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.services.studio import Studio


def test_what_was_deleted_is_taken_back_and_what_is_left_comes_as_a_zip(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    generation = generate(page, "一只要下载的白猫")
    batch = page.locator(f"[data-generation-id='{generation}']").first
    expect(batch).to_have_attribute("data-status", "succeeded", timeout=30_000)
    page.goto(f"{studio.url}/generations/{generation}/")
    address = page.locator("a[href^='/images/']").first.get_attribute("href") or ""
    page.goto(studio.url + address)

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 image deleted.")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 image restored.")).to_be_visible()
    page.goto(f"{studio.url}/trash/")
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    assert barriers(page) == []

    page.goto(f"{studio.url}/data/")
    assert barriers(page) == []
    page.get_by_role("button", name="Export everything").click()
    # The page is not loaded again: it asks how far the job has come.
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="Download (").click(timeout=60_000)
    assert barriers(page) == []

    with zipfile.ZipFile(download.value.path()) as made:
        assert made.testzip() is None
        assert "一只要下载的白猫" in made.read("generations.jsonl").decode()
    assert complaints == []
