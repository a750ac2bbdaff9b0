"""The page Create in every state that a batch can be in, on a desk and on a phone."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import gallery
from tests.e2e.pages import barriers, sign_in
from tests.people import PASSWORD
from tests.services.studio import Studio

EMAIL = "gallery@studio.example"
# What the header says of each state, and the name of something to press there.
SAID = {
    "queued": ("About [12] before yours|Starts next", "Cancel"),
    "asked again": ("Waiting in line|before yours", "Cancel"),
    "paused": ("Waiting in line", "Cancel"),
    "running": ("Making 4 images", "Cancel, keep what arrives"),
    "no measured times": ("Making 1 image", "Cancel and discard"),
    "late": ("Making 1 image", "Cancel, keep what arrives"),
    "preview": ("Making 1 image", "Cancel, keep what arrives"),
    "done": ("4 images in 34 s", "Remix"),
    "partial": ("3 of 4 ready: 1 was withheld by moderation", "Try again"),
    "blocked": ("Not started: the prompt was stopped", "Edit prompt"),
    "failed": ("Failed, tried 3 times", "Try again"),
}
_OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
_FIXED = """() => [...document.querySelectorAll("body *")]
  .filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetHeight > 1)
  .filter((one) => !one.matches(".skip, .banners, dialog"))
  .reduce((sum, one) => sum + one.offsetHeight, 0) / innerHeight"""
_SMALL_TARGETS = """(least) => [...document.querySelectorAll("a, button, summary, select, textarea")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !one.closest(".skip, p, .tile, .visually-hidden"))
  .filter((one) => one.offsetWidth && (one.offsetWidth < least || one.offsetHeight < least))
  .map((one) => `${one.textContent.trim().slice(0, 30)} ${one.className}`)"""


@pytest.fixture(scope="module")
def states(studio: Studio) -> Iterator[tuple[Studio, dict[str, str]]]:
    """The shared studio as somebody sees it who has one generation in every state; and their ids."""
    studio.manage(
        "shell", "-c", f"from tests.people import *; make_member(email='{EMAIL}', role='administrator')"
    )
    printed = studio.manage(
        "shell",
        "-c",
        f"import json; from tests.e2e import gallery; print(json.dumps(gallery.build('{EMAIL}')))",
    )
    yield replace(studio, email=EMAIL, password=PASSWORD), json.loads(printed.strip().splitlines()[-1])
    studio.manage("shell", "-c", "from tests.e2e import gallery; gallery.clear()")


@pytest.fixture
def small_phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 320, "height": 568},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
        color_scheme="dark",
    )
    yield context.new_page()
    context.close()


def test_every_state_says_what_is_and_offers_something_to_do(
    page: Page, states: tuple[Studio, dict[str, str]]
) -> None:
    studio, made = states
    complaints = sign_in(page, studio)
    for name, (headline, action) in SAID.items():
        batch = page.locator(f"#batch-{made[name]}")
        expect(batch.locator("[data-headline]")).to_have_text(re.compile(headline))
        expect(batch.locator("a, button", has_text=action).first).to_be_visible()

    shown = {name: page.locator(f"#batch-{made[name]}") for name in made}
    expect(shown["asked again"]).to_contain_text(re.compile(r"Next try in (\d+ min )?\d+ s"))
    expect(shown["running"].locator("[data-ring]")).to_have_count(4)
    expect(shown["running"]).to_contain_text("Usually 25 to 40 s")
    expect(shown["no measured times"].locator("[data-ring]")).to_have_count(0)
    expect(shown["late"]).to_contain_text("Longer than usual; you can leave this page")
    expect(shown["preview"]).to_contain_text("Preview 2 of 3")
    expect(shown["preview"]).to_contain_text("Longer than usual; you can leave this page")
    for several in ("running", "done", "partial"):
        heights = (
            shown[several].locator(".tile").evaluate_all("tiles => tiles.map((one) => one.offsetHeight)")
        )
        assert len(set(heights)) == 1, several
    assert "withheld" in shown["partial"].inner_text().lower()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert barriers(page) == [], scheme
    page.goto(f"{studio.url}/generations/{made['hostile']}/")
    assert page.evaluate(_OVERFLOW) <= 0
    assert complaints == []


def test_a_small_phone_shows_all_of_it_and_the_form_is_a_sheet(
    small_phone: Page, states: tuple[Studio, dict[str, str]]
) -> None:
    page, (studio, _made) = small_phone, states
    complaints = sign_in(page, studio)
    sheet = page.locator("[data-sheet]")

    assert page.evaluate(_OVERFLOW) <= 0
    assert page.evaluate(_FIXED) <= 0.25
    assert page.evaluate(_SMALL_TARGETS, 44) == []
    assert barriers(page) == []
    page.locator("[name=prompt]").tap()
    expect(sheet).to_have_attribute("data-sheet", "prompt")
    assert barriers(page) == []
    page.get_by_role("button", name="Options").tap()
    expect(page.locator("[name=model]")).to_be_visible()
    assert sheet.evaluate("one => one.offsetHeight") == 568
    assert barriers(page) == []
    page.get_by_role("button", name="Close").tap()
    expect(page.get_by_role("button", name="Options")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_have_attribute("data-sheet", "line")
    assert page.evaluate("document.getAnimations().length") == 0  # while jobs run

    page.set_viewport_size({"width": 568, "height": 320})
    assert page.evaluate(_FIXED) == 0
    for address in ("/queue/", "/settings/", "/keys/"):
        page.goto(studio.url + address)
        assert page.evaluate(_OVERFLOW) <= 0
        assert barriers(page) == []
    assert complaints == []


def test_the_line_is_put_in_order_with_keys(page: Page, states: tuple[Studio, dict[str, str]]) -> None:
    studio, made = states
    complaints = sign_in(page, studio)
    page.goto(f"{studio.url}/queue/")
    row = page.locator(f"#entry-{made['queued behind']}")

    page.locator(f"#entry-{made['queued']}").get_by_role("button", name="First").press("Enter")
    expect(page.locator(f"#entry-{made['queued']}")).to_be_focused()
    expect(page.locator(f"#entry-{made['queued']}")).to_contain_text("Next")
    page.keyboard.press("j")
    expect(row).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(f"#entry-{made['queued']}")).to_be_focused()

    assert barriers(page) == []
    assert complaints == []


def test_the_gallery_has_every_state_that_a_page_can_show() -> None:
    assert set(SAID) <= set(gallery.STATES)
