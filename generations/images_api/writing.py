"""Writes an image of a kept answer to a file, slice by slice, without ever holding it whole."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from generations.images_api.errors import Unreadable
from generations.images_api.image_bytes import SIGNATURES, decoded
from generations.images_api.image_places import EncodedImage, InBody
from generations.images_api.json_spans import Document
from generations.images_api.outbound import fetch
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection
from generations.images_api.spool import Delivery

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
                for piece in decoded(document, image.source):
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
        if not SIGNATURES.match(self._start):
            raise Unreadable.because(Reason.NOT_AN_IMAGE)
        self._file.flush()
        return WrittenImage(path=self._path, bytes=self._size, sha256=self._hash.hexdigest())
