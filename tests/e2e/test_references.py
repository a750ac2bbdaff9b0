"""Pictures are added, put in order and used in the browser."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.fake_endpoint import picture
from tests.services.studio import Studio


def test_pictures_are_added_put_in_order_and_kept_in_the_draft(
    page: Page, studio: Studio, tmp_path: Path
) -> None:
    complaints = sign_in(page, studio)
    for name, color in (("a.png", "red"), ("b.png", "blue")):
        (tmp_path / name).write_bytes(picture(color=color))
    (tmp_path / "c.png").write_bytes(picture(kind="GIF"))
    chosen = page.locator("[data-picture] img")

    page.locator("[name=pictures]").set_input_files([tmp_path / name for name in ("a.png", "c.png", "b.png")])
    expect(chosen).to_have_count(2)
    expect(page.locator("[data-progress]")).to_be_hidden()
    expect(page.get_by_text("models take no GIF files")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Move b.png forward").press("Enter")
    page.reload()

    expect(chosen).to_have_count(2)
    assert [one.get_attribute("alt") for one in chosen.all()] == ["b.png", "a.png"]
    page.get_by_role("button", name="Remove a.png").click()
    page.locator("[name=model]").select_option("dall-e-3")
    expect(page.locator("#pictures-note")).to_contain_text("dall-e-3 takes no reference images.")
    page.get_by_role("button", name="Remove b.png").click()
    expect(page.locator("#pictures-note p")).to_have_count(0)
    assert complaints == []
    page.evaluate("localStorage.clear()")


def test_an_image_is_changed_by_using_it_as_a_reference(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    generate(page, "a harbour in the morning")
    page.locator(".batch", has_text="a harbour").locator("a:has([data-image-id])").first.click()

    page.get_by_role("button", name="Use as reference").click()
    expect(page.locator("[data-picture]")).to_have_count(1)
    made = generate(page, "the same harbour in snow")

    page.goto(f"{studio.url}/generations/{made}/")
    expect(page.get_by_role("heading", name="Made from")).to_be_visible()
    page.evaluate("localStorage.clear()")
