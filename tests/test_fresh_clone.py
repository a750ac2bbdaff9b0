"""What a newcomer does: a fresh copy, `make run`, sign in, create an image, find it in the history."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.services.processes import ROOT, Running, free_port, start, wait_for

SECONDS_TO_INSTALL = 400


@pytest.fixture
def clone(short_folder: Path) -> Path:
    """The files git would carry, and nothing that was built from them."""
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    folder = short_folder / "fresh clone"
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def made(clone: Path, short_folder: Path) -> Iterator[Running]:
    """`make run` in the clone, called from elsewhere, without a terminal."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STUDIO_", "DATABASE_", "REDIS_"))
    }
    kept = {
        name: value for name, value in kept.items() if name not in {"SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
    }
    environment = kept | {"HEADLESS": "1", "PORT": str(free_port())}
    make = start(
        "make", ("make", "-C", str(clone), "run"), environment=environment, log=short_folder / "make.log"
    )
    yield make
    make.end()


@pytest.mark.fresh_clone
@pytest.mark.timeout(SECONDS_TO_INSTALL + 120)
def test_a_fresh_clone_makes_an_image_with_two_commands(made: Running, clone: Path, page: Page) -> None:
    wait_for(lambda: "Ctrl-C" in _output(made), "make run", running=[made], seconds=SECONDS_TO_INSTALL)
    address = _found(r"ready: (\S+)/$", _output(made))

    page.goto(f"{address}/account/login/")
    page.fill("[name=login]", _found(r"Administrator: (\S+)", _output(made)))
    page.fill("[name=password]", _found(r"Password: +(\S+)", _output(made)))
    page.press("[name=password]", "Enter")
    page.fill("[name=prompt]", "a lighthouse in the morning")
    page.locator("form:has([name=prompt]) button[type=submit]").first.click()
    expect(page.locator("[data-image-id] img, img[data-image-id]").first).to_be_visible(timeout=30_000)
    page.goto(f"{address}/history/")
    expect(page.locator("[data-image-id]")).to_have_count(1)

    made.process.terminate()
    made.process.wait(10)
    wait_for(lambda: _processes_of(clone) == [], "the end of every process", seconds=5)
    made.signal(signal.SIGKILL)


def _output(running: Running) -> str:
    return running.log.read_text(errors="replace")


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, text
    return match[1]


def _processes_of(clone: Path) -> list[str]:
    """Everything that runs a program of the clone's own environment."""
    mark = os.fsencode(clone)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if mark in command:
            found.append(command.decode(errors="replace"))
    return found
