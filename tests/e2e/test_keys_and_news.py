"""Single keys and their switch, input methods, news while one is elsewhere, and days without a connection."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.pages import barriers, generate, sign_in
from tests.fake_endpoint import picture
from tests.services.studio import Studio

PATIENCE = 40_000  # milliseconds for a generation, on a machine that does other things too
_AWAY = """(away) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => away });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
_NOTED = """
  window.noted = [];
  window.Notification = class extends EventTarget {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, options) { super(); window.noted.push([title, options.body]); }
    close() {}
  };"""


@pytest.fixture
def switched(page: Page, studio: Studio) -> Iterator[Page]:
    """Signed in, with the settings open; afterwards they are as they were."""
    sign_in(page, studio)
    page.goto(f"{studio.url}/settings/")
    page.get_by_label("Name", exact=True).fill("Ada")
    yield page
    page.goto(f"{studio.url}/settings/")
    page.get_by_label("Single keys").check()
    page.get_by_label("Notify me").uncheck()
    page.get_by_role("button", name="Save").click()
    page.evaluate("localStorage.clear()")


def test_keys_lead_to_pages_and_are_listed(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    page.wait_for_load_state("networkidle")  # the keys come last

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Write a prompt")
    assert barriers(page) == []
    page.keyboard.press("g")  # the dialog has the keys
    page.keyboard.press("h")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page).to_have_url(f"{studio.url}/history/")
    page.wait_for_function("() => document.readyState === 'complete'")
    page.keyboard.press("c")
    expect(page.locator("[name=prompt]")).to_be_focused()
    page.keyboard.type("g? /c")
    expect(page.locator("[name=prompt]")).to_have_value("g? /c")
    page.locator("h2", has_text="Your results").click()
    page.keyboard.press("/")
    expect(page.locator("#prompt-words")).to_be_focused()

    assert complaints == []
    page.evaluate("localStorage.clear()")


def test_switched_off_no_single_key_does_anything(switched: Page, studio: Studio) -> None:
    switched.get_by_label("Single keys").uncheck()
    switched.get_by_role("button", name="Save").click()
    expect(switched.locator("body")).to_have_attribute("data-single-keys", "off")
    switched.wait_for_load_state("networkidle")

    for key in ("?", "/", "c", "g", "h"):
        switched.keyboard.press(key)

    expect(switched.get_by_role("dialog")).to_have_count(0)
    expect(switched).to_have_url(f"{studio.url}/settings/")


def test_who_asked_for_it_is_told_in_another_tab_that_images_are_ready(
    switched: Page, studio: Studio
) -> None:
    page = switched
    page.add_init_script(_NOTED)
    page.get_by_label("Notify me").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_have_attribute("data-notifies", "")
    page.goto(f"{studio.url}/")
    generate(page, "a lighthouse seen from afar [[slow:3]]")
    expect(page).to_have_title(re.compile(r"^\(\d+\) Create"))

    page.evaluate(_AWAY, True)

    # A hidden page asks every ten seconds.
    page.wait_for_function("() => window.noted.length", timeout=PATIENCE)
    title, body = page.evaluate("window.noted")[0]
    assert title.startswith("1 image")
    assert body.startswith("a lighthouse")
    expect(page).to_have_title(re.compile("^Ready · "))
    page.evaluate(_AWAY, False)
    expect(page).to_have_title(re.compile("^Create"))


