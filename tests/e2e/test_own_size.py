"""A size of one's own is judged in the browser as the server judges it."""

import pytest
from playwright.sync_api import Page, expect

from generations.images_api import FreeSize, family_of
from generations.size_choice import size_error
from tests.e2e.pages import sign_in
from tests.services.studio import Studio

SIZES = [
    (1000, 1000),
    (8000, 4500),
    (4800, 1600),
    (3840, 400),
    (512, 512),
    (1, 99_999),
    (3840, 2176),
    (815, 1333),
    (1008, 1008),
]


@pytest.fixture
def rule() -> FreeSize:
    rule = family_of("gpt-image-2").free_size
    assert rule is not None
    return rule


def test_the_script_says_what_the_server_would_say(page: Page, studio: Studio, rule: FreeSize) -> None:
    sign_in(page, studio)
    page.get_by_role("radio", name="Custom").press("Space")
    verdict = page.locator("[data-size-verdict]")

    for width, height in SIZES:
        page.locator("[name=size_width]").fill(str(width))
        page.locator("[name=size_height]").fill(str(height))
        expect(verdict).to_have_text(size_error(rule, width, height))


def test_width_and_height_are_there_when_they_are_wanted(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    expect(page.locator("[name=size_width]")).to_be_hidden()

    page.get_by_role("radio", name="Custom").press("Space")
    page.locator("[name=size_width]").fill("2560")
    page.locator("[name=size_height]").fill("1456")

    expect(page.get_by_text("So large a size is experimental")).to_be_visible()


def test_a_note_follows_the_model(page: Page, studio: Studio) -> None:
    sign_in(page, studio)

    page.locator("[name=model]").select_option("dall-e-3")
    expect(page.locator("#model-note")).to_contain_text("retired by OpenAI on 2026-05-12")
    page.locator("[name=model]").select_option("gpt-image-2")
    expect(page.locator("#model-note")).to_be_empty()
