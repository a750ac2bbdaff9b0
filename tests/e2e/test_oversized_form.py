"""What a member sees of a form that is too large to be read."""

from playwright.sync_api import Page, expect

from tests.e2e.pages import sign_in
from tests.services.studio import Studio


def test_a_form_that_is_too_large_is_told_so_and_its_draft_is_kept(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    prompt = "猫" * 2_000_000  # each character is three bytes in a form
    # As pasted: typing so much takes the browser minutes.
    page.locator("textarea[name=prompt]").evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', {bubbles: true})); }", prompt
    )

    page.locator("form[data-draft]").evaluate("form => form.requestSubmit()")

    expect(page.get_by_role("heading", level=1)).to_have_text("This is too large")
    page.get_by_role("link", name="Go to Create").click()
    expect(page.locator("textarea[name=prompt]")).to_have_value(prompt)
    assert [line for line in complaints if "413" not in line] == []
    page.evaluate("localStorage.clear()")
