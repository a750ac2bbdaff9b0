"""What browser tests share: two members with a filled history in a language of their own, and a queue."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.services.studio import Studio

Open = Callable[[str], Page]


@dataclass(frozen=True, slots=True)
class Album:
    """A member of tests/e2e/album.py: ids of images and prompts by name, and addresses of single things."""

    language: str
    url: str
    cookie: Mapping[str, str]
    images: Mapping[str, Sequence[str]]
    prompts: Mapping[str, str]
    names: Mapping[str, str]
    pages: Sequence[str]

    def in_its_language(self, english: str, chinese: str) -> str:
        return english if self.language == "en" else chinese

    def sign_in(self, context: BrowserContext) -> None:
        context.add_cookies([{"name": self.cookie["name"], "value": self.cookie["value"], "url": self.url}])


@pytest.fixture(scope="session")
def albums(studio: Studio) -> dict[str, Album]:
    """Both albums by their language, as rows in the shared studio."""
    command = "import json; from tests.e2e import album; print(json.dumps(album.build()))"
    printed = studio.manage("shell", "-c", command).strip().splitlines()[-1]
    made = json.loads(printed)
    return {language: Album(language, studio.url, **fields) for language, fields in made.items()}


@pytest.fixture(params=["en", "zh-hans"])
def album(request: pytest.FixtureRequest, albums: dict[str, Album]) -> Album:
    return albums[request.param]


@pytest.fixture
def member(browser: Browser, album: Album) -> Iterator[Page]:
    """A page of the album's owner; whatever the console complains of fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    album.sign_in(context)
    page = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


# --- Review ----------------------------------------------------------------------------------------------


def queue_of(studio: Studio, **asked: object) -> dict[str, Any]:
    """Make a queue in the shared studio; what others have made is left out by its author."""
    values = ", ".join(f"{name}={value!r}" for name, value in asked.items())
    command = f"import json; from tests.e2e import reviews; print(json.dumps(reviews.build({values})))"
    made: dict[str, Any] = json.loads(studio.manage("shell", "-c", command).strip().splitlines()[-1])
    return made


def address(studio: Studio, made: dict[str, Any], case: int | None = None, **more: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"member": made["member"], **more}.items())
    return f"{studio.url}/review/{f'{case}/' if case else ''}?{query}"


@pytest.fixture(params=["en", "zh-hans"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(browser: Browser, studio: Studio, made: dict[str, Any]) -> Iterator[Open]:
    """Open pages of the people by name; whatever the console complains of fails the test."""
    contexts, complaints = [], []

    def page_of(person: str) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        cookie = made["cookies"][person]
        context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": studio.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        return page

    yield page_of
    for context in contexts:
        context.close()
    # The answer to a stale form is 409, which the console notes.
    assert [one for one in complaints if "409" not in one] == []
