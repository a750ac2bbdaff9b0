"""What several browser tests share: two members with a filled history, each in a language of their own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.services.studio import Studio


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
