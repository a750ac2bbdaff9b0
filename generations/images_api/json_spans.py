"""Reads a JSON document of any size in a few megabytes: strings stay where they are, as byte ranges.

Strict about structure and completeness, for a body that was cut off must not pass for a whole one;
lenient inside strings, for a stray byte in a remark must not cost a paid image.
"""

import copy
import json
import mmap
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_MOST_VALUES = 10_000
_DEEPEST = 32
_LONGEST_KEY = 200  # bytes
# A body made of quotes and backslashes would keep us busy for minutes.
_MOST_ESCAPED_QUOTES = 10_000
_LONGEST_BACKSLASHES = 64  # bytes in a row
_WINDOW = 1 << 20  # bytes looked at before the pages are given back

_SPACE = re.compile(rb"[ \t\r\n]*")
_NUMBER = re.compile(rb"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?(?![\d.eE+-])")
_WORD = re.compile(rb"true|false|null")
_WORDS = {b"true": True, b"false": False, b"null": None}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class MalformedJson(ValueError):
    """Not a JSON document, or more of one than is read; `found` is what was whole before that."""

    def __init__(self, message: str, found: "JsonValue" = None) -> None:
        super().__init__(message)
        self.found = found


class TruncatedJson(MalformedJson):
    """The document stops before it ends."""


class Document:
    """A body on disk, or a part of one, mapped and never read whole."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            # An empty file cannot be mapped.
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
        self.start, self.end = 0, len(self._bytes)

    @classmethod
    def of(cls, body: bytes) -> Self:
        """A body that is in memory."""
        document = cls.__new__(cls)
        document._bytes, document.start, document.end = body, 0, len(body)
        return document

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        if isinstance(self._bytes, mmap.mmap):
            self._bytes.close()

    def part(self, start: int, end: int) -> "Document":
        """The same body, ending at `end`; places keep their numbers, and the whole must stay open."""
        part = copy.copy(self)
        part.start, part.end = start, min(end, self.end)
        return part

    def slice(self, start: int, end: int) -> bytes:
        return self._bytes[start : min(end, self.end)]

    def byte(self, at: int) -> bytes:
        return self.slice(at, at + 1)

    def match(self, pattern: re.Pattern[bytes], at: int) -> bytes:
        found = pattern.match(self._bytes, at, self.end)
        return found[0] if found else b""

    def skip_space(self, at: int) -> int:
        while found := _SPACE.match(self._bytes, at, min(_next_border(at), self.end)):
            if found.end() < _next_border(at):
                return found.end()
            at = found.end()
            self.forget(at - _WINDOW, at)
        return at

    def find(self, what: bytes, start: int) -> int:
        """Like bytes.find, but mapped pages that were looked at do not stay in memory."""
        while start < self.end:
            border = _next_border(start)
            at = self._bytes.find(what, start, min(border + len(what) - 1, self.end))
            if at >= 0:
                return at
            self.forget(border - _WINDOW, border)
            start = border
        return -1

    def forget(self, start: int, end: int) -> None:
        """Give back the memory of the pages up to `end`; reading them again is allowed."""
        if isinstance(self._bytes, mmap.mmap):
            first = max(start, 0) // mmap.PAGESIZE * mmap.PAGESIZE
            last = min(end, len(self._bytes)) // mmap.PAGESIZE * mmap.PAGESIZE
            if last > first:
                self._bytes.madvise(mmap.MADV_DONTNEED, first, last - first)


def _next_border(at: int) -> int:
    # Where windows always end in the same places, whoever crosses one gives back all of what is behind it:
    # the kernel maps pages around those that are asked for.
    return (at // _WINDOW + 1) * _WINDOW


@dataclass(frozen=True, slots=True)
class JsonText:
    """A string of the document, without its quotes and with its escapes."""

    document: Document = field(repr=False, compare=False)
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def text(self, limit: int) -> str:
        """Return its beginning, decoded; at most so many bytes are read. A wrong escape stays as it is."""
        raw = self.document.slice(self.start, min(self.end, self.start + limit))
        try:
            return unescaped(raw)
        except MalformedJson:
            return raw.decode("utf-8", "replace")


JsonValue = None | bool | int | float | JsonText | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(slots=True)
class Allowance:
    """How many values are still read; documents that belong together share one."""

    values: int = _MOST_VALUES


def read_json(document: Document, allowance: Allowance | None = None) -> JsonValue:
    """Return the document's value; whitespace around it and whatever follows it are let be."""
    value, _ = _Reader(document, allowance or Allowance()).value(after_mark(document), 0)
    return value


def after_mark(document: Document) -> int:
    """Where a document begins, after the byte order mark that it may have."""
    has_mark = document.slice(document.start, document.start + 3) == _BYTE_ORDER_MARK
    return document.start + len(_BYTE_ORDER_MARK) if has_mark else document.start


