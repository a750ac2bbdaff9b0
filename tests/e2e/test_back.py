"""Coming back to a long history leads to the place that was left."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import sign_in
from tests.people import PASSWORD
from tests.services.studio import Studio

pytestmark = pytest.mark.browser
EMAIL = "long@studio.example"
IMAGES = 150
# The first tile of the window whose image is there, and how far down it stands, in CSS pixels.
_SEEN = """() => {
  const tile = [...document.querySelectorAll(".tile[id]")].find((one) => {
    const image = one.querySelector("img");
    return one.getBoundingClientRect().top > 100 && image?.complete && image.naturalWidth;
  });
  if (!tile) return null;
  const { top, height } = tile.getBoundingClientRect();
  return [tile.id, top, height];
}"""
_IS_BACK = """([id, top, height]) => {
  const tile = document.getElementById(id);
  return tile && Math.abs(tile.getBoundingClientRect().top - top) <= height;
}"""


@pytest.fixture(scope="module")
def long_history(studio: Studio) -> Iterator[Studio]:
    member = f"from tests.people import *; make_member(email='{EMAIL}')"
    rows = f"from tests.e2e import gallery; gallery.build_long('{EMAIL}', {IMAGES})"
    studio.manage("shell", "-c", f"{member}; {rows}")
    yield replace(studio, email=EMAIL, password=PASSWORD)
    studio.manage("shell", "-c", "from tests.e2e import gallery; gallery.clear()")


@pytest.mark.parametrize("width", [390, 1440])
def test_back_leads_to_within_a_row_of_the_place_in_the_history(
    page: Page, long_history: Studio, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    complaints = sign_in(page, long_history)
    page.goto(f"{long_history.url}/history/")
    page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0.6 * document.documentElement.scrollHeight)")
    page.wait_for_load_state("networkidle")
    page.wait_for_function(_SEEN)
    place = page.evaluate(_SEEN)

    page.goto(f"{long_history.url}/settings/")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.go_back()

    page.wait_for_function(_IS_BACK, arg=place)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(_IS_BACK, place)
    assert complaints == []
