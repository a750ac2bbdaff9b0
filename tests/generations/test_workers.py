"""The signs of life of workers, in a real Redis."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from redis import Redis

from generations import workers
from generations.execution.worker import this_worker


def say(redis: Redis, name: str, *, seconds_ago: float, **fields: Any) -> None:
    """Put what a worker would have said so many seconds ago."""
    seconds, _ = redis.time()
    said = {"pool": "calls", "host": "far", "version": "x", "is_stopping": False, "started": 0.0}
    spool = {"answers": 0, "bytes": 0, "free": 1}
    line = {**said, "last": seconds - seconds_ago, "spool": spool, **fields}
    redis.hset("studio:workers", name, json.dumps(line))


def test_a_worker_says_who_it_is_and_how_its_disk_is(
    redis: Redis, settings: Settings, tmp_path: Path
) -> None:
    settings.SPOOL_ROOT = tmp_path
    (tmp_path / "one.body").write_bytes(b"12345")

    workers.give_sign(redis, "calls", running_for=60)

    (sign,) = workers.signs()
    assert (sign.name, sign.host) == (this_worker().name, settings.STUDIO_HOST)
    assert (sign.spool.answers, sign.spool.bytes) == (1, 5)
    assert sign.last - sign.started == pytest.approx(60)
    assert workers.alive("calls")
    assert not workers.alive("images")


def test_a_silent_worker_is_shown_for_a_while_and_counts_no_more(redis: Redis) -> None:
    say(redis, "gone", seconds_ago=30)
    say(redis, "long gone", seconds_ago=1000)
    assert not workers.alive("calls")

    workers.give_sign(redis, "images", running_for=0)

    assert [sign.name for sign in workers.signs()] == ["gone", this_worker().name]


def test_what_another_release_says_otherwise_is_passed_over(redis: Redis) -> None:
    redis.hset("studio:workers", "odd", "[]")
    say(redis, "older", seconds_ago=0, spool=None)

    assert workers.signs() == ()


def test_without_redis_nobody_is_known_to_be_there(settings: Settings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    assert not workers.alive("calls")


def test_a_worker_that_stops_says_so(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_is_stopping", type(workers._is_stopping)())

    workers._say_that_it_stops()
    workers.give_sign(redis, "calls", running_for=0)

    assert workers.signs()[0].is_stopping
