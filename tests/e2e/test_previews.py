"""What a browser shows of an image that is being made."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.services.studio import Studio

PATIENCE = 40_000  # milliseconds for a generation, on a machine that does other things too


@pytest.fixture
def streaming(studio: Studio) -> Iterator[Studio]:
    """The shared studio, with previews switched on for so long."""
    _ask_for_previews(studio, 2)
    yield studio
    _ask_for_previews(studio, 0)


def test_a_preview_is_seen_while_an_image_is_made_and_gives_way_to_it(page: Page, streaming: Studio) -> None:
    complaints = sign_in(page, streaming)

    generation = generate(page, "A heron in the mist [[slow:6]]")
    tile = page.locator(f".tile[data-generation-id='{generation}']")
    preview = tile.locator("[data-preview]")
    expect(preview).to_be_visible(timeout=PATIENCE)
    width = preview.evaluate("image => image.decode().then(() => image.naturalWidth)")
    expect(tile).to_contain_text(re.compile("Preview [12] of 2"))
    in_the_way = barriers(page)
    expect(tile.locator("[data-image-id]")).to_be_visible(timeout=PATIENCE)
    expect(tile.locator(".tile-fading")).to_have_count(0)

    assert (width, in_the_way, complaints) == (640, [], [])


def _ask_for_previews(studio: Studio, count: int) -> None:
    studio.manage(
        "shell",
        "-c",
        f"from generations.models import Endpoint; Endpoint.objects.update(partial_images={count})",
    )
