"""Earlier prompts under the hands, and the team's line beside them, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.services.studio import Studio

pytestmark = pytest.mark.browser


def test_alt_and_arrows_walk_through_earlier_prompts_and_back(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    for words in ("an earlier heron", "a later heron"):
        generate(page, words)
    prompt = page.locator("[name=prompt]")
    prompt.fill("half a sentence")

    prompt.press("Alt+ArrowUp")
    expect(prompt).to_have_value("a later heron")
    prompt.press("Alt+ArrowUp")
    expect(prompt).to_have_value("an earlier heron")
    prompt.press("Alt+ArrowDown")
    prompt.press("Alt+ArrowDown")
    expect(prompt).to_have_value("half a sentence")
    _press_while_composing(page)
    expect(prompt).to_have_value("half a sentence")

    page.locator("[data-earlier] > summary").click()
    expect(page.locator("#prompt-list").get_by_text("a later heron", exact=True)).to_be_visible()
    page.locator("#prompt-words").fill("earlier her")
    expect(page.locator("#prompt-list a")).to_have_count(1)
    assert barriers(page) == []
    page.locator("#prompt-list a").click()
    expect(prompt).to_have_value("an earlier heron")
    assert complaints == []


def test_what_waits_while_everything_is_paused_stands_in_the_queue(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    page.goto(f"{studio.url}/queue/")
    page.get_by_role("button", name="Pause everything").click()
    try:
        page.goto(studio.url)
        key = generate(page, "a crane in the queue")
        page.goto(f"{studio.url}/queue/")
        expect(page.locator(f"#entry-{key}")).to_contain_text("a crane in the queue")
        assert barriers(page) == []
    finally:
        page.goto(f"{studio.url}/queue/")
        page.locator("#queue-now").get_by_role("button", name="Resume: Everything").click()
    page.goto(f"{studio.url}/generations/{key}/")
    expect(page.locator("[data-headline]")).to_have_text(re.compile("1 image"))
    assert complaints == []


def _press_while_composing(page: Page) -> None:
    """What a browser sends for a key that belongs to an input method."""
    page.locator("[name=prompt]").evaluate(
        """area => {
          const key = { key: "ArrowUp", altKey: true, bubbles: true, cancelable: true };
          area.dispatchEvent(new KeyboardEvent("keydown", { ...key, isComposing: true }));
          area.dispatchEvent(new KeyboardEvent("keydown", { ...key, keyCode: 229 }));
        }"""
    )


def test_after_the_usual_time_a_page_says_that_it_takes_longer(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    page.goto(f"{studio.url}/queue/")  # a page whose clock ticks

    page.evaluate(
        """() => {
          const since = new Date(Date.now() - 60000).toISOString();
          document.body.insertAdjacentHTML("beforeend", [30, 3600].map((seconds) =>
            `<p><time data-since="${since}"></time><b>usual ${seconds}</b>
              <i data-late="${seconds}" hidden>late ${seconds}</i></p>`
          ).join(""));
        }"""
    )

    expect(page.get_by_text("late 30", exact=True)).to_be_visible()
    expect(page.get_by_text("usual 30", exact=True)).to_be_hidden()
    expect(page.get_by_text("usual 3600", exact=True)).to_be_visible()
    expect(page.get_by_text("late 3600", exact=True)).to_be_hidden()
