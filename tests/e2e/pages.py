"""What the browser tests do on every page: sign in, submit, and let axe look for barriers."""

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.services.chromium import until_heard
from tests.services.studio import Studio

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


def sign_in(page: Page, studio: Studio) -> list[str]:
    """Sign in as the administrator; return the list to which complaints of the console are added."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", listen)
    page.goto(f"{studio.url}/account/login/")
    page.locator("[name=login]").fill(studio.email)
    page.locator("[name=password]").fill(studio.password)
    page.locator("[name=password]").press("Enter")
    expect(page).to_have_url(f"{studio.url}/")
    until_heard(page)
    return complaints


def generate(page: Page, prompt: str) -> str:
    """Write a prompt, press Generate, and return the id of the generation that appears."""
    page.locator("[name=prompt]").fill(prompt)
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^(Generate|生成)$")).click()
    until_heard(page)
    batch = page.locator(".batch", has_text=re.sub(r"\s*\[\[.*", "", prompt)).first
    expect(batch).to_be_visible()
    return str(batch.get_attribute("data-generation-id"))


# What is pressed, and how large it is: a field with its label, for either takes the press. A link within a
# sentence is as high as its line (WCAG 2.5.8 exempts it); what is hidden until it is focused is no target.
_SMALL = """(least) => {
  const box = (one) => one.getBoundingClientRect();
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && box(one).width > 1;
  const isWords = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
  const inSentence = (one) => getComputedStyle(one).display === "inline"
    && [...one.parentElement.childNodes].some(isWords);
  const size = (one) => {
    const boxes = [one, ...(one.labels ?? [])].map(box);
    const all = (side) => boxes.map((one) => one[side]);
    return [["left", "right"], ["top", "bottom"]].map(([a, b]) => Math.max(...all(b)) - Math.min(...all(a)));
  };
  return [...document.querySelectorAll("a[href], button, summary, select, textarea, input, [role=button]")]
    .filter((one) => isSeen(one) && !one.disabled && !inSentence(one))
    .filter((one) => !one.closest(".skip, .visually-hidden, [inert]"))
    .map((one) => [one.outerHTML.slice(0, 140), ...size(one)])
    .filter(([, width, height]) => width < least - 0.5 || height < least - 0.5)
    .map(([html, width, height]) => `${Math.round(width)} x ${Math.round(height)}: ${html}`);
}"""


def small_targets(page: Page, least: int) -> list[str]:
    """Return what can be pressed on the page and is narrower or lower than so many CSS pixels."""
    found: list[str] = page.evaluate(_SMALL, least)
    return found


# What turns for ever says nothing about colours; everything else is on its way to them.
_SETTLED = """() => Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))"""


def settle(page: Page) -> None:
    """Wait until the colours of the page have stopped changing."""
    page.evaluate(_SETTLED)


def barriers(page: Page) -> list[str]:
    """Return what axe finds on the page once its colours have stopped changing."""
    settle(page)
    found: list[dict[str, Any]] = Axe().run(page, options=_RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
