"""An image that is held, from Generate to the moment at which its author's open page shows it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from tests.e2e.conftest import Open, queue_of
from tests.e2e.pages import barriers, generate
from tests.services.chromium import until_heard
from tests.services.studio import Studio

PATIENCE = 60_000  # milliseconds for an image, on a machine that does other things too
# What the simulator's check scores high, and its image models make all the same.
PROMPTS = {"en": "A knight sets out to kill a dragon, oil on canvas", "zh-hans": "骑士出发去杀一条龙，油画"}
# It holds for all tests that share the studio, and so only as long as this one runs.
_POLICY = (
    "from generations.models import Endpoint, ModerationPolicy as P;"
    "e = Endpoint.objects.filter(is_simulator=True).first();"
    "P.objects.update_or_create(pk=1, defaults={'check_endpoint': %s, 'thresholds': %s, 'hold_from': %s})"
)


@pytest.fixture
def holding(studio: Studio) -> Iterator[None]:
    studio.manage("shell", "-c", _POLICY % ("e", "{'*': 1.0}", "0.3"))
    yield
    studio.manage("shell", "-c", _POLICY % ("None", "{}", "None"))


@pytest.fixture(params=["en", "zh-hans"])
def made(request: pytest.FixtureRequest, studio: Studio) -> dict[str, Any]:
    """An author and reviewers who read one language, and a queue that has a refusal in it already."""
    return {"language": request.param, **queue_of(studio, language=request.param, number=1)}


def test_what_is_held_appears_on_its_authors_open_page_once_a_reviewer_has_approved_it(
    holding: None, opened: Open, studio: Studio, made: dict[str, Any]
) -> None:
    author, reviewer = opened("author"), opened("first")
    with translation.override(made["language"]):
        waiting = gettext("Waiting for a reviewer")
    seen: list[str] = []
    author.on("request", lambda request: seen.append(request.url))
    author.goto(f"{studio.url}/")
    until_heard(author)
    generation = generate(author, PROMPTS[made["language"]])
    batch = author.locator(f"#batch-{generation}")
    expect(batch).to_have_attribute("data-status", "held", timeout=PATIENCE)
    expect(batch.locator("[data-headline]")).to_contain_text(waiting)
    expect(batch.locator(".tile .icon")).to_be_visible()
    expect(batch.locator("form[action$='/withdraw/'] button")).to_be_visible()
    assert barriers(author) == []
    height = batch.locator(".tile").evaluate("one => one.offsetHeight")
    expect(batch.locator("img")).to_have_count(0)
    before = list(seen)

    reviewer.goto(f"{studio.url}/review/?member={made['member']}")
    first = reviewer.locator("[data-rows] > li").first
    expect(first).to_have_attribute("data-generation-id", generation)
    expect(first).to_contain_text("0.30")
    first.locator("a").click()
    expect(reviewer.locator(".case-cover")).to_have_count(1)
    assert barriers(reviewer) == []
    until_heard(reviewer)
    reviewer.keyboard.press("b")
    expect(reviewer.locator(".case-image img")).to_be_visible(timeout=PATIENCE)
    until_heard(reviewer)
    with reviewer.expect_navigation():
        reviewer.keyboard.press("a")

    picture = batch.locator(".tile [data-image-id]")
    expect(picture).to_be_visible(timeout=PATIENCE)
    expect(batch).to_have_attribute("data-status", "succeeded")
    assert batch.locator(".tile").evaluate("one => one.offsetHeight") == height
    address = f"{studio.url}{picture.get_attribute('src')}"
    assert re.search(r"/media/.*/320/$", address)
    assert not [one for one in before if one == address or "/previews/" in one]
    until_heard(reviewer)
    with reviewer.expect_navigation():
        reviewer.keyboard.press("u")
    assert author.request.get(address).status == 404
