"""Work is found without a bell, swept one at a time, and never begun twice."""

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from django.db import connection, connections
from django.utils import timezone

from generations import execution, lookout, tasks
from generations.execution import worker
from generations.execution.alone import _on_one_machine, alone
from generations.models import Call, CallStatus, Generation, GenerationStatus
from tests.fake_endpoint import FakeEndpoint
from tests.generations.conftest import Submit
from tests.services.processes import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def as_many_hands_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test says of the hands of this process is over with the test."""
    monkeypatch.setattr(worker, "_most", worker._most)


def look(*, at_once: int = 4) -> None:
    """Take one look, and wait for what it has started."""
    lookout.take_calls(tasks.call_next, at_once=at_once, ring=tasks.ring)
    for thread in threading.enumerate():
        if thread.name == "unrung":
            thread.join()


@pytest.fixture
def redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "_broker_answers", lambda: False)
    monkeypatch.setattr(tasks, "_send", lambda *_, **__: False)


@pytest.mark.django_db(transaction=True)
def test_without_redis_what_waits_is_taken_and_settled(
    ask: Submit, wire: FakeEndpoint, redis_is_away: None
) -> None:
    generations = [ask() for _ in range(3)]

    look()
    lookout.settle_answers()

    done = Generation.objects.filter(pk__in=[one.pk for one in generations])
    assert [one.status for one in done] == [GenerationStatus.SUCCEEDED] * 3
    assert len(wire.asked) == 3


@pytest.mark.django_db(transaction=True)
def test_no_more_threads_work_than_the_pool_has(ask: Submit, redis_is_away: None) -> None:
    ask()

    with worker.free_hand():
        look(at_once=1)
        assert Call.objects.get().status == CallStatus.QUEUED
        look(at_once=2)
    assert Call.objects.get().status == CallStatus.RECEIVED


def test_a_bell_finds_no_free_hand_while_what_was_found_without_one_fills_them(
    ask: Submit, wire: FakeEndpoint
) -> None:
    ask()
    execution.take_at_most(1)

    with worker.free_hand():
        assert execution.execute_next() is None
    assert wire.asked == []

    assert execution.execute_next() is not None
    assert execution.free_hands(1) == 1


@pytest.mark.django_db(transaction=True)
def test_who_took_a_call_without_a_bell_rings_for_the_next(
    ask: Submit, redis: "redis_client.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    monkeypatch.setattr(lookout, "_last_bell", time.monotonic() - lookout.DEAF_AFTER - 1)
    rung: list[int] = []
    monkeypatch.setattr(tasks, "ring", lambda: rung.append(1))

    look(at_once=1)

    assert rung == [1]


def test_while_bells_are_heard_nobody_looks(ask: Submit, redis: "redis_client.Redis") -> None:
    ask()
    lookout.heard()

    look()

    assert Call.objects.get().status == CallStatus.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_hears_no_bell_although_redis_is_there_looks_by_itself(
    ask: Submit, redis: "redis_client.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    monkeypatch.setattr(lookout, "_last_bell", time.monotonic() - lookout.DEAF_AFTER - 1)

    look()

    assert Call.objects.get().status == CallStatus.RECEIVED


def test_a_worker_that_is_being_stopped_looks_for_nothing(
    ask: Submit, redis_is_away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    stopping = threading.Event()
    stopping.set()
    monkeypatch.setattr(worker, "_is_stopping", stopping)

    look()

    assert Call.objects.get().status == CallStatus.QUEUED


def test_an_answer_that_lies_for_long_is_settled_also_when_its_bell_was_lost(
    ask: Submit, redis: "redis_client.Redis"
) -> None:
    generation = ask()
    execution.execute_next()
    lookout.settle_answers()
    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.RUNNING
    Call.objects.update(received_at=timezone.now() - 2 * lookout.OVERDUE)

    lookout.settle_answers()

    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_one_process_sweeps_at_a_time(ask: Submit) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with alone():
            held.set()
            done.wait(30)
        connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    try:
        held.wait(30)
        with alone() as is_mine:
            assert not is_mine
    finally:
        done.set()
        other.join()
    with alone() as is_mine:
        assert is_mine


def test_a_child_that_is_forked_during_a_sweep_does_not_keep_the_others_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "studio.sqlite3"))
    inherited: list[int] = []

    def lock_as_a_child_sees_it(file: Any, operation: int) -> None:
        flock(file, operation)
        if operation & fcntl.LOCK_EX:
            inherited.append(os.dup(file.fileno()))

    flock = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", lock_as_a_child_sees_it)
    try:
        with _on_one_machine() as is_mine:
            assert is_mine
        with _on_one_machine() as is_mine:
            assert is_mine
    finally:
        for descriptor in inherited:
            os.close(descriptor)


def test_a_look_that_fails_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "EVERY", 0.01)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    looks: list[int] = []

    def fail_first() -> Any:
        looks.append(1)
        if len(looks) == 1:
            raise RuntimeError
        if len(looks) > 2:
            enough.wait()

    enough = threading.Event()
    lookout.keep(fail_first, name="test")

    wait_for(lambda: len(looks) > 2, "the third look")
    enough.set()
