"""The review in the browser: by keyboard alone, nothing of an image before Show, two reviewers, Undo, axe."""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Open, address, queue_of
from tests.e2e.pages import barriers
from tests.services.chromium import until_heard
from tests.services.studio import Studio

PATIENCE = 20_000  # milliseconds: a CI machine is slow, and nothing here waits for a worker
# Where not every variant is run (tests/tools/run_tests.py) a few decisions have to do.
NUMBER = 8 if os.environ.get("STUDIO_TEST_DRAW") else 100


@pytest.fixture
def made(studio: Studio, language: str) -> dict[str, Any]:
    return queue_of(studio, language=language, number=NUMBER)


def test_a_queue_is_worked_through_by_keyboard_alone_and_no_image_is_asked_for(
    opened: Open, studio: Studio, made: dict[str, Any]
) -> None:
    page = opened("first")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address(studio, made, kind="refusal"))
    page.keyboard.press("j")
    expect(page.locator(f"#case-{made['cases'][0]}")).to_be_focused()
    page.keyboard.press("Enter")
    keys = ("afna" * NUMBER)[:NUMBER]
    for place, key in enumerate(keys):
        expect(page).to_have_url(re.compile(rf"/review/{made['cases'][place]}/"), timeout=PATIENCE)
        until_heard(page)
        with page.expect_navigation():
            page.keyboard.press(key)

    expect(page.locator(".empty h2")).to_be_visible(timeout=PATIENCE)
    assert [one for one in asked if "/media/" in one or "/references/" in one] == []
    decisions = studio.rows(
        "SELECT v.decision FROM generations_verdict v JOIN generations_case c ON c.id = v.case_id"
        " WHERE c.member_id = %s ORDER BY c.id",
        [made["member"]],
    )
    named = {"a": "right", "f": "false_positive", "n": "unclear"}
    assert [one for (one,) in decisions] == [named[key] for key in keys]


def test_a_reported_image_is_shown_hidden_and_back_by_keys(
    opened: Open, studio: Studio, made: dict[str, Any]
) -> None:
    page, author = opened("first"), opened("author")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address(studio, made, made["report"]))
    expect(page.locator(".case-cover")).to_have_count(1)
    assert not any("/media/" in one for one in asked)

    page.keyboard.press("b")
    expect(page.locator(".case-image img")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("h")
    expect(page.locator("[data-reason='1']").first).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("2")
    picture = f"{studio.url}/media/{made['image']}/320/"
    assert author.request.get(picture).status == 404
    expect(page.locator("[data-toast]")).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("u")

    expect(page).to_have_url(re.compile(rf"/review/{made['report']}/"))
    assert author.request.get(picture).status == 200
    expect(page.locator(".log > li")).to_have_count(2)


def test_two_reviewers_on_one_case_make_one_decision_and_get_one_clear_message(
    opened: Open, studio: Studio, made: dict[str, Any]
) -> None:
    first, second = opened("first"), opened("second")
    case = made["cases"][0]
    first.goto(address(studio, made, case))
    second.goto(address(studio, made, case))
    expect(second.locator("#claim")).to_contain_text(made["names"]["first"])
    second.locator("[name=note]").fill("A thought that took long.")

    with first.expect_navigation():
        first.keyboard.press("a")
    with second.expect_navigation():
        second.locator("[value=false_positive]").click()

    expect(second.locator("[role=alert]")).to_contain_text(made["names"]["first"], timeout=PATIENCE)
    expect(second.locator("#kept-note")).to_have_value("A thought that took long.")
    count = "SELECT count(*) FROM generations_verdict WHERE case_id = %s"
    assert studio.rows(count, [case]) == [(1,)]


def test_single_keys_can_be_switched_off(opened: Open, studio: Studio, made: dict[str, Any]) -> None:
    page = opened("first")
    page.goto(f"{studio.url}/settings/")
    page.locator("[name=single_keys]").uncheck()
    with page.expect_navigation():
        page.locator("form:has([name=single_keys]) [type=submit]").click()
    page.goto(address(studio, made, made["cases"][0]))

    for key in ("a", "h", "1", "b", "s"):
        page.keyboard.press(key)

    expect(page.locator("[data-ruling] [value=right]")).to_be_visible()
    expect(page).to_have_url(address(studio, made, made["cases"][0]))
    count = "SELECT count(*) FROM generations_verdict WHERE case_id = %s"
    assert studio.rows(count, [made["cases"][0]]) == [(0,)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_review_is_free_of_barriers(
    opened: Open, studio: Studio, made: dict[str, Any], theme: str
) -> None:
    page = opened("administrator")
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    found: list[str] = []
    for where in (
        address(studio, made),
        address(studio, made, made["cases"][1]),
        address(studio, made, made["report"]),
        f"{studio.url}/review/{made['report']}/delete/?image={made['image']}",
        f"{studio.url}/review/log/",
        f"{studio.url}/review/looks/",
    ):
        page.goto(where)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found += [f"{where}: {one}" for one in barriers(page)]
    page.goto(address(studio, made, made["report"]))
    page.locator("form[action*='/review/evidence/'] [type=submit]").click()
    expect(page.locator("[name=sure]")).to_have_count(1, timeout=PATIENCE)
    found += [f"evidence: {one}" for one in barriers(page)]

    assert found == []


@pytest.mark.parametrize("width", [320, 1440])
def test_nothing_of_the_review_is_wider_than_the_window(
    opened: Open, studio: Studio, made: dict[str, Any], width: int
) -> None:
    page = opened("administrator")
    page.set_viewport_size({"width": width, "height": 568 if width == 320 else 900})
    for where in (
        address(studio, made),
        address(studio, made, made["cases"][1], show=1),
        f"{studio.url}/review/log/",
    ):
        page.goto(where)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), where