def test_composing_a_chinese_prompt_neither_sends_it_nor_triggers_a_key(page: Page, studio: Studio) -> None:
    complaints = sign_in(page, studio)
    prompt = page.locator("[name=prompt]")
    prompt.focus()
    keyboard = page.context.new_cdp_session(page)

    for so_far in ("s", "sh", "shan"):
        keyboard.send("Input.imeSetComposition", {"text": so_far, "selectionStart": 4, "selectionEnd": 4})
        _press_while_composing(page, so_far[-1])
    _press_while_composing(page, "Enter")
    keyboard.send("Input.insertText", {"text": "山间的小屋"})

    expect(prompt).to_have_value("山间的小屋")
    expect(page).to_have_url(f"{studio.url}/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert complaints == []
    page.evaluate("localStorage.clear()")


def _press_while_composing(page: Page, key: str) -> None:
    """What browsers send for a key that an input method has: in the field, and where no field is."""
    page.evaluate(
        """(key) => {
          for (const target of [document.activeElement, document.body]) {
            const init = { key, ctrlKey: key === "Enter", bubbles: true, cancelable: true };
            target.dispatchEvent(new KeyboardEvent("keydown", { ...init, isComposing: true }));
            target.dispatchEvent(new KeyboardEvent("keydown", { ...init, key: "Process", keyCode: 229 }));
          }
          const question = new KeyboardEvent("keydown", { key: "?", isComposing: true, bubbles: true });
          document.body.dispatchEvent(question);
        }""",
        key,
    )


def test_a_lost_connection_and_an_ended_session_are_said_and_the_draft_is_kept(
    browser: Browser, studio: Studio
) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, studio)
    generate(page, "a slow barge [[slow:20]]")
    page.locator("[name=prompt]").fill("what I am writing")

    context.set_offline(True)
    expect(page.get_by_text("Connection lost. Jobs keep running.")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("Connection lost. Jobs keep running.")).to_be_hidden()
    context.clear_cookies(name="studio")
    expect(page.get_by_text("Sign in again; your draft is kept.")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="Sign in").click()
    page.locator("[name=login]").fill(studio.email)
    page.locator("[name=password]").fill(studio.password)
    page.locator("[name=password]").press("Enter")

    expect(page.locator("[name=prompt]")).to_have_value("what I am writing")
    context.close()


def test_a_prompt_survives_a_picture_that_is_taken_from_an_image(
    page: Page, studio: Studio, tmp_path: Path
) -> None:
    complaints = sign_in(page, studio)
    made = generate(page, "a pier at noon")
    image = page.locator(f"[data-generation-id='{made}'] a:has([data-image-id])")
    expect(image).to_be_visible(timeout=PATIENCE)
    page.locator("[name=prompt]").fill("the same pier at night")
    (tmp_path / "mine.png").write_bytes(picture())
    page.locator("[name=pictures]").set_input_files(tmp_path / "mine.png")
    expect(page.locator("[data-picture]")).to_have_count(1)

    page.goto(studio.url + str(image.get_attribute("href")))
    page.get_by_role("button", name="Use as reference").click()

    expect(page.locator("[name=prompt]")).to_have_value("the same pier at night")
    expect(page.locator("[data-picture]")).to_have_count(2)
    expect(page).to_have_url(f"{studio.url}/")
    page.reload()
    expect(page.locator("[data-picture]")).to_have_count(2)
    _paste_over_a_dialog(page)
    expect(page.locator("[data-picture]")).to_have_count(2)
    assert complaints == []
    page.evaluate("localStorage.clear()")


def _paste_over_a_dialog(page: Page) -> None:
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "pasted.png", { type: "image/png" }));
          document.body.insertAdjacentHTML("beforeend", "<dialog open>over the form</dialog>");
          const paste = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: data });
          document.body.lastElementChild.dispatchEvent(paste);
        }"""
    )


def test_the_usual_time_follows_size_and_quality(page: Page, studio: Studio) -> None:
    sign_in(page, studio)
    told = page.locator("#usual-time")
    table = '{" ": "Usually 9 s", "1024x1024 high": "Usually 25 to 40 s"}'
    told.evaluate("(one, table) => { one.dataset.usual = table; }", table)

    page.locator("label", has=page.locator("[name=size][value='1024x1024']")).click()
    expect(told).to_have_text("")
    page.locator("label", has=page.locator("[name=quality][value='high']")).click()

    expect(told).to_have_text("Usually 25 to 40 s")
    page.evaluate("localStorage.clear()")
