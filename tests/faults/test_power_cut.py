"""What the power may take: an answer has its name only when its bytes are on the disk; then the name is."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from generations.images_api.spool import Head, Spool

_HEAD = Head(status=200, headers={}, request_id="", seconds=1.0, received_at=1.0)


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes of what was flushed, in order; a rename notes 0."""
    seen: list[int] = []
    fsync, replace = os.fsync, Path.replace

    def note_flush(descriptor: int) -> None:
        seen.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def note_rename(source: Path, target: Path) -> Path:
        assert source.stat().st_ino in seen, f"{source.name} got its name before its bytes were on the disk"
        seen.append(0)
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(Path, "replace", note_rename)
    return seen


def test_an_answer_gets_its_name_when_its_bytes_are_on_the_disk(tmp_path: Path, flushed: list[int]) -> None:
    call_id = str(uuid4())
    with Spool(tmp_path).incoming(call_id) as incoming:
        incoming.write(b"an answer")
        delivery = incoming.keep(_HEAD)

    assert delivery.body.stat().st_ino in flushed


def test_the_name_is_on_the_disk_before_anybody_hears_of_the_answer(
    tmp_path: Path, flushed: list[int]
) -> None:
    with Spool(tmp_path).incoming(str(uuid4())) as incoming:
        incoming.write(b"an answer")
        incoming.keep(_HEAD)

    assert flushed[-1] == tmp_path.stat().st_ino
