"""The studio as people use it, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.services.studio import Studio

PATIENCE = 40_000  # milliseconds for a generation, on a machine that does other things too


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN", color_scheme="dark"
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def filled_studio(browser: Browser, studio: Studio) -> Studio:
    """The shared studio with something that succeeded, was withheld in part, and got lost."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, studio)
    for prompt in ("A red barn", "Three cats by David Hockney", "A lost letter [[drop]]"):
        generate(page, prompt)
    page.wait_for_function("() => !document.querySelector('[data-live]')", timeout=PATIENCE)
    context.close()
    return studio


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_prompt_becomes_an_image_by_itself_and_is_in_the_history(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)

    generation = generate(page, "A kingfisher above a quiet river")
    image = page.locator(f"[data-generation-id='{generation}'] [data-image-id]").first
    expect(image).to_be_visible(timeout=PATIENCE)
    page.goto(f"{studio.url}/history/")

    in_history = page.locator(f"[data-generation-id='{generation}'] [data-image-id]").first
    expect(in_history).to_be_visible()
    assert in_history.evaluate("image => image.decode().then(() => image.naturalWidth)") in (320, 640)
    assert complaints == []


def test_an_image_page_shows_the_original_and_offers_it_for_download(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    generation = generate(page, "A stone bridge in autumn")
    thumbnail = page.locator(f"[data-generation-id='{generation}'] [data-image-id]").first
    expect(thumbnail).to_be_visible(timeout=PATIENCE)

    thumbnail.click()
    expect(page).to_have_url(re.compile("/images/"))
    with page.expect_download() as download:
        page.locator("a[href*='download']").first.click()

    assert download.value.suggested_filename.endswith(".png")


def test_a_living_artists_name_is_explained_and_the_prompt_comes_back_for_editing(
    page: Page, studio: Studio
) -> None:
    sign_in(page, studio)

    generation = generate(page, "A forest spirit by David Hockney")
    batch = page.locator(f".batch[data-generation-id='{generation}'][data-status=blocked]")
    expect(batch).to_be_visible(timeout=PATIENCE)

    expect(batch).to_contain_text("safety system stopped this")
    expect(batch).to_contain_text("Describe the style instead of naming a living artist")
    batch.get_by_role("link", name="Edit prompt").click()
    expect(page.locator("[name=prompt]")).to_have_value("A forest spirit by David Hockney")


def test_the_keyboard_submits_and_a_double_press_asks_once(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    prompt = page.locator("[name=prompt]")
    prompt.fill("Two quick presses")

    with page.expect_navigation():
        prompt.press("Control+Enter")
        prompt.press("Control+Enter", no_wait_after=True)

    expect(page.locator(".batch", has_text="Two quick presses")).to_have_count(1)


def test_the_options_follow_the_model(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    page.locator("[name=prompt]").fill("Not lost by choosing")
    expect(page.locator("[name=size][value='1792x1024']")).to_have_count(0)

    page.locator("[name=model]").select_option("dall-e-3")

    expect(page.locator("[name=size][value='1792x1024']")).to_have_count(1)
    expect(page.locator("[name=background]")).to_have_count(0)
    expect(page.locator("[name=prompt]")).to_have_value("Not lost by choosing")


def test_a_draft_survives_a_reload(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    page.locator("[name=prompt]").fill("Not finished yet")

    page.reload()

    expect(page.locator("[name=prompt]")).to_have_value("Not finished yet")


def test_a_draft_for_another_model_comes_back_with_that_models_options(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    page.locator("[name=prompt]").fill("Wide and unfinished")
    page.locator("[name=model]").select_option("dall-e-3")
    wide = page.locator("[name=size][value='1792x1024']")
    page.locator("label", has=wide).click()

    page.reload()

    expect(page.locator("[name=model]")).to_have_value("dall-e-3")
    expect(wide).to_be_checked()


def test_an_error_stands_at_its_field_and_keeps_what_was_written(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    page.locator("[name=prompt]").fill("Eleven owls")
    page.locator("[name=n]").evaluate("field => { field.value = '11'; }")

    page.get_by_role("button", name="Generate").click()

    expect(page.locator("[name=n]")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Ask for at most 10 images at once.").first).to_be_visible()
    expect(page.locator("[name=prompt]")).to_have_value("Eleven owls")


def test_everything_works_without_scripts(without_scripts: Page, studio: Studio) -> None:
    page = without_scripts
    sign_in(page, studio)

    generation = generate(page, "A letter on a table")
    for _ in range(40):
        page.reload()
        if page.locator(f"[data-generation-id='{generation}'] [data-image-id]").count():
            break
        page.wait_for_timeout(500)
    page.locator(f"[data-generation-id='{generation}'] a:has([data-image-id])").first.click()

    expect(page.locator("[data-image-id]").first).to_be_visible()


def test_the_studio_speaks_chinese_to_a_chinese_browser(phone: Page, studio: Studio) -> None:
    sign_in(phone, studio)

    expect(phone.locator("html")).to_have_attribute("lang", re.compile("zh", re.IGNORECASE))
    expect(phone.get_by_role("button", name="生成", exact=True)).to_be_visible()
    generation = generate(phone, "山间的小屋，清晨的雾")
    phone.goto(f"{studio.url}/history/")
    expect(phone.locator(f"[data-generation-id='{generation}']").first).to_contain_text("山间的小屋")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_no_page_has_barriers_or_breaks_the_policy(
    browser: Browser, filled_studio: Studio, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{filled_studio.url}/account/login/")
    found = [f"login {barrier}" for barrier in barriers(page)]
    complaints = sign_in(page, filled_studio)

    for address in _addresses(page, filled_studio):
        page.goto(filled_studio.url + address)
        found += [f"{address} {barrier}" for barrier in barriers(page)]
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{address} is {overflow} px too wide"] if overflow > 0 else []

    context.close()
    assert found == []
    assert complaints == []


def _addresses(page: Page, studio: Studio) -> list[str]:
    """One address of every page, those of things included."""
    page.goto(f"{studio.url}/history/")
    first = [
        str(page.locator(f"a[href^='/{kind}/']").first.get_attribute("href"))
        for kind in ("images", "generations")
    ]
    page.goto(f"{studio.url}/review/?state=all")
    links = [str(link.get_attribute("href")) for link in page.locator("a[href^='/review/']").all()]
    numbered = [link for link in links if re.match(r"/review/\d+/", link)][:1]
    return [
        "/",
        "/history/",
        "/review/",
        "/team/",
        "/endpoints/",
        "/endpoints/add/",
        "/endpoints/1/",
        "/settings/",
        "/account/password/change/",
        *first,
        *numbered,
    ]
