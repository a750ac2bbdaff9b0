"""Writes the body of a request: JSON or a form, with pictures read from their files while it is sent."""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import httpcore
import pybase64

from generations.images_api.errors import NotSent
from generations.images_api.reasons import Reason
from generations.images_api.requests import ImagesRequest, PictureFile

# Bytes of a picture at a time: a multiple of three, so that base64 needs no padding before its end.
_PIECE = 49_152


@dataclass(frozen=True, slots=True)
class _Opened:
    """A picture's place in a body."""

    picture: PictureFile
    file: BinaryIO
    in_base64: bool

    def __len__(self) -> int:
        return (self.picture.bytes + 2) // 3 * 4 if self.in_base64 else self.picture.bytes

    def __iter__(self) -> Iterator[bytes]:
        left = self.picture.bytes
        while left > 0:
            piece = self._read(min(_PIECE, left))
            left -= len(piece)
            yield pybase64.b64encode(piece) if self.in_base64 else piece

    def _read(self, size: int) -> bytes:
        try:
            piece = self.file.read(size)
        except OSError as exc:
            raise httpcore.LocalProtocolError("a picture cannot be read any more") from exc
        # Part of the request is under way: it ends like one whose connection broke.
        if len(piece) < size:
            raise httpcore.LocalProtocolError("a picture became shorter while it was sent")
        return piece


_Part = bytes | _Opened
_Open = Callable[[PictureFile], _Opened]


class Body:
    """What is sent, piece by piece, and how long it is; it can be read once."""

    def __init__(self, content_type: str, parts: list[_Part]) -> None:
        self.content_type = content_type
        self.length = sum(len(part) for part in parts)
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from part


@contextlib.contextmanager
def open_body(request: ImagesRequest) -> Iterator[Body]:
    """Open all pictures, for later it would be too late; NotSent when one is not what it was."""
    with contextlib.ExitStack() as files:

        def opened(picture: PictureFile) -> _Opened:
            return _Opened(picture, files.enter_context(_open(picture)), in_base64=not request.is_multipart)

        yield _form(request, opened) if request.is_multipart else _json(request, opened)


def _open(picture: PictureFile) -> BinaryIO:
    try:
        # A pipe without a writer would be waited for.
        file = os.fdopen(os.open(picture.path, os.O_RDONLY | os.O_NONBLOCK), "rb")
    except OSError as exc:
        raise NotSent.because(Reason.REFERENCE_GONE) from exc
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_size != picture.bytes:
        file.close()
        raise NotSent.because(Reason.REFERENCE_GONE)
    return file


def _form(request: ImagesRequest, opened: _Open) -> Body:
    boundary = secrets.token_hex(16)
    edits = request.edits if request.operation == "edits" else None
    pictures = [(edits.field if edits else "image", picture) for picture in request.references]
    if request.mask:
        pictures.append(("mask", request.mask))
    parts: list[_Part] = []
    for name, value in request.payload().items():
        text = json.dumps(value) if isinstance(value, bool) else str(value)
        # Half a surrogate pair is no text, and JSON alone can write it.
        parts.append(_field_head(boundary, name) + b"\r\n" + text.encode("utf-8", "replace") + b"\r\n")
    for name, picture in pictures:
        file = f'; filename="{picture.name}"\r\nContent-Type: {picture.media_type}\r\n\r\n'
        parts += [_field_head(boundary, name, file), opened(picture), b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return Body(f"multipart/form-data; boundary={boundary}", parts)


def _field_head(boundary: str, name: str, rest: str = "\r\n") -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{rest}'.encode()


def _json(request: ImagesRequest, opened: _Open) -> Body:
    parts: list[_Part] = [json.dumps(request.payload()).encode().removesuffix(b"}")]
    for name, values in _json_pictures(request, opened):
        parts += [f', "{name}": '.encode(), *values]
    return Body("application/json", [*parts, b"}"])


def _json_pictures(request: ImagesRequest, opened: _Open) -> Iterator[tuple[str, list[_Part]]]:
    """Yield the names and values of the pictures, as the family's form has them."""
    if request.operation != "edits" or request.edits is None:
        return
    links: list[list[_Part]] = [_data_url(opened(picture)) for picture in request.references]
    match request.edits.form:
        case "input_image":
            for number, link in enumerate(links, start=1):
                yield "input_image" if number == 1 else f"input_image_{number}", link
        case "image":
            yield "image", links[0] if len(links) == 1 else _list(links)
        case "image_url":
            typed = [[b'{"type": "image_url", "url": ', *link, b"}"] for link in links]
            yield "image", typed[0] if len(typed) == 1 else _list(typed)
        case "json" | "multipart":
            yield "images", _list([[b'{"image_url": ', *link, b"}"] for link in links])
    if request.mask:
        yield "mask", [b'{"image_url": ', *_data_url(opened(request.mask)), b"}"]


def _data_url(picture: _Opened) -> list[_Part]:
    return [f'"data:{picture.picture.media_type};base64,'.encode(), picture, b'"']


def _list(values: list[list[_Part]]) -> list[_Part]:
    parts: list[_Part] = [b"["]
    for position, value in enumerate(values):
        parts += [b", ", *value] if position else value
    return [*parts, b"]"]
