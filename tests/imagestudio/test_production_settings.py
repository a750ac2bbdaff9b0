"""The settings as a team runs them, behind a proxy with HTTPS, in a process of their own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.services.processes import ROOT
from tests.tools.run_checks import PRODUCTION

_SAY = """
import json, django
from django.conf import settings
django.setup()
from django.test import Client
client = Client()
print(json.dumps({
    "debug": settings.DEBUG,
    "hosts": settings.ALLOWED_HOSTS,
    "cookies": [
        [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
         settings.SESSION_COOKIE_SAMESITE, settings.SESSION_COOKIE_DOMAIN, settings.SESSION_COOKIE_PATH],
        [settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE, settings.CSRF_COOKIE_HTTPONLY,
         settings.CSRF_COOKIE_SAMESITE, settings.CSRF_COOKIE_DOMAIN, settings.CSRF_COOKIE_PATH],
    ],
    "plain": client.get("/account/login/", headers={"host": "studio.example.com"})["Location"],
    "health": client.get("/healthz", headers={"host": "127.0.0.1"}).status_code,
}))
"""


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    """What a process with production's environment says of itself."""
    return _say(PRODUCTION)


def _outside() -> dict[str, str]:
    """The environment without what the browser's fixture sets for Django in this process."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}


def _say(environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        (sys.executable, "-c", _SAY),
        cwd=ROOT,
        env={**_outside(), "DJANGO_SETTINGS_MODULE": "imagestudio.settings", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_cookies_belong_to_this_host_alone(production: dict[str, Any]) -> None:
    assert production["cookies"] == [
        ["__Host-studio", True, True, "Lax", None, "/"],
        ["__Host-csrftoken", True, True, "Lax", None, "/"],
    ]


def test_plain_http_leads_to_https_but_not_for_the_health_check(production: dict[str, Any]) -> None:
    assert production["debug"] is False
    assert production["plain"] == "https://studio.example.com/account/login/"
    assert production["health"] == 200


def test_further_host_names_come_on_top_of_the_public_one() -> None:
    said = _say(PRODUCTION | {"ALLOWED_HOSTS": "other.example.com"})

    assert set(said["hosts"]) == {
        "studio.example.com",
        "other.example.com",
        "localhost",
        "127.0.0.1",
        "[::1]",
    }
    assert said["health"] == 200


def test_djangos_own_check_of_a_deployment_finds_nothing() -> None:
    done = subprocess.run(
        (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        cwd=ROOT,
        env={**_outside(), **PRODUCTION},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
