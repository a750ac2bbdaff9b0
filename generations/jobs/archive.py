"""One zip file while it grows on a host's disk, through as many turns as it takes, in little memory.

Pictures are put in as they are, because nothing makes them smaller; words are compressed. Beside it lie
lists with a line of JSON for each thing that went in. They are put in at the end.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from generations.jobs.names import folded

PART_BYTES = 2_000_000_000  # after which the next part begins: every program and disk takes that
PART_ENTRIES = 20_000
_PIECE = 1024 * 1024  # bytes
_SUMS = "sums"
_HELD = "held"


class Archive:
    """A part of a zip file. What lies on the disk is gone on with only if it is what `place` says."""

    def __init__(self, folder: Path, place: str) -> None:
        """Open what is there; after anything that does not fit, begin anew: then `cursor` is empty."""
        self._folder, self._path = folder, folder / "part.zip"
        _host, entries, lines, self.cursor = (place or "|0|0|").split("|")
        if not place or not self._is_as_told(int(entries), int(lines)):
            shutil.rmtree(folder)
            folder.mkdir()
            self.cursor = ""
        self._zip = zipfile.ZipFile(self._path, "a", zipfile.ZIP_STORED)
        self.names = {folded(name) for name in self._zip.namelist()}
        self._lines = self._count_lines()
        self._open: dict[str, IO[str]] = {}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def place(self) -> str:
        """Where this part stands, and on which host."""
        return f"{settings.STUDIO_HOST}|{len(self._zip.filelist)}|{self._lines}|{self.cursor}"

    @property
    def is_full(self) -> bool:
        """Whether the next part should begin."""
        return self._path.stat().st_size >= PART_BYTES or len(self._zip.filelist) >= PART_ENTRIES

    @property
    def path(self) -> Path:
        return self._path

    def add_file(self, source: Path, name: str, *, made_at: datetime) -> str:
        """Put a file in as it is; return its SHA-256."""
        digest = hashlib.sha256()
        with source.open("rb") as stream, self._zip.open(_info(name, made_at), "w") as entry:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                entry.write(piece)
        self._note(name, digest.hexdigest())
        return digest.hexdigest()

    def add_text(self, content: bytes, name: str) -> None:
        """Put words in, compressed."""
        info = _info(name, timezone.now())
        info.compress_type = zipfile.ZIP_DEFLATED
        self._zip.writestr(info, content)
        self._note(name, hashlib.sha256(content).hexdigest())

    def write_line(self, list_: str, row: Mapping[str, Any]) -> None:
        """Write a line into one of the lists beside the zip file."""
        self._write(list_, json.dumps(row, ensure_ascii=False, separators=(",", ":")))

    def lines(self, list_: str) -> Iterator[str]:
        """Yield the lines of a list, without their ends."""
        self._flush()
        path = self._folder / f"{list_}.lines"
        if path.exists():
            with path.open(encoding="utf-8", newline="\n") as stream:
                for written in stream:
                    yield written.rstrip("\n")

    def add_made(self, name: str, pieces: Iterator[str]) -> None:
        """Put in words that are made while they are written."""
        info = _info(name, timezone.now())
        info.compress_type = zipfile.ZIP_DEFLATED
        digest = hashlib.sha256()
        with self._zip.open(info, "w") as entry:
            for piece in pieces:
                content = piece.encode()
                digest.update(content)
                entry.write(content)
        self._note(name, digest.hexdigest())

    def hold(self, image: UUID) -> None:
        """Remember that it holds an image, which may be deleted for good before it is finished."""
        self.write_line(_HELD, {"image": str(image)})

    def held(self) -> Iterator[UUID]:
        return (UUID(json.loads(line)["image"]) for line in self.lines(_HELD))

    def finish(self, *, sums: str = "SHA256SUMS.txt") -> None:
        """Put in the sums of everything, as `sha256sum --check` reads them, and close."""
        info = _info(sums, timezone.now())
        with self._zip.open(info, "w") as entry:
            for written in self.lines(_SUMS):
                entry.write(f"{written}\n".encode())
        self.close()

    def close(self) -> None:
        """Write the directory of what is in it, so that a later turn can go on."""
        for stream in self._open.values():
            stream.close()
        self._open.clear()
        self._zip.close()

    def _is_as_told(self, entries: int, lines: int) -> bool:
        try:
            with zipfile.ZipFile(self._path) as found:
                return len(found.filelist) == entries and self._count_lines() == lines
        except (OSError, zipfile.BadZipFile):
            return False

    def _count_lines(self) -> int:
        count = 0
        for path in self._folder.glob("*.lines"):
            with path.open("rb") as stream:
                count += sum(1 for _line in stream)
        return count

    def _note(self, name: str, sha256: str) -> None:
        self.names.add(folded(name))
        self._write(_SUMS, f"{sha256}  {name}")

    def _write(self, list_: str, written: str) -> None:
        if list_ not in self._open:
            path = self._folder / f"{list_}.lines"
            self._open[list_] = path.open("a", encoding="utf-8", newline="\n")
        self._open[list_].write(f"{written}\n")
        self._lines += 1

    def _flush(self) -> None:
        for stream in self._open.values():
            stream.flush()


def _info(name: str, made_at: datetime) -> zipfile.ZipInfo:
    local = timezone.localtime(made_at)
    info = zipfile.ZipInfo(name, (max(local.year, 1980), *local.timetuple()[1:6]))
    info.external_attr = 0o644 << 16
    return info
