"""Reads a multipart/form-data body: the form's texts, and its files in the order in which they came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message


class Malformed(ValueError):
    """The body is not what its content type says; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    # None for a text, which is a part without a file name.
    file_name: str | None
    media_type: str
    content: bytes = field(repr=False)


def boundary_of(content_type: str) -> bytes:
    boundary = _parameters("content-type", content_type).get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise Malformed("no multipart boundary param in Content-Type")
    return boundary.encode("latin-1", "replace")


def parts_of(body: bytes, boundary: bytes) -> Iterator[Part]:
    delimiter = b"--" + boundary
    if not body.startswith(delimiter):
        raise Malformed("multipart: NextPart: EOF")
    place = len(delimiter)
    while body[place : place + 2] != b"--":
        end = body.find(b"\r\n" + delimiter, place)
        head_end = body.find(b"\r\n\r\n", place, end)
        if end < 0 or head_end < 0:
            raise Malformed("unexpected EOF")
        yield _part(body[place:head_end].strip(b"\r\n"), body[head_end + 4 : end])
        place = end + 2 + len(delimiter)


def _part(head: bytes, content: bytes) -> Part:
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    }
    disposition = headers.get("content-disposition", "")
    named = dict(re.findall(r';\s*([a-z*]+)="((?:[^"\\]|\\.)*)"', disposition, re.IGNORECASE))
    if "name" not in named:
        raise Malformed("a part without a name")
    return Part(
        named["name"],
        named.get("filename"),
        headers.get("content-type", "text/plain").partition(";")[0].strip().lower(),
        content,
    )


def _parameters(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message
