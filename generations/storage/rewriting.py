"""Has untrusted pictures written anew by a process with limits; this one never unpacks a pixel of them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from generations.storage.reencoding import KINDS, RESULT, TASK, THUMBNAIL, Flaw, Task, Unfit

_AT_ONCE = 2  # processes of one of ours: each may take much memory
_PATIENCE = 60.0  # seconds for a turn, and again for the work
_PROBE, _ROOM = "room", 2 * 1024 * 1024  # bytes: a picture and its thumbnail
_EXTENSIONS = {"png": "png", "jpeg": "jpg", "webp": "webp"}
_turns = threading.BoundedSemaphore(_AT_ONCE)


class TooBusy(Exception):
    """So many pictures are being checked that this one did not get a turn."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A picture that was written anew, beside its thumbnail."""

    path: Path
    thumbnail: Path
    media_type: str
    extension: str
    width: int  # pixels
    height: int  # pixels


def rewrite(
    source: Path,
    folder: Path,
    *,
    longest_edge: int = 0,
    bytes_most: int = 0,
    formats: Sequence[str] = ("png", "jpeg"),
    mask_size: tuple[int, int] | None = None,
    patience: float = _PATIENCE,
) -> Rewritten:
    """Write a picture anew into an empty folder; 0 means no limit in pixels or bytes.

    `patience` is how many seconds it may wait for its turn.

    Raises:
        Unfit: the file is not taken.
        TooBusy: try again later.
        OSError: the disk is full.
    """
    kinds = tuple(_EXTENSIONS[name] for name in formats)
    task = Task(str(source), longest_edge, bytes_most, kinds, mask_size)
    (folder / TASK).write_text(json.dumps(asdict(task)))
    if not _turns.acquire(timeout=patience):
        raise TooBusy
    try:
        _run(folder)
    finally:
        _turns.release()
    return _result(folder)


def _run(folder: Path) -> None:
    script = Path(__file__).with_name("reencoding.py")
    # Nothing of this process's environment: keys and passwords are in it.
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    with suppress(subprocess.TimeoutExpired):  # it was ended; without a result the picture was too much
        subprocess.run(
            (sys.executable, "-I", str(script), str(folder)),
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )


def _result(folder: Path) -> Rewritten:
    try:
        answer = json.loads((folder / RESULT).read_text())
    except (OSError, ValueError) as exc:
        # Where there is no room for a result, its absence says nothing about the picture.
        (folder / _PROBE).write_bytes(bytes(_ROOM))
        raise Unfit(Flaw.TOO_DEMANDING) from exc
    if "flaw" in answer:
        raise Unfit(Flaw(answer["flaw"]), str(answer["detail"])[:40])
    made = answer["made"]
    extension = Path(made["name"]).suffix.removeprefix(".")
    return Rewritten(
        path=folder / f"picture.{extension}",
        thumbnail=folder / THUMBNAIL,
        media_type=KINDS[extension],
        extension=extension,
        width=int(made["width"]),
        height=int(made["height"]),
    )
