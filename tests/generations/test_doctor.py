"""What `manage.py studio_doctor` says, and with which exit status."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from generations import pauses, samples, workers
from generations.engine import doctor
from generations.execution.worker import Worker
from generations.models import Call, Endpoint
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db

SECRET = "a secret of fifty characters and then some more of them"


@pytest.fixture
def healthy(redis: Redis, settings: Settings, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the doctor looks at, in good order."""
    settings.SECRET_KEY = settings.ENDPOINT_KEY_SECRET = SECRET
    settings.PUBLIC_URL, settings.STUDIO_HOST = "https://studio.example.com", "here"
    samples.record_sample()
    for pool in workers.POOLS:
        worker = Worker(name=f"here:{pool}", host="here")
        monkeypatch.setattr("generations.workers.this_worker", lambda worker=worker: worker)
        workers.give_sign(redis, pool, running_for=1)


def examined() -> tuple[int, dict[str, list[str]], str]:
    """The exit status, the findings' words by state, and all that was printed."""
    out = StringIO()
    status = 0
    try:
        call_command("studio_doctor", "--json", stdout=out)
    except SystemExit as exc:
        status = int(exc.code or 0)
    by_state: dict[str, list[str]] = {"ok": [], "attention": [], "broken": []}
    for finding in json.loads(out.getvalue())["findings"]:
        by_state[finding["state"]].append(finding["words"])
    return status, by_state, out.getvalue()


def test_a_healthy_studio_is_told_in_lines_and_exits_with_0(healthy: None) -> None:
    out = StringIO()

    call_command("studio_doctor", stdout=out)

    assert " 0 broken." in out.getvalue()
    assert "Pool calls: 1 at work, on here." in out.getvalue()
    assert "An object was written, read and deleted" in out.getvalue()


def test_parts_that_are_away_are_named_and_the_exit_status_is_1(
    settings: Settings, tmp_path: Path, db: None
) -> None:
    settings.REDIS_URL = f"redis://:pass-of-nobody@127.0.0.1:9/{0}"
    settings.ENDPOINT_KEY_SECRET = "short-secret"
    (tmp_path / "file").touch()
    settings.SPOOL_ROOT = tmp_path / "file"

    status, found, printed = examined()

    broken = " ".join(found["broken"])
    assert status == 1
    for words in ("ENDPOINT_KEY_SECRET can be guessed", "It cannot be reached", "cannot be written"):
        assert words in broken
    assert "No endpoint is in use." in broken
    assert "pass-of-nobody" not in printed
    assert "short-secret" not in printed


def test_answers_that_belong_to_no_call_are_told(healthy: None, settings: Settings) -> None:
    aside = settings.SPOOL_ROOT / "aside"
    aside.mkdir(parents=True)
    (aside / "0c9ee08e-5a3b-4f6e-9f40-0a8b93bdb1b9.body").touch()

    _, found, _ = examined()

    assert any("1 answers belong to no call" in words for words in found["attention"])


def test_what_is_stuck_is_found(healthy: None, ask: Submit, endpoint: Endpoint) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    ask()
    Call.objects.update(queued_at=long_ago)
    Call.objects.filter(pk=ask().calls.get().pk).update(status="sent", lease_until=long_ago)
    Call.objects.filter(pk=ask().calls.get().pk).update(
        status="received", received_at=long_ago, spool_host="far"
    )
    Call.objects.filter(pk=ask().calls.get().pk).update(status="unknown", settled_at=long_ago)
    pauses.pause(endpoint=endpoint, reason="no_quota")

    status, found, _ = examined()

    assert status == 1
    assert found["broken"] == ["1 calls belong to workers that are gone (lease of 30 s)."]
    told = " ".join(found["attention"])
    for words in ("waited for 1 h", "1 answers lie on far", "no known end", "Test is paused for no_quota"):
        assert words in told


def test_clocks_that_differ_are_told(healthy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "database_now", lambda: timezone.now() + timedelta(seconds=40))

    _, found, _ = examined()

    assert "The clocks of this host and of the database are 40 s apart." in found["attention"]


def test_a_key_that_cannot_be_read_is_broken(healthy: None, endpoint: Endpoint) -> None:
    Endpoint.objects.update(encrypted_key="sealed with another secret")

    _, found, _ = examined()

    assert "It cannot be asked: its stored key cannot be read." in found["broken"]
