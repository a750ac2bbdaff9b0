"""What stands against a prompt, as somebody who writes one in a browser is told."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.pages import barriers, sign_in
from tests.services.studio import Studio

PATIENCE = 30_000  # milliseconds for an answer, on a machine that does other things too
PROMPT = "A harbour in the style of Makoto Shinkai, 2 boats"
INSTEAD = "A harbour bright modern Japanese animation, luminous skies, detailed light, 2 boats"


def test_a_name_is_shown_while_writing_and_exchanged_by_a_button_that_can_be_undone(
    page: Page, studio: Studio
) -> None:
    complaints = sign_in(page, studio)
    prompt, found = page.locator("[name=prompt]"), page.locator("#prompt-check")
    prompt.fill(PROMPT)
    expect(found).to_contain_text("This would not be sent", timeout=PATIENCE)
    expect(page.locator("body > [data-announcer]")).to_contain_text("This would not be sent")
    assert barriers(page) == []

    found.get_by_role("button", name=re.compile("Use these words")).click()

    expect(prompt).to_have_value(INSTEAD)
    expect(found).to_be_hidden(timeout=PATIENCE)
    prompt.press("Control+z")
    expect(prompt).to_have_value(PROMPT)
    assert complaints == []


def test_nothing_is_asked_while_an_input_method_composes(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    page.clock.install()
    page.goto(f"{studio.url}/")
    prompt, address = page.locator("[name=prompt]"), "**/moderation/check/"
    with page.expect_response(address, timeout=PATIENCE):
        prompt.fill("a heron")
        page.clock.run_for(5000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    prompt.evaluate(
        """(area) => {
          area.value = "xin hai cheng";
          area.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
        }"""
    )
    page.clock.run_for(5000)
    assert not [one for one in asked if "/moderation/check/" in one]

    with page.expect_response(address, timeout=PATIENCE):
        prompt.evaluate(
            """(area) => {
              area.value = "新海诚风格的港口";
              area.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
            }"""
        )
        page.clock.run_for(5000)
    expect(page.locator("#prompt-check")).to_contain_text("新海诚风格", timeout=PATIENCE)


def test_check_says_that_nothing_stands_against_it_and_generates_nothing(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    prompt = page.locator("[name=prompt]")
    prompt.fill("A kingfisher that is only looked at")

    page.get_by_role("button", name="Check", exact=True).click()

    expect(page.locator("#prompt-check")).to_contain_text("Nothing stands against it", timeout=PATIENCE)
    expect(prompt).to_have_value("A kingfisher that is only looked at")
    expect(page.locator(".batch", has_text="only looked at")).to_have_count(0)


def test_what_is_stopped_comes_back_filled_in_and_is_sent_once_it_says_something_else(
    page: Page, studio: Studio
) -> None:
    sign_in(page, studio)
    prompt = page.locator("[name=prompt]")
    prompt.fill(PROMPT)
    generate = page.get_by_role("button", name="Generate", exact=True)

    with page.expect_navigation():
        generate.click()

    expect(page.get_by_role("alert")).to_contain_text("Not sent")
    expect(prompt).to_have_value(PROMPT)
    expect(page.locator(".batch", has_text="Makoto Shinkai").first).to_contain_text("None: nothing was sent")
    page.locator("#prompt-check").get_by_role("button", name=re.compile("Use these words")).first.click()
    with page.expect_navigation():
        generate.click()
    expect(page.locator(".batch", has_text="luminous skies").first).to_be_visible()
