"""Everything that is pressed is large enough for whatever presses it, on every page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.e2e.conftest import Album
from tests.e2e.pages import small_targets
from tests.e2e.test_looks import EMPTY, LISTS

pytestmark = pytest.mark.browser
FOR_MEMBERS = ("/", "/queue/", "/prompts/", "/keys/", "/settings/", "/account/password/change/")
FOR_ADMINISTRATORS = ("/review/", "/team/", "/endpoints/", "/endpoints/add/", "/endpoints/1/", "/engine/")
# A mouse at a desk, and a finger on a phone: what either has to hit, in CSS pixels.
HANDS = {
    "mouse": (24, ViewportSize(width=1440, height=900)),
    "finger": (44, ViewportSize(width=390, height=844)),
}


@pytest.fixture(params=HANDS)
def hand(
    request: pytest.FixtureRequest, browser: Browser, albums: dict[str, Album]
) -> Iterator[tuple[Page, int]]:
    """A page of the English album's owner, an administrator, and how large a target has to be."""
    least, size = HANDS[request.param]
    is_finger = request.param == "finger"
    context = browser.new_context(viewport=size, has_touch=is_finger, is_mobile=is_finger)
    albums["en"].sign_in(context)
    yield context.new_page(), least
    context.close()


def test_no_target_is_too_small_for_a_mouse_or_a_finger(
    hand: tuple[Page, int], albums: dict[str, Album]
) -> None:
    page, least = hand
    album = albums["en"]
    single = [f"/images/{album.images['heron'][0]}/", _generation_of(page, album)]
    wrong: list[str] = []
    for address in (*FOR_MEMBERS, *single, *FOR_ADMINISTRATORS, *LISTS, *EMPTY, *album.pages):
        answer = page.goto(album.url + address)
        assert answer is not None and answer.ok, address
        # What is folded away has to be hit, too.
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        wrong += [f"{address} {target}" for target in small_targets(page, least)]

    assert not wrong, "\n".join(wrong)


def _generation_of(page: Page, album: Album) -> str:
    page.goto(f"{album.url}/images/{album.images['heron'][0]}/")
    links = [link.get_attribute("href") or "" for link in page.locator("a[href^='/generations/']").all()]
    return next(link for link in links if re.fullmatch(r"/generations/[0-9a-f-]+/", link))