def unescaped(raw: bytes) -> str:
    """Decode the inside of a JSON string; an escape that is cut off at its end is dropped."""
    text = raw[: whole_escapes(raw)].decode("utf-8", "replace")
    try:
        decoded = json.loads(f'"{text}"', strict=False)
    except ValueError as exc:
        raise MalformedJson("a string has a wrong escape") from exc
    return str(decoded)


def whole_escapes(raw: bytes) -> int:
    """Return how much of this beginning of a string ends before an escape that does not fit in whole."""
    # An escape has six bytes at most, so one that does not fit begins among the last five.
    at = raw.find(b"\\", max(len(raw) - 5, 0))
    if at < 0:
        return len(raw)
    # After an odd number of backslashes it ends an escape, and does not begin one.
    at += (at - len(raw[:at].rstrip(b"\\"))) % 2
    while (at := raw.find(b"\\", at)) >= 0:
        size = 6 if raw[at + 1 : at + 2] == b"u" else 2
        if at + size > len(raw):
            return at
        at += size
    return len(raw)


class _Reader:
    def __init__(self, document: Document, allowance: Allowance) -> None:
        self._document = document
        self._allowance = allowance

    def value(self, at: int, depth: int) -> tuple[JsonValue, int]:
        """Return the value that begins at or after `at`, and where it ends."""
        self._allowance.values -= 1
        if self._allowance.values < 0 or depth > _DEEPEST:
            raise MalformedJson("more values than an images answer has")
        at = self._document.skip_space(at)
        match self._document.byte(at):
            case b'"':
                return self._string(at)
            case b"{":
                return self._object(at + 1, depth)
            case b"[":
                return self._array(at + 1, depth)
            case b"":
                raise TruncatedJson("the document stops before a value")
            case _:
                return self._scalar(at)

    def _string(self, at: int) -> tuple[JsonText, int]:
        end = at
        for _ in range(_MOST_ESCAPED_QUOTES):
            end = self._document.find(b'"', end + 1)
            if end < 0:
                raise TruncatedJson("the document stops inside a string")
            before = self._document.slice(max(at + 1, end - _LONGEST_BACKSLASHES), end)
            backslashes = len(before) - len(before.rstrip(b"\\"))
            if backslashes == _LONGEST_BACKSLASHES:
                break
            if backslashes % 2 == 0:
                return JsonText(self._document, at + 1, end), end + 1
        raise MalformedJson("a string holds more escapes than text does")

    def _object(self, at: int, depth: int) -> tuple[JsonValue, int]:
        found: dict[str, JsonValue] = {}
        key = ""
        at = self._document.skip_space(at)
        if self._document.byte(at) == b"}":
            return found, at + 1
        try:
            while True:
                key, at = self._key(at)
                found[key], at = self.value(at, depth + 1)
                separator, at = self._separator(at)
                if separator == b"}":
                    return found, at
                if separator != b",":
                    raise MalformedJson("an object is not continued")
        except MalformedJson as exc:
            if exc.found is not None:
                found[key] = exc.found
            exc.found = found
            raise

    def _key(self, at: int) -> tuple[str, int]:
        at = self._document.skip_space(at)
        self._expect(b'"', at)
        name, at = self._string(at)
        if len(name) > _LONGEST_KEY:
            raise MalformedJson("a name is longer than names are")
        at = self._document.skip_space(at)
        self._expect(b":", at)
        return name.text(_LONGEST_KEY), at + 1

    def _array(self, at: int, depth: int) -> tuple[JsonValue, int]:
        found: list[JsonValue] = []
        at = self._document.skip_space(at)
        if self._document.byte(at) == b"]":
            return found, at + 1
        try:
            while True:
                value, at = self.value(at, depth + 1)
                found.append(value)
                separator, at = self._separator(at)
                if separator == b"]":
                    return found, at
                if separator != b",":
                    raise MalformedJson("an array is not continued")
        except MalformedJson as exc:
            if exc.found is not None:
                found.append(exc.found)
            exc.found = found
            raise

    def _separator(self, at: int) -> tuple[bytes, int]:
        at = self._document.skip_space(at)
        byte = self._document.byte(at)
        if not byte:
            raise TruncatedJson("the document stops inside a value")
        return byte, at + 1

    def _expect(self, byte: bytes, at: int) -> None:
        found = self._document.byte(at)
        if not found:
            raise TruncatedJson("the document stops inside an object")
        if found != byte:
            raise MalformedJson("an object is not written as one")

    def _scalar(self, at: int) -> tuple[JsonValue, int]:
        word = self._document.match(_WORD, at)
        if word:
            return _WORDS[word], at + len(word)
        number = self._document.match(_NUMBER, at)
        if not number:
            raise MalformedJson("not a JSON value")
        value: int | float = json.loads(number)
        return value, at + len(number)
