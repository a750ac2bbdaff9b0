"""A member who uses the studio over HTTP, without a browser: signs in, submits, looks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.services.processes import wait_for
from tests.services.studio import Studio

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_SUBMISSION = re.compile(r'name="submit_token" value="([^"]+)"')
_GENERATION = re.compile(r'data-generation-id="([0-9a-f-]{36})" data-status="([a-z]+)"')


@dataclass(slots=True)
class Visitor:
    """Somebody who is signed in."""

    http: httpx.Client
    studio: Studio

    def ask(self, prompt: str, **fields: object) -> str:
        """Fill in the form as a page shows it, and return the new generation's id."""
        page = self.http.get("/").text
        known = {pk for pk, _ in _GENERATION.findall(page)}
        submission = _first(_SUBMISSION, page)
        form = {"prompt": prompt, "model": "gpt-image-2", "n": "1", "submit_token": submission} | fields
        answer = self.http.post("/", data={**form, "csrfmiddlewaretoken": _first(_TOKEN, page)})
        assert answer.status_code == 302, answer.text[:2000]
        made = [pk for pk, _ in _GENERATION.findall(self.http.get("/").text) if pk not in known]
        return str(made[0])

    def status(self, generation: str) -> str:
        """Return the status that the generation's page shows."""
        found = dict(_GENERATION.findall(self.http.get(f"/generations/{generation}/").text))
        return str(found[generation])

    def wait_for_status(self, generation: str, *wanted: str, seconds: float = 40) -> str:
        """Return the status once it is one of the wanted."""
        running = list(self.studio.running.values())
        alive = [one for one in running if one.is_alive]
        wait_for(
            lambda: self.status(generation) in wanted, f"status {wanted}", running=alive, seconds=seconds
        )
        return self.status(generation)


@contextmanager
def visitor(studio: Studio) -> Iterator[Visitor]:
    """Sign in as the studio's administrator."""
    with httpx.Client(base_url=studio.url, timeout=20) as http:
        page = http.get("/account/login/").text
        form = {
            "csrfmiddlewaretoken": _first(_TOKEN, page),
            "login": studio.email,
            "password": studio.password,
        }
        answer = http.post("/account/login/", data=form)
        assert answer.status_code == 302, answer.text[:2000]
        yield Visitor(http, studio)


def _first(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    assert found is not None, page[:3000]
    return found[1]
