"""An archive from outside, opened with distrust.

Nothing is unpacked under a name of its own, nothing is believed to be as large as it says, and what is in it
is looked for by names that this module knows.
"""

import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from generations.jobs.broken import Impossible
from generations.jobs.exporting import FORMAT, VERSION

MOST_ENTRIES: Final = 45_000
MOST_OF_AN_ENTRY: Final = 300  # bytes in the directory, where the longest that an export writes takes 250
MOST_BYTES: Final = 6_000_000_000  # unpacked; a part has two gigabytes of pictures, and its lists
MOST_OF_A_LIST: Final = 500_000_000  # bytes
MOST_OF_A_LINE: Final = 4_000_000  # bytes: the longest prompts, with all that may hang on a generation
MOST_OF_A_PICTURE: Final = 100_000_000  # bytes
_MANIFEST_BYTES: Final = 100_000
_PIECE: Final = 1024 * 1024  # bytes
_PICTURE = re.compile(r"(images|references)/[^/\\]{1,200}\.(png|jpg|webp)")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MARK = b"PK\x01\x02"  # begins every entry of a directory
_END: Final = 2**16 + 200  # bytes: the longest comment, and the records around it
# What reading a damaged or odd archive comes to: RuntimeError is raised for a password and for unknown
# methods, the last three for places outside of the file.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)


class NotThere(Exception):
    """A file of the archive is missing, damaged, or not what its line says."""


class Opened:
    """An archive that looks like an export of a studio."""

    def __init__(self, path: Path) -> None:
        """Look at its directory only.

        Raises:
            Impossible: it is no such archive.
            OSError: this host's disk does not give the file.
        """
        self._file = _File(path)
        try:
            self._zip = _with_directory(self._file)
            self.manifest = self._read_manifest()
        except Impossible:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.close()

    def lines(self, name: str, *, start: int = 0) -> Iterator[dict[str, Any] | None]:
        """Yield the objects of a list from a line on; None for a line that is none. Raises Impossible."""
        try:
            with self._zip.open(name) as stream:
                for number, line in enumerate(_bounded_lines(stream)):
                    if number >= start:
                        yield _object(line)
        except (KeyError, *_UNREADABLE) as exc:
            raise Impossible("manifest") from exc

    def count_lines(self, name: str) -> int:
        """Return how many lines a list has. Raises Impossible."""
        return sum(1 for _line in self.lines(name))

    def take(self, name: object, to: Path, *, sha256: object) -> None:
        """Copy a picture out of the archive, if it is what its line says.

        Raises:
            NotThere: it is not, or cannot be read.
            OSError: it cannot be written.
        """
        if not isinstance(name, str) or not _PICTURE.fullmatch(name):
            raise NotThere
        digest, length = hashlib.sha256(), 0
        with to.open("wb") as target:
            for piece in self._pieces(name):
                length += len(piece)
                if length > MOST_OF_A_PICTURE:
                    raise NotThere
                digest.update(piece)
                target.write(piece)
        if digest.hexdigest() != sha256:
            raise NotThere

    def _pieces(self, name: str) -> Iterator[bytes]:
        """Yield what a file holds; what fails between two pieces is not its fault. Raises NotThere."""
        try:
            with self._zip.open(name) as stream:
                while piece := stream.read(_PIECE):
                    yield piece
        except (KeyError, *_UNREADABLE) as exc:
            raise NotThere from exc

    def _read_manifest(self) -> Mapping[str, Any]:
        try:
            with self._zip.open("manifest.json") as stream:
                content = stream.read(_MANIFEST_BYTES + 1)
        except KeyError as exc:
            raise Impossible("not_ours") from exc
        except _UNREADABLE as exc:
            raise Impossible("not_a_zip") from exc
        manifest = _object(content) if len(content) <= _MANIFEST_BYTES else None
        if manifest is None or manifest.get("format") != FORMAT:
            raise Impossible("not_ours")
        version = manifest.get("version")
        if not isinstance(version, int) or version > VERSION:
            raise Impossible("newer")
        return manifest


class _File(io.BufferedReader):
    """A file of which little is read at once until its directory is known.

    A zip file says itself how long its directory is, in up to two places, and how many entries that has in
    two more. None of them need be true: what counts is what is asked for, before it is in memory.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.is_known = False

    def read(self, size: int | None = -1, /) -> bytes:
        if self.is_known:
            return super().read(size)
        most = MOST_ENTRIES * MOST_OF_AN_ENTRY + _END
        wanted = most + 1 if size is None or size < 0 else min(size, most + 1)
        found = super().read(wanted)
        # Counted before an entry is made into something that takes ten times as much.
        if len(found) > most or found.count(_MARK) > MOST_ENTRIES:
            raise Impossible("too_many")
        return found


def _with_directory(file: _File) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except _UNREADABLE as exc:
        raise Impossible("not_a_zip") from exc
    file.is_known = True
    _check_directory(archive)
    return archive


def _check_directory(archive: zipfile.ZipFile) -> None:
    """By what the directory says; whoever reads an entry looks at how much really comes."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Impossible("too_many")
    if any(_leads_out(entry.filename) for entry in entries):
        raise Impossible("names")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Impossible("encrypted")
    # The others unpack a piece of a file into any length at once.
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise Impossible("not_a_zip")
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
