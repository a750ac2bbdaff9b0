"""An image is looked at closely, its neighbours are visited, and two images are compared, by keys."""

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.services.studio import Studio

PATIENCE = 40_000  # milliseconds for a generation, on a machine that does other things too


def two_images(page: Page, studio: Studio, prompt: str) -> None:
    """Make two images and open the first from the history."""
    page.locator("[name=n]").fill("2")
    made = generate(page, prompt)
    images = page.locator(f"[data-generation-id='{made}'] [data-image-id]")
    expect(images).to_have_count(2, timeout=PATIENCE)
    page.goto(f"{studio.url}/history/")
    images.first.click()
    expect(page.locator("[data-stage] img")).to_be_visible()


def test_an_image_opens_over_its_page_is_zoomed_and_closing_leads_back(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    page.emulate_media(reduced_motion="reduce")
    two_images(page, studio, "A kingfisher above a stream")
    shown, first = page.locator("[data-zoom-shown]"), page.url
    viewer = page.get_by_role("dialog")
    expect(viewer.get_by_role("link", name="Close")).to_be_focused()
    assert page.evaluate("document.getAnimations().length") == 0
    assert barriers(page) == []

    page.keyboard.press("+")
    expect(shown).to_have_text(re.compile(r"\d+ %"))
    assert "scale" in str(page.locator("[data-stage] img").get_attribute("style"))
    page.keyboard.press("Escape")
    expect(shown).to_have_text("Fit")
    page.locator("[data-stage] img").dblclick()
    expect(page.locator("[data-stage]")).to_have_attribute("data-zoomed", "")
    page.keyboard.press("0")
    page.keyboard.press("i")
    expect(viewer.get_by_role("link", name="Remix")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(first)
    expect(page.locator(".stage-bar")).to_contain_text("2 of 2")
    second = page.url
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{studio.url}/history/")
    expect(viewer).to_have_count(0)
    expect(page.locator(f"a[href='{second.removeprefix(studio.url)}']")).to_be_focused()

    page.go_forward()
    expect(viewer).to_be_visible()
    page.reload()
    expect(page.locator("main [data-stage] img")).to_be_visible()
    expect(viewer).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(first)
    page.go_back()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert complaints == []
    page.evaluate("localStorage.clear()")


def test_two_images_are_compared_with_the_keyboard(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    two_images(page, studio, "A wren in a hedge")
    page.get_by_role("link", name="Compare").click()
    page.locator(".choices a").first.click()
    second = page.locator("[data-letter='B']")

    page.get_by_role("button", name="Larger").click()
    moved = page.locator(".compare-image img").evaluate_all("all => all.map(one => one.style.transform)")
    assert len(set(moved)) == 1 and "scale" in moved[0]
    page.keyboard.press("0")
    page.get_by_role("radio", name="Side by side").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("slider").press("Home")
    assert second.evaluate("one => getComputedStyle(one).clipPath") == "inset(0px 0px 0px 0%)"
    page.get_by_role("radio", name="Slider").focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_hidden()
    page.keyboard.press(" ")
    expect(second).to_be_visible()
    expect(page.get_by_role("button", name="Show A")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".compare-pair")).to_have_attribute("data-zoomed", "")
    page.evaluate("document.body.dataset.singleKeys = 'off'")
    page.keyboard.press("0")
    expect(page.locator(".compare-pair")).to_have_attribute("data-zoomed", "")

    assert (barriers(page), complaints) == ([], [])
    page.evaluate("localStorage.clear()")


def test_nothing_moves_on_a_phone_when_the_picture_comes(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    made = generate(page, "A lighthouse in the fog")
    image = page.locator(f"[data-generation-id='{made}'] a:has([data-image-id])")
    expect(image).to_have_count(1, timeout=PATIENCE)
    address = f"{studio.url}{image.get_attribute('href')}"
    page.set_viewport_size({"width": 390, "height": 844})
    held: list[Route] = []
    page.route("**/media/**", lambda route: held.append(route))

    page.goto(address, wait_until="domcontentloaded")
    words = page.locator("#viewer-words")
    before = words.bounding_box()
    page.unroute("**/media/**")  # which lets go on what was held
    page.wait_for_function("() => document.querySelector('[data-stage] img').naturalWidth > 0")

    assert held
    assert words.bounding_box() == before


def test_a_smaller_picture_comes_first_and_the_original_when_somebody_looks(
    page: Page, studio: Studio
) -> None:
    sign_in(page, studio)
    made = generate(page, "A heron on one leg")
    image = page.locator(f"[data-generation-id='{made}'] a:has([data-image-id])")
    expect(image).to_have_count(1, timeout=PATIENCE)
    address = f"{studio.url}{image.get_attribute('href')}"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(address, wait_until="networkidle")
    picture = page.locator("[data-stage] img")
    before = picture.bounding_box()
    below = picture.evaluate("one => innerHeight - one.getBoundingClientRect().bottom")
    first = [url for url in asked if url.endswith("/original/")]
    held: list[Route] = []
    page.route("**/original/", lambda route: held.append(route))
    with page.expect_request("**/original/"):
        page.mouse.move(300, 300)
    meanwhile = picture.bounding_box()
    page.unroute("**/original/")
    page.wait_for_function(
        "() => document.querySelector('[data-stage] img').currentSrc.endsWith('/original/')"
    )
    picture.evaluate("one => one.decode()")

    assert held
    assert (first, meanwhile, picture.bounding_box()) == ([], before, before)
    assert below >= 0
