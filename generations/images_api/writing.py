"""Writes an image of a kept answer to a file, slice by slice, without ever holding it whole."""

import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pybase64

from generations.images_api.errors import Unreadable
from generations.images_api.image_places import EncodedImage, InBody
from generations.images_api.json_spans import Document, MalformedJson, unescaped, whole_escapes
from generations.images_api.outbound import fetch
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection
from generations.images_api.spool import Delivery

_SLICE = 65_536  # bytes of base64 at a time
_DATA_URI = re.compile(rb"\s*data:([\w.+/;=-]{0,200}),", re.IGNORECASE)
_LONGEST_PREFIX = 512  # bytes
# Base64 for URLs is the same with two other letters.
_ALPHABET = bytes.maketrans(b"-_", b"+/")
_SPACE = b" \t\r\n\f\v"
_SIGNATURES = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|GIF8[79]a", re.DOTALL)
_SIGNATURE_LENGTH = 12  # bytes


@dataclass(frozen=True, slots=True)
class WrittenImage:
    path: Path
    bytes: int
    sha256: str


def write_image(delivery: Delivery, image: EncodedImage, *, to: Path, connection: Connection) -> WrittenImage:
    """Write the image to a file and return what was written; raises Unreadable or NotRetrievable.

    The file is replaced, and gone after an error. It begins like an image; whether it is one is for
    whoever decodes it.
    """
    with _Target(to) as target:
        if isinstance(image.source, InBody):
            with Document(delivery.body) as document:
                for piece in _decoded(document, image.source):
                    target.write(piece)
        else:
            fetch(image.source.url, connection=connection, write=target.write)
        return target.finished()


class _Target:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self._start = b""
        self._size = 0

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        if len(self._start) < _SIGNATURE_LENGTH:
            self._start += piece[:_SIGNATURE_LENGTH]
        self._hash.update(piece)
        self._size += len(piece)
        self._file.write(piece)

    def finished(self) -> WrittenImage:
        if not _SIGNATURES.match(self._start):
            raise Unreadable.because(Reason.NOT_AN_IMAGE)
        self._file.flush()
        return WrittenImage(path=self._path, bytes=self._size, sha256=self._hash.hexdigest())


def _decoded(document: Document, source: InBody) -> Iterator[bytes]:
    rest = b""
    for letters in _letters(document, source):
        letters = rest + letters
        whole = len(letters) // 4 * 4
        # The last group is held back: only at the end is padding allowed, and may it be missing.
        whole = whole - 4 if whole == len(letters) else whole
        rest = letters[max(whole, 0) :]
        if whole > 0:
            if letters.find(b"=", 0, whole) >= 0:
                raise Unreadable.because(Reason.NOT_AN_IMAGE)
            yield _base64(letters[:whole])
    yield _base64(rest + b"=" * (-len(rest) % 4))


def _base64(letters: bytes) -> bytes:
    try:
        return pybase64.b64decode(letters, validate=True)
    except binascii.Error as exc:
        raise Unreadable.because(Reason.NOT_AN_IMAGE) from exc


def _letters(document: Document, source: InBody) -> Iterator[bytes]:
    """Yield the base64 letters alone: without JSON's escapes, a data URI's prefix and white space."""
    at, is_first = source.start, True
    while at < source.end:
        raw = document.slice(at, min(at + _SLICE, source.end))
        taken = whole_escapes(raw) or len(raw)
        letters = _plain(raw[:taken])
        yield (_without_prefix(letters) if is_first else letters).translate(_ALPHABET, _SPACE)
        document.forget(at - _SLICE, at)
        at, is_first = at + taken, False


def _plain(raw: bytes) -> bytes:
    if b"\\" not in raw:
        return raw
    try:
        return unescaped(raw).encode("ascii")
    except (MalformedJson, UnicodeEncodeError) as exc:
        raise Unreadable.because(Reason.NOT_AN_IMAGE) from exc


def _without_prefix(letters: bytes) -> bytes:
    prefix = _DATA_URI.match(letters, 0, _LONGEST_PREFIX)
    if prefix is None:
        return letters
    if not prefix[1].lower().endswith(b";base64"):
        raise Unreadable.because(Reason.NOT_AN_IMAGE)
    return letters[prefix.end() :]
