"""Keys and passwords are on no page, in no log line and in no exception, whatever goes wrong."""

import os
import traceback
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from team.models import User
from tests.studio_rows import make_rows

KEY = "sk-proj-a&key<of>nobody"
PASSWORD = "p@ss:word/of'nobody"
REDIS = "redis-pass-of-nobody"


@pytest.fixture
def secrets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every secret that the process is given, under the name it has in production."""
    monkeypatch.setenv("IMAGES_API_KEY", KEY)
    monkeypatch.setenv("DATABASE_URL", "postgresql://studio:p%40ss%3Aword%2Fof%27nobody@db/studio")
    settings.REDIS_URL = settings.CELERY_BROKER_URL = f"redis://:{REDIS}@127.0.0.1:1/0"
    settings.EMAIL_HOST_PASSWORD = "mail-pass-of-nobody"
    return [
        KEY,
        "key&lt;of&gt;nobody",
        PASSWORD,
        "word%2Fof%27nobody",
        "word/of&#x27;nobody",
        REDIS,
        "mail-pass-of-nobody",
        settings.SECRET_KEY,
    ]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The history fails inside the database's driver, with the password in the frames' variables."""

    def fail(*args: object) -> None:
        broker = django_settings.REDIS_URL
        with psycopg.connect(host="127.0.0.1", port=1, user="studio", password=PASSWORD):
            raise AssertionError(broker)

    monkeypatch.setattr("generations.views.history.by_day", fail)


def test_the_page_of_a_server_error_says_nothing_of_the_inside(
    secrets: list[str], broken: None, mei: User, caplog: pytest.LogCaptureFixture
) -> None:
    page = _history(mei)

    assert "Connection refused" not in page
    for secret in secrets:
        assert secret not in page
        assert secret not in caplog.text
    assert "Connection refused" in caplog.text


def test_a_developers_error_page_shows_the_inside_but_no_secret(
    secrets: list[str], broken: None, mei: User, settings: Settings
) -> None:
    settings.DEBUG = True
    # What runserver, but not gunicorn, copies into every request from the environment.
    page = _history(mei, environment={"DATABASE_URL": os.environ["DATABASE_URL"], "AWS_ROW": KEY})

    assert "Connection refused" in page
    assert "127.0.0.1" in page
    assert [secret for secret in secrets if secret in page] == []


def test_a_developers_error_page_in_plain_text_shows_no_secret_either(
    secrets: list[str], broken: None, mei: User, settings: Settings
) -> None:
    settings.DEBUG = True
    page = _history(mei, accept="text/plain")

    assert "Connection refused" in page
    assert [secret for secret in secrets if secret in page] == []


def test_no_page_shows_a_secret(secrets: list[str], ada: User, rui: User, mei: User) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada)
    client = Client()
    client.force_login(ada)
    for address in (
        "/",
        "/readyz",
        "/team/",
        "/admin/",
        "/admin/generations/endpoint/",
        f"/admin/generations/endpoint/{rows.endpoint.pk}/change/",
        f"/admin/generations/call/{rows.call.pk}/change/",
    ):
        page = client.get(address).content.decode()
        assert [secret for secret in secrets if secret in page] == [], address


def test_a_connection_tells_nobody_its_key(secrets: list[str], ada: User, rui: User, mei: User) -> None:
    made = make_rows(mei, reviewer=rui, administrator=ada).endpoint.connection()
    assert made.api_key == KEY
    try:
        made.no_such_attribute  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(made) + str(made)
    assert KEY not in told


def test_a_key_is_no_part_of_an_endpoints_address(client: Client, ada: User) -> None:
    client.force_login(ada)
    form = {
        "name": "With a key",
        "base_url": f"https://studio:{urlsplit('//' + REDIS).netloc}@api.example.com/v1",
        "key_variable": "SECRET_KEY",
        "deadline_seconds": 60,
        "calls_at_once": 1,
        "calls_per_minute": 0,
        "partial_images": 0,
        "models-TOTAL_FORMS": 0,
        "models-INITIAL_FORMS": 0,
    }

    errors = client.post("/admin/generations/endpoint/add/", form).context["adminform"].form.errors

    assert set(errors) == {"base_url", "key_variable"}


def _history(member: User, *, accept: str = "text/html", environment: dict[str, Any] | None = None) -> str:
    client = Client(raise_request_exception=False, **(environment or {}))
    client.force_login(member)
    answer = client.get("/history/", headers={"accept": accept})
    assert answer.status_code == 500
    return answer.content.decode()
