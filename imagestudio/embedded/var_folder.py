"""The folder of the embedded parts: made private, held by one studio at a time, with its secrets."""

import fcntl
import os
import secrets
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imagestudio.embedded.options import CannotStart

# A socket's path must fit into about 104 bytes on macOS and 108 on Linux.
_LONGEST_SOCKET_PATH = 100
_SECONDS_TO_END = 5


@contextmanager
def hold(var: Path) -> Iterator[None]:
    """Make the folder and keep it for this process; a second studio on the same folder is refused."""
    try:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        (var / "log").mkdir(exist_ok=True)
        lock = os.open(var / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise CannotStart(
            f"The folder {var} cannot be written ({exc.strerror}); choose another: STUDIO_VAR=/path make run"
        ) from exc
    try:
        # lockf and not flock: a child that outlives a killed supervisor must not inherit the lock.
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(lock)
        raise CannotStart(
            f"A studio is already running on {var}; end that one first, or choose another folder and port: "
            "STUDIO_VAR=/path PORT=8080 make run"
        ) from exc
    try:
        end_leftovers(var)
        yield
    finally:
        # A signal between a start and its bookkeeping leaves a process that nobody else knows of.
        end_leftovers(var)
        os.close(lock)


def kept_secret(var: Path, name: str) -> str:
    """Return a secret of this studio, made on the first run and readable by its owner only."""
    file = var / name
    if not file.exists() or not file.read_text().strip():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(50))
    return file.read_text().strip()


@contextmanager
def socket_folder(var: Path, name: str) -> Iterator[Path]:
    """Yield ``var``, or a private temporary folder when the socket's path would be too long there."""
    if len(os.fsencode(var / name)) <= _LONGEST_SOCKET_PATH:
        yield var
        return
    with tempfile.TemporaryDirectory(prefix="studio-") as folder:
        yield Path(folder)


def end_leftovers(var: Path) -> None:
    """End the parts on this folder that no supervisor knows, as after a killed one; needs Linux's /proc."""
    for sign, seconds in ((signal.SIGTERM, _SECONDS_TO_END), (signal.SIGKILL, 1)):
        for pid in _parts_of(var):
            with suppress(ProcessLookupError):
                os.kill(pid, sign)
        deadline = time.monotonic() + seconds
        while _parts_of(var):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)


def _parts_of(var: Path) -> list[int]:
    marks = {b"STUDIO_EMBEDDED=1", b"STUDIO_VAR=" + os.fsencode(var)}
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or somebody else's
            if marks <= set((process / "environ").read_bytes().split(b"\0")) and process.name != str(
                os.getpid()
            ):
                found.append(int(process.name))
    return found
