"""The page Create in every state that a batch can be in, on a desk and on a phone."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e import gallery
from tests.e2e.pages import barriers, generate, sign_in, small_targets
from tests.fake_endpoint import picture
from tests.people import PASSWORD
from tests.services.chromium import until_heard
from tests.services.studio import Studio

PATIENCE = 40_000  # milliseconds for a generation, on a machine that does other things too
EMAIL, NEWCOMER = "gallery@studio.example", "newcomer@studio.example"
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
    "held": ("Waiting for a reviewer", "Withdraw"),
    "blocked": ("Not started: the prompt was stopped", "Edit prompt"),
}
# Those that do not fit on the page Create: what their own pages say, and offer.
SAID_ALONE = {
    "failed": ("Failed, tried 3 times", "Try again"),
    "unknown": ("Nobody knows how it ended", "Ask again"),
    "cancelled": ("1 of 4 ready: the rest was cancelled", "Try again"),
    "cancelled early": ("Cancelled after 6 s, before it was sent", "Try again"),
    "cancelled by another": ("Cancelled after 6 s, before it was sent", "Try again"),
    "hostile": ("1 image in 34 s", "Remix"),
    "no budget": ("Waiting in line", "Cancel"),
}
_OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
_FIXED = """() => [...document.querySelectorAll("body *")]
  .filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetHeight > 1)
  .filter((one) => !one.matches(".skip, .banners, dialog"))
  .reduce((sum, one) => sum + one.offsetHeight, 0) / innerHeight"""
_SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture(scope="module")
def states(studio: Studio) -> Iterator[tuple[Studio, dict[str, str]]]:
    """The shared studio as somebody sees it who has one generation in every state; and their ids."""
    people = f"make_member(email='{EMAIL}', role='administrator'); make_member(email='{NEWCOMER}')"
    studio.manage("shell", "-c", f"from tests.people import *; {people}")
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
    for several in ("running", "done", "partial", "held"):
        heights = shown[several].locator(".tile").evaluate_all("all => all.map((one) => one.offsetHeight)")
        assert len(set(heights)) == 1, several
    assert "withheld" in shown["partial"].inner_text().lower()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert barriers(page) == [], scheme
    assert complaints == []


def test_what_is_past_the_first_page_says_as_much_on_its_own(
    page: Page, states: tuple[Studio, dict[str, str]]
) -> None:
    studio, made = states
    complaints = sign_in(page, studio)
    page.set_viewport_size({"width": 320, "height": 568})
    found: list[str] = []
    for name, (headline, action) in SAID_ALONE.items():
        page.goto(f"{studio.url}/generations/{made[name]}/")
        expect(page.locator("[data-headline]")).to_have_text(re.compile(headline))
        expect(page.locator(".batch").locator("a, button", has_text=action).first).to_be_visible()
        found += [f"{name}: {barrier}" for barrier in barriers(page)]
        assert page.evaluate(_OVERFLOW) <= 0, name
        if name == "cancelled by another":
            expect(page.get_by_text("Lin, an administrator, has cancelled this.")).to_be_visible()

    assert (found, complaints) == ([], [])


def test_a_budget_that_is_used_up_is_said_beside_generate_and_the_draft_stays(
    page: Page, states: tuple[Studio, dict[str, str]]
) -> None:
    studio, _made = states
    sign_in(page, studio)
    page.locator("[name=prompt]").fill("worth the money")
    option = page.locator("[name=model] option", has_text=gallery.PENNILESS_MODEL).last

    page.locator("[name=model]").select_option(str(option.get_attribute("value")))

    told = page.locator("#standstill")
    expect(told).to_contain_text("the studio's budget there is used up")
    expect(told).to_contain_text("What you ask for now waits in line, and nothing is lost.")
    expect(page.locator("[name=prompt]")).to_have_value("worth the money")
    assert barriers(page) == []


def test_somebody_new_begins_with_examples_that_fill_the_form(
    page: Page, states: tuple[Studio, dict[str, str]]
) -> None:
    studio, _made = states
    complaints = sign_in(page, replace(studio, email=NEWCOMER))

    expect(page.get_by_role("heading", name="Describe an image to begin")).to_be_visible()
    examples = page.locator(".examples a")
    expect(examples).to_have_count(3)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert barriers(page) == [], scheme
    words = examples.last.inner_text()
    examples.last.click()

    expect(page.locator("[name=prompt]")).to_have_value(words)
    expect(page.locator("[name=prompt]")).to_be_focused()
    assert complaints == []


def test_an_upload_says_how_far_it_is_and_ends_when_it_is_cancelled(
    page: Page, studio: Studio, tmp_path: Path
) -> None:
    complaints = sign_in(page, studio)
    held: list[Route] = []
    page.route("**/references/", lambda route: held.append(route))
    files = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    for file in files:
        file.write_bytes(picture())
    sending = page.locator(".picture--sending")

    page.locator("[name=pictures]").set_input_files(files)
    expect(page.locator("[data-progress]")).to_contain_text(re.compile(r"(Uploading|Checking) 1 of 3"))
    expect(sending.locator("progress")).to_have_count(3)
    assert barriers(page) == []
    page.locator("[name=prompt]").fill("not sent without them")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Wait until the pictures are uploaded, or cancel the upload.")).to_be_visible()
    page.locator("[data-cancel-upload]").click()

    expect(sending).to_have_count(0)
    expect(page.locator("[data-progress]")).to_be_hidden()
    expect(page.locator("[name=pictures]")).to_be_focused()
    expect(page.locator("[name=prompt]")).to_have_value("not sent without them")
    assert (len(held), complaints) == (1, [])
    page.evaluate("localStorage.clear()")


def test_without_a_connection_the_clocks_of_the_tiles_stand_still(
    page: Page, states: tuple[Studio, dict[str, str]]
) -> None:
    studio, made = states
    page.clock.install()
    sign_in(page, studio)
    elapsed = page.locator(f"#batch-{made['running']} .tile time").first
    before = elapsed.inner_text()
    page.clock.run_for(3000)
    expect(elapsed).not_to_have_text(before)

    page.context.set_offline(True)
    # What was asked just before is still answered; from the next question on the page knows.
    page.clock.run_for(6000)
    expect(page.get_by_role("button", name="Reconnect")).to_be_visible()
    told = elapsed.inner_text()
    page.clock.run_for(3000)

    assert elapsed.inner_text() == told
    assert small_targets(page, 24) == []
    page.context.set_offline(False)
    expect(page.get_by_role("button", name="Reconnect")).to_be_hidden()


def test_nothing_moves_while_images_are_made_and_few_requests_come_before_the_first(
    page: Page, studio: Studio
) -> None:
    page.add_init_script(_SHIFTS)
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, studio)
    made = generate(page, "Kites above a beach [[slow:2]]")
    tile = page.locator(f".tile[data-generation-id='{made}']")
    height = tile.evaluate("one => one.offsetHeight")
    expect(tile.locator("[data-image-id]")).to_be_visible(timeout=PATIENCE)

    assert tile.evaluate("one => one.offsetHeight") == height
    assert page.evaluate("window.shifts") <= 0.02
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in ("/", "/history/", "/history/?view=list"):
        asked.clear()
        page.goto(f"{studio.url}{address}")
        expect(page.locator(f"[data-generation-id='{made}'] [data-image-id]").first).to_be_visible()
        first = next(number for number, url in enumerate(asked) if "/media/" in url)
        assert first <= 10, asked[:first]


def test_a_small_phone_shows_all_of_it_and_the_form_is_a_sheet(
    small_phone: Page, states: tuple[Studio, dict[str, str]]
) -> None:
    page, (studio, _made) = small_phone, states
    complaints = sign_in(page, studio)
    sheet = page.locator("[data-sheet]")

    assert page.evaluate(_OVERFLOW) <= 0
    assert page.evaluate(_FIXED) <= 0.25
    assert small_targets(page, 44) == []
    assert barriers(page) == []
    page.locator("[name=prompt]").tap()
    expect(sheet).to_have_attribute("data-sheet", "prompt")
    assert barriers(page) == []
    page.get_by_role("button", name="Options").tap()
    expect(page.locator("[name=model]")).to_be_visible()
    assert sheet.evaluate("one => one.offsetHeight") == 568
    assert barriers(page) == []
    assert small_targets(page, 44) == []
    page.get_by_role("button", name="Close").tap()
    expect(page.get_by_role("button", name="Options")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_have_attribute("data-sheet", "line")
    assert page.evaluate("document.getAnimations().length") == 0  # while jobs run

    for width, height in ((568, 320), (720, 450), (320, 256)):  # on its side, and enlarged two and four times
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(_FIXED) == 0
        assert page.evaluate(_OVERFLOW) <= 0
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
    until_heard(page)  # the page came anew
    page.keyboard.press("j")
    expect(row).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(f"#entry-{made['queued']}")).to_be_focused()

    page.evaluate("() => scrollTo(0, 0)")  # so that the header covers no button by half
    assert barriers(page) == []
    assert complaints == []


def test_the_gallery_has_every_state_that_a_page_can_show() -> None:
    assert {*SAID, *SAID_ALONE, "queued behind"} == set(gallery.STATES)
