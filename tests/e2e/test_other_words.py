"""Other words for a refused prompt, from the button to the form, and the pages about policy and strikes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.services.studio import Studio

PATIENCE = 60_000  # milliseconds for an image and for other words, on a machine that does other things too
REFUSED = {"en": "A naked figure on a quiet pier at dawn", "zh-CN": "清晨的码头上一个裸体的人，油画"}
# Of the policy only this: everything else would hold for all tests that share the studio.
_POLICY = (
    "from generations.models import Endpoint, ModerationPolicy as P;"
    "e = Endpoint.objects.filter(is_simulator=True).first();"
    "P.objects.update_or_create(pk=1, defaults={'rewrite_endpoint': e, 'rewrite_model': 'gpt-4o-mini'})"
)


@pytest.fixture(params=["en", "zh-CN"])
def reader(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, str]]:
    """A page in one of the languages, and the language."""
    context = browser.new_context(locale=request.param, reduced_motion="reduce")
    yield context.new_page(), request.param
    context.close()


def test_other_words_are_proposed_on_asking_shown_as_a_diff_and_taken_into_the_form(
    reader: tuple[Page, str], studio: Studio
) -> None:
    page, language = reader
    studio.manage("shell", "-c", _POLICY)
    complaints = sign_in(page, studio)
    made = generate(page, REFUSED[language])
    ask = page.locator(f"[data-generation-id='{made}'] form[action$='/rewrite/'] button")
    expect(ask).to_be_visible(timeout=PATIENCE)

    ask.click()

    use = page.locator("#rewrite a[href*='rewrite=']")
    expect(use).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#rewrite del")).not_to_have_count(0)
    assert barriers(page) == []
    use.click()
    expect(page.locator("[name=prompt]")).not_to_have_value("")
    expect(page.locator("[name=prompt]")).not_to_have_value(REFUSED[language])
    assert complaints == []


def test_policy_and_strikes_have_no_barriers_and_fit_a_small_phone(
    reader: tuple[Page, str], studio: Studio
) -> None:
    page, _language = reader
    complaints = sign_in(page, studio)
    for where in ("/moderation/policy/", "/moderation/mine/"):
        page.goto(studio.url + where)
        for fold in page.locator("main details > summary").all():
            fold.click()
        assert barriers(page) == []
        page.emulate_media(color_scheme="dark")
        assert barriers(page) == []
        page.set_viewport_size({"width": 320, "height": 568})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")
    assert complaints == []
