"""The system's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

# The shell is the same engine without the windows, which nobody sees here and which cost most of its time.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)

# Whether the page has scripts of ours, in a browser that runs any.
_HAS_SCRIPTS = (
    "matchMedia('(scripting: enabled)').matches && !!document.querySelector('script[src*=\"js/studio\"]')"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    assert program, f"No Chromium on PATH ({', '.join(_NAMES)}); `make test` installs it where it can."
    # Nothing of the browser's own may go out: neither updates nor its reports.
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


def until_heard(page: Page) -> None:
    """Wait for the scripts of a page that was opened: a key or a click before that is heard by nobody."""
    page.wait_for_load_state("domcontentloaded")
    if page.evaluate(_HAS_SCRIPTS):
        page.locator("html[data-ready]").wait_for(state="attached")


def hear_first(patch: pytest.MonkeyPatch) -> None:
    """Let every visit of a page end when its scripts are there."""
    for name in ("goto", "reload"):
        patch.setattr(Page, name, _then_heard(getattr(Page, name)))


def _then_heard(visit: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(visit)
    def heard(page: Page, *arguments: Any, **options: Any) -> Any:
        answer = visit(page, *arguments, **options)
        until_heard(page)
        return answer

    return heard
