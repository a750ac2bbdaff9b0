"""An archive from outside, opened with distrust.

Nothing is unpacked under a name of its own, nothing is believed to be as large as it says, and what is in it
is looked for by names that this module knows.
"""

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from generations.jobs.broken import Impossible
from generations.jobs.exporting import FORMAT, VERSION

MOST_ENTRIES: Final = 45_000
MOST_BYTES: Final = 6_000_000_000  # unpacked; a part has two gigabytes of pictures, and its lists
MOST_OF_A_LIST: Final = 500_000_000  # bytes
MOST_OF_A_LINE: Final = 4_000_000  # bytes: the longest prompts, with all that may hang on a generation
MOST_OF_A_PICTURE: Final = 100_000_000  # bytes
_MANIFEST_BYTES: Final = 100_000
_PIECE: Final = 1024 * 1024  # bytes
_PICTURE = re.compile(r"(images|references)/[^/\\]{1,200}\.(png|jpg|webp)")
# What reading a damaged or odd entry comes to: RuntimeError is raised for a password and for unknown methods.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
_BROKEN = (*_UNREADABLE, OSError)


class NotThere(Exception):
    """A file of the archive is missing, damaged, or not what its line says."""


class Opened:
    """An archive that looks like an export of a studio."""

    def __init__(self, path: Path) -> None:
        """Look at its directory only. Raises Impossible."""
        try:
            self._zip = zipfile.ZipFile(path)
        except (*_BROKEN, ValueError) as exc:
            raise Impossible("not_a_zip") from exc
        try:
            _check_directory(self._zip)
            self.manifest = self._read_manifest()
        except Impossible:
            self._zip.close()
            raise

    def __enter__(self) -> "Opened":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def lines(self, name: str, *, start: int = 0) -> Iterator[dict[str, Any] | None]:
        """Yield the objects of a list from a line on; None for a line that is none. Raises Impossible."""
        try:
            with self._zip.open(name) as stream:
                for number, line in enumerate(_bounded_lines(stream)):
                    if number >= start:
                        yield _object(line)
        except KeyError as exc:
            raise Impossible("manifest") from exc
        except _BROKEN as exc:
            raise Impossible("manifest") from exc

    def count_lines(self, name: str) -> int:
        """Return how many lines a list has. Raises Impossible."""
        return sum(1 for _line in self.lines(name))

    def take(self, name: object, to: Path, *, sha256: object) -> None:
        """Copy a picture out of the archive, if it is what its line says. Raises NotThere."""
        if not isinstance(name, str) or not _PICTURE.fullmatch(name):
            raise NotThere
        digest, length = hashlib.sha256(), 0
        try:
            with self._zip.open(name) as stream, to.open("wb") as target:
                while piece := stream.read(_PIECE):
                    length += len(piece)
                    if length > MOST_OF_A_PICTURE:
                        raise NotThere
                    digest.update(piece)
                    target.write(piece)
        except (KeyError, *_UNREADABLE) as exc:
            raise NotThere from exc
        if digest.hexdigest() != sha256:
            raise NotThere

    def _read_manifest(self) -> Mapping[str, Any]:
        try:
            with self._zip.open("manifest.json") as stream:
                content = stream.read(_MANIFEST_BYTES + 1)
        except KeyError as exc:
            raise Impossible("not_ours") from exc
        except _BROKEN as exc:
            raise Impossible("not_a_zip") from exc
        manifest = _object(content) if len(content) <= _MANIFEST_BYTES else None
        if manifest is None or manifest.get("format") != FORMAT:
            raise Impossible("not_ours")
        version = manifest.get("version")
        if not isinstance(version, int) or version > VERSION:
            raise Impossible("newer")
        return manifest


def _check_directory(archive: zipfile.ZipFile) -> None:
    """By what the directory says; whoever reads an entry looks at how much really comes."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Impossible("too_many")
    if any(_leads_out(entry.filename) for entry in entries):
        raise Impossible("names")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Impossible("encrypted")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Impossible("too_large")


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or ":" in name or "\0" in name


def _bounded_lines(stream: IO[bytes]) -> Iterator[bytes]:
    total = 0
    while line := stream.readline(MOST_OF_A_LINE + 1):
        total += len(line)
        if len(line) > MOST_OF_A_LINE or total > MOST_OF_A_LIST:
            raise Impossible("manifest")
        yield line


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
