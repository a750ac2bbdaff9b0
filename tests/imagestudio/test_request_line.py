"""The longest address that the web server takes, as the studio and its container start it."""

import json
import re
import sys
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.http import get_parser

from imagestudio.embedded.options import ROOT, read_options
from imagestudio.embedded.parts import parts


def embedded() -> list[str]:
    options = read_options({"STUDIO_VAR": "/nowhere"})
    command = parts(options, {"STUDIO_HOST": "local"})[0].command
    return list(command[command.index("gunicorn") :])


def container() -> list[str]:
    found = re.findall(r"^CMD (\[.*\])", (ROOT / "Dockerfile").read_text().replace("\\\n", " "), re.MULTILINE)
    command: list[str] = json.loads(found[-1])
    return command


@pytest.mark.parametrize("started", [embedded, container])
def test_a_search_of_four_hundred_characters_fits_into_the_address_with_many_filters(
    started: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", started())
    configured = WSGIApplication().cfg
    filters = {"q": "猫" * 400, "tag": [*range(100_000, 100_100)], "category": ["风格" * 40] * 3}
    address = f"/history/?{urlencode(filters, doseq=True)}"
    request = f"GET {address} HTTP/1.1\r\nHost: studio\r\n\r\n".encode()

    taken = next(get_parser(configured, iter([request]), ("127.0.0.1", 1)))

    assert len(address) > 6_000
    assert taken.uri == address
