"""Where answers are kept as they came, so that nothing that was paid for depends on what is done with it.

In the folder, for a call with the id ID:

    ID.MARK.part  the body while it arrives; litter after a crash, taken away by discard(). Every attempt has
                  a mark of its own: whoever lost the call must not take the file of whoever has it now
    ID.head       status, chosen headers, request id and times, as JSON
    ID.body       the complete body; its name appears last, so it means that the answer is whole
                  (or a stream of events that broke behind a whole image, and the head says so)
    aside/        the same two of calls that nobody knows, until they are older than anybody asks for them
"""

import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from generations.images_api.errors import SpoolFull
from generations.images_api.reasons import Reason

# Free space that is left alone: databases and logs may live on the same disk.
_MARGIN = 64_000_000  # bytes
ASIDE = "aside"  # the folder of answers without a call


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of an answer beside its body."""

    status: int
    headers: Mapping[str, str]
    request_id: str
    seconds: float
    received_at: float  # Unix time
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A complete answer, on disk; or a stream of events that broke behind a whole image."""

    call_id: str
    status: int
    headers: Mapping[str, str]  # names in lower case; only those that anybody needs
    request_id: str
    seconds: float
    received_at: float  # Unix time
    body: Path
    body_bytes: int
    is_cut: bool = False  # the stream broke


class Spool:
    """A folder on a local disk: what is renamed and fsynced there is there after a power cut."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def load(self, call_id: str) -> Delivery | None:
        """Return the complete answer of the call, or None."""
        body = self.path(call_id, "body")
        try:
            size = body.stat().st_size
            head = _read_head(self.path(call_id, "head"))
        except FileNotFoundError:
            return None
        return Delivery(
            call_id=call_id,
            status=head.status,
            headers=head.headers,
            request_id=head.request_id,
            seconds=head.seconds,
            received_at=head.received_at,
            body=body,
            body_bytes=size,
            is_cut=head.is_cut,
        )

    def discard(self, call_id: str) -> None:
        """Remove whatever is kept of the call; only when nobody can be sending it any more."""
        # The body first: while it is there, load() promises a complete answer.
        kept = [self.path(call_id, suffix) for suffix in ("body", "head")]
        for file in [*kept, *self._root.glob(f"{call_id}.*part")]:
            file.unlink(missing_ok=True)

    def lay_aside(self, call_id: str) -> None:
        """Keep the answer of a call that nobody knows where a person may find it."""
        aside = self._root / ASIDE
        aside.mkdir(mode=0o700, exist_ok=True)
        self._move(call_id, self._root, aside)

    def bring_back(self, call_id: str) -> None:
        """Take up again the answer of a call that somebody knows after all."""
        self._move(call_id, self._root / ASIDE, self._root)

    def discard_laid_aside(self, *, older_than: float) -> None:
        """Remove what has been laid aside for so many seconds."""
        for file in (self._root / ASIDE).glob("*.*"):
            with contextlib.suppress(FileNotFoundError):
                # To be renamed was the last that happened to it.
                if time.time() - file.stat().st_ctime > older_than:
                    file.unlink()

    def call_ids(self) -> Iterator[str]:
        """The calls whose answers are here and complete."""
        yield from _whole_answers(self._root)

    def call_ids_aside(self) -> Iterator[str]:
        """The calls whose answers are laid aside."""
        yield from _whole_answers(self._root / ASIDE)

    def discard_litter(self, *, older_than: float) -> None:
        """Remove what crashes left half written and nothing has touched for so many seconds."""
        for file in [*self._root.glob("*.part"), *self._root.glob("*.head")]:
            with contextlib.suppress(FileNotFoundError):
                is_old = time.time() - file.stat().st_mtime > older_than
                if is_old and not file.with_suffix(".body").exists():
                    file.unlink()

    def reserve(self, size: int) -> None:
        """Raise SpoolFull unless an answer of so many bytes fits."""
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self._root).free
        except OSError as exc:
            raise SpoolFull.because(Reason.SPOOL_FULL) from exc
        if free < size + _MARGIN:
            raise SpoolFull.because(Reason.SPOOL_FULL)

    @contextlib.contextmanager
    def incoming(self, call_id: str) -> Iterator["Incoming"]:
        """Open the file of an answer before the call is made, for afterwards it would be too late to fail."""
        part = self.path(call_id, f"{uuid.uuid4().hex}.part")
        if self.path(call_id, "body").exists():
            raise FileExistsError(f"Call {call_id} has been answered; sending it again would pay twice.")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as exc:
            raise SpoolFull.because(Reason.SPOOL_FULL) from exc
        try:
            yield Incoming(self, call_id, part, descriptor)
        finally:
            os.close(descriptor)
            part.unlink(missing_ok=True)

    def keep(self, call_id: str, part: Path, head: Head) -> None:
        """Write the head, then give the body its name: in this order, or a crash leaves half an answer."""
        draft = part.with_suffix(".head.part")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(head), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path(call_id, "head"))
        part.replace(self.path(call_id, "body"))
        folder = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _move(self, call_id: str, source: Path, target: Path) -> None:
        # The head first: without a body it is litter, and a body without its head says nothing.
        for suffix in ("head", "body"):
            name = self.path(call_id, suffix).name
            with contextlib.suppress(FileNotFoundError):  # another sweep was first
                (source / name).replace(target / name)

    def path(self, call_id: str, suffix: str) -> Path:
        """Return where a file of the call is, if it is; an odd call id is a ValueError."""
        if not _is_call_id(call_id):
            raise ValueError("A call id is a UUID, written with hyphens and in lower case.")
        return self._root / f"{call_id}.{suffix}"


class Incoming:
    """An answer that is arriving."""

    def __init__(self, spool: Spool, call_id: str, path: Path, descriptor: int) -> None:
        self._spool = spool
        self._call_id = call_id
        self._descriptor = descriptor
        self.path = path

    def write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def keep(self, head: Head) -> Delivery:
        os.fsync(self._descriptor)
        self._spool.keep(self._call_id, self.path, head)
        kept = self._spool.load(self._call_id)
        if kept is None:
            raise FileNotFoundError(f"The answer of call {self._call_id} was taken away while it was kept.")
        return kept


def _whole_answers(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        for body in sorted(folder.glob("*.body")):
            if _is_call_id(body.stem):
                yield body.stem


def _is_call_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _read_head(path: Path) -> Head:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Head(
        status=int(stored["status"]),
        headers={str(name): str(value) for name, value in stored["headers"].items()},
        request_id=str(stored["request_id"]),
        seconds=float(stored["seconds"]),
        received_at=float(stored["received_at"]),
        is_cut=stored.get("is_cut") is True,
    )
