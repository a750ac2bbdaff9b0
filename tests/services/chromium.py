"""The system's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# The shell is the same engine without the windows, which nobody sees here and which cost most of its time.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
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
