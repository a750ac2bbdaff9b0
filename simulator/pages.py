"""Errors that are not the usual object: a proxy's page, a gateway's shrug, a plain string."""

from __future__ import annotations

import json

from simulator.delivery import Outgoing
from simulator.errors import JsonValue
from simulator.faults import Faults

HTML = """<!DOCTYPE html>
<html lang="en-US"><head><title>images.example | {status}: A timeout occurred</title></head>
<body><div id="cf-error-details" class="cf-error-details"><h1>Error {status}</h1>
<p>The host did not answer in time.</p>
<p>Cloudflare Ray ID: <strong>8f0c1d2e3a4b5c6d</strong></p></div></body></html>
"""


def page_of(faults: Faults) -> Outgoing | None:
    """What the faults order in place of an answer. It was executed when its status is 5xx."""
    ordered = {name: faults.number(name) for name in ("html", "unreadable", "silent", "plain-error")}
    for name, number in ordered.items():
        if number is not None:
            return _page(int(number)) if name == "html" else _json(name, int(number))
    return None


def _page(status: int) -> Outgoing:
    body = HTML.format(status=status).encode()
    return Outgoing(status, body, (("content-type", "text/html; charset=UTF-8"),))


def _json(name: str, status: int) -> Outgoing:
    code = "bad_response_status_code"
    bodies: dict[str, dict[str, JsonValue]] = {
        "unreadable": {"error": {"message": "openai_error", "type": code, "param": "", "code": code}},
        "silent": {"error": {"message": "", "type": "shell_api_error", "param": str(status), "code": code}},
        "plain-error": {"error": "Insufficient credits", "required": 12},
    }
    return Outgoing(status, json.dumps(bodies[name]).encode())
