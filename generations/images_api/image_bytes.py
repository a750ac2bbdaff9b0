"""The bytes of an image that lies in a body as base64, in every way in which it is written there."""

import binascii
import re
from collections.abc import Iterator

import pybase64

from generations.images_api.errors import Unreadable
from generations.images_api.image_places import InBody
from generations.images_api.json_spans import Document, MalformedJson, unescaped, whole_escapes
from generations.images_api.reasons import Reason

_SLICE = 65_536  # bytes of base64 at a time
_DATA_URI = re.compile(rb"\s*data:([\w.+/;=-]{0,200}),", re.IGNORECASE)
_LONGEST_PREFIX = 512  # bytes
# Base64 for URLs is the same with two other letters.
_ALPHABET = bytes.maketrans(b"-_", b"+/")
_SPACE = b" \t\r\n\f\v"
SIGNATURES = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|GIF8[79]a", re.DOTALL)


def decoded(document: Document, source: InBody) -> Iterator[bytes]:
    """Yield the bytes of an image; raises Unreadable where it is not base64."""
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
