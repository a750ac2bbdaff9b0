"""A mask is painted in the browser, by hand and by keys alone."""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.fake_endpoint import picture
from tests.services.studio import Studio

EDITOR = ".mask-editor[data-ready]"


def add_picture(page: Page, file: Path) -> None:
    file.write_bytes(picture(size=(640, 480)))
    page.locator("[name=pictures]").set_input_files(file)
    expect(page.locator("[data-picture]")).to_have_count(1)
    page.locator(".pictures-more > summary").click()


def paste_picture(page: Page) -> int:
    """Paste a picture where the focus is; return how many the form has then."""
    page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File(["x"], "x.png", { type: "image/png" }));
          const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          document.activeElement.dispatchEvent(paste);
        }"""
    )
    expect(page.locator("[data-progress]")).to_be_hidden()
    return page.locator("[data-picture]").count()


def clear_part(page: Page) -> tuple[int, int, int, int] | None:
    """Return the box of the mask on the form that is clear, in pixels."""
    address = page.locator(".mask .picture-shown").evaluate("link => link.href")
    with Image.open(io.BytesIO(page.request.get(address).body())) as mask:
        assert mask.size == (640, 480)
        return mask.getchannel("A").point(lambda alpha: 255 - alpha).getbbox()


def test_a_mask_is_painted_by_keys_alone(page: Page, studio: Studio, tmp_path: Path) -> None:
    complaints = sign_in(page, studio)
    expect(page.locator("[data-paint]")).to_be_disabled()
    add_picture(page, tmp_path / "a.png")
    page.get_by_role("button", name="Paint a mask").press("Enter")
    expect(page.locator(EDITOR)).to_be_visible()
    assert barriers(page) == []

    page.keyboard.press("Escape")
    expect(page.locator(EDITOR)).to_have_count(0)
    expect(page.get_by_role("button", name="Paint a mask")).to_be_focused()
    page.get_by_role("button", name="Paint a mask").press("Enter")
    expect(page.locator("[data-mask-stage]")).to_be_focused()
    for key in [
        "u",
        "Enter",
        "ArrowLeft",
        "Shift+ArrowDown",
        "Enter",
        "Escape",
        "b",
        "]",
        "ArrowRight",
        "Enter",
    ]:
        page.keyboard.press(key)
    page.keyboard.press("Control+z")
    expect(page.locator("[data-mask-status]")).to_have_text("About 12 % of the picture may change.")
    assert paste_picture(page) == 1
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(EDITOR)).to_have_count(0)
    page.get_by_role("button", name="Paint a mask").press("Enter")
    expect(page.locator(EDITOR)).to_be_visible()
    page.get_by_role("button", name="Done").press("Enter")

    expect(page.locator(".mask img")).to_be_visible()
    left, top, right, bottom = clear_part(page) or (0, 0, 0, 0)
    assert 213 <= right - left <= 215 and top == 160  # a third of the picture, moved to whole pixels
    assert left < 213 and bottom > 320  # to the left, and larger below
    assert complaints == []
    page.evaluate("localStorage.clear()")


def test_a_mask_is_painted_by_hand_and_painted_on(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    generate(page, "a quay at noon")
    page.locator(".batch", has_text="a quay").locator("a:has([data-image-id])").first.click()
    page.get_by_role("button", name="Edit with mask").click()
    expect(page.locator(EDITOR)).to_be_visible()

    page.mouse.move(640, 300)
    page.mouse.down()
    page.mouse.move(700, 340, steps=4)
    page.mouse.up()
    expect(page.locator("[data-mask-undo]")).to_have_attribute("aria-disabled", "false")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".mask img")).to_be_visible()
    painted = page.locator("[name=mask]").get_attribute("value")

    page.get_by_role("button", name="Paint a mask").click()
    page.get_by_role("button", name="Invert").click()
    page.get_by_role("button", name="Invert").click()
    with page.expect_response(lambda answer: answer.url.endswith("/references/")):
        page.get_by_role("button", name="Done").click()
    expect(page.locator("[data-progress]")).to_be_hidden()
    assert page.locator("[name=mask]").get_attribute("value") == painted
    assert complaints == []
    page.evaluate("localStorage.clear()")
