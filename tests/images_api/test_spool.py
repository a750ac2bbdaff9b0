import contextlib
import itertools
import os
import shutil
import uuid
from pathlib import Path
from typing import NamedTuple

import pytest

from generations.images_api import Reason, Spool, SpoolFull
from generations.images_api.spool import Head
from tests.images_api.conftest import CALL

HEAD = Head(status=200, headers={"date": "today"}, request_id="r1", seconds=2.5, received_at=1.0)


def keep(spool: Spool, call_id: str = CALL, body: bytes = b"{}") -> None:
    spool.reserve(len(body))
    with spool.incoming(call_id) as incoming:
        incoming.write(body)
        incoming.keep(HEAD)


def test_what_is_kept_is_there_for_the_next_process(tmp_path: Path) -> None:
    keep(Spool(tmp_path))
    delivery = Spool(tmp_path).load(CALL)
    assert delivery is not None
    assert (delivery.status, delivery.request_id, delivery.seconds) == (200, "r1", 2.5)
    assert (delivery.headers, delivery.body.read_bytes(), delivery.body_bytes) == (
        {"date": "today"},
        b"{}",
        2,
    )


def test_an_answer_that_is_still_arriving_is_none(spool: Spool) -> None:
    spool.reserve(2)
    with spool.incoming(CALL) as incoming:
        incoming.write(b"{")
        assert spool.load(CALL) is None
        assert list(spool.call_ids()) == []


@pytest.mark.parametrize("lost", ["head", "body"])
def test_half_an_answer_is_none(spool: Spool, tmp_path: Path, lost: str) -> None:
    keep(spool)
    (tmp_path / "spool" / f"{CALL}.{lost}").unlink()
    assert spool.load(CALL) is None


class PowerCut(BaseException):
    """Ends the process where it stands."""


@pytest.mark.parametrize("name", ["fsync", "open", "replace"])
@pytest.mark.parametrize("step", range(4))
def test_a_power_cut_at_any_step_leaves_a_whole_answer_or_none(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, name: str, step: int
) -> None:
    owner = Path if name == "replace" else os
    original, steps = getattr(owner, name), itertools.count()

    def cut(*args: object, **how: object) -> object:
        if next(steps) == step:
            raise PowerCut
        return original(*args, **how)

    with monkeypatch.context() as patched, contextlib.suppress(PowerCut):
        patched.setattr(owner, name, cut)
        keep(spool, body=b"whole")
    delivery = spool.load(CALL)
    assert delivery is None or delivery.body.read_bytes() == b"whole"


def test_a_call_that_fails_leaves_nothing(spool: Spool, tmp_path: Path) -> None:
    spool.reserve(1)
    with pytest.raises(ZeroDivisionError), spool.incoming(CALL) as incoming:
        incoming.write(b"{")
        raise ZeroDivisionError
    assert list((tmp_path / "spool").iterdir()) == []


def test_an_answered_call_is_not_opened_again(spool: Spool) -> None:
    keep(spool)
    with pytest.raises(FileExistsError), spool.incoming(CALL):
        pass


def test_what_a_crash_left_behind_does_not_stop_the_call(spool: Spool, tmp_path: Path) -> None:
    spool.reserve(1)
    (tmp_path / "spool" / f"{CALL}.part").write_bytes(b"litter, longer than the answer")
    keep(spool)
    delivery = spool.load(CALL)
    assert delivery is not None
    assert delivery.body.read_bytes() == b"{}"


def test_who_lost_a_call_takes_nothing_from_whoever_took_it_over(spool: Spool) -> None:
    spool.reserve(1)
    with spool.incoming(CALL) as successor:
        with spool.incoming(CALL) as sleeper:  # stopped after its claim, and awake again
            sleeper.write(b"of no use to anybody")
        successor.write(b"{}")
        assert successor.keep(HEAD).body.read_bytes() == b"{}"


def test_a_discarded_call_is_gone_whatever_was_left_of_it(spool: Spool, tmp_path: Path) -> None:
    keep(spool)
    (tmp_path / "spool" / f"{CALL}.part").touch()
    spool.discard(CALL)
    spool.discard(CALL)
    assert list((tmp_path / "spool").iterdir()) == []


def test_the_answers_are_listed_by_their_calls(spool: Spool, tmp_path: Path) -> None:
    others = sorted(str(uuid.uuid4()) for _ in range(3))
    for call_id in others:
        keep(spool, call_id)
    (tmp_path / "spool" / "README.body").touch()
    assert list(spool.call_ids()) == others


def test_a_spool_that_is_not_there_yet_holds_nothing(tmp_path: Path) -> None:
    assert list(Spool(tmp_path / "missing").call_ids()) == []


@pytest.mark.parametrize(
    "call_id", ["", "../../etc/passwd", "a/b", "0" * 32, CALL.replace("7", "A"), CALL + "\n", "\0"]
)
def test_only_the_id_of_a_call_becomes_a_file_name(spool: Spool, call_id: str) -> None:
    with pytest.raises(ValueError, match="A call id is a UUID"):
        spool.load(call_id)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_no_answer_is_asked_for_that_does_not_fit(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, 70_000_000))
    spool.reserve(5_000_000)
    with pytest.raises(SpoolFull) as caught:
        spool.reserve(7_000_000)
    assert caught.value.reason is Reason.SPOOL_FULL


def test_a_spool_that_cannot_be_made_is_full(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolFull):
        Spool(tmp_path / "file" / "spool").reserve(1)


def test_nobody_else_on_the_machine_reads_the_answers(spool: Spool, tmp_path: Path) -> None:
    keep(spool)
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
    assert (tmp_path / "spool" / f"{CALL}.body").stat().st_mode & 0o077 == 0
