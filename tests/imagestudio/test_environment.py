"""A wrong variable is named in one sentence."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagestudio import environment
from imagestudio.broker import celery_broker_url


@pytest.mark.parametrize(("written", "meant"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_a_flag_reads_as_people_write_it(monkeypatch: pytest.MonkeyPatch, written: str, meant: bool) -> None:
    monkeypatch.setenv("DEBUG", written)

    assert environment.flag("DEBUG") is meant


def test_a_wrong_flag_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "perhaps")

    with pytest.raises(ImproperlyConfigured, match=r"DEBUG must be 1 or 0, not 'perhaps'"):
        environment.flag("DEBUG")


@pytest.mark.parametrize("written", ["many", "0", "-3", "1.5"])
def test_a_wrong_number_names_its_variable(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("CALL_LEASE_SECONDS", written)

    with pytest.raises(ImproperlyConfigured, match="CALL_LEASE_SECONDS"):
        environment.whole_number("CALL_LEASE_SECONDS", 30, least=2)


def test_a_missing_variable_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")

    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY is not set\. Make one\."):
        environment.required("SECRET_KEY", hint="Make one.")


def test_a_relative_folder_starts_at_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STUDIO_VAR", "elsewhere")

    assert environment.folder("STUDIO_VAR", Path("var"), base=tmp_path) == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    "written", ["studio.example.com", "ftp://studio.example.com", "https://a.example/path"]
)
def test_an_origin_is_a_scheme_and_a_host(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("PUBLIC_URL", written)

    with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL"):
        environment.origin("PUBLIC_URL")


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("redis://:secret@redis:6379/2", "redis://:secret@redis:6379/2"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
    ],
)
def test_one_redis_address_serves_the_broker_too(redis_url: str, broker_url: str) -> None:
    assert celery_broker_url(redis_url) == broker_url
