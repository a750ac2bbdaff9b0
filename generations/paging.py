"""Pages by place, not by number: the cursor names the last row seen, so depth costs nothing."""

import base64
import binascii
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from generations.models import Generation

_PLACE = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: a time, to the microsecond, and the id that breaks ties."""

    created_at: datetime
    pk: uuid.UUID

    @classmethod
    def of(cls, generation: Generation) -> "Place":
        return cls(generation.created_at, generation.pk)

    @classmethod
    def parse(cls, cursor: str) -> "Place | None":
        """Return the place that a cursor names, or None for one that was cut, forged or mistyped."""
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"==")
            microseconds, pk = _PLACE.unpack(raw)
            return cls(_EPOCH + timedelta(microseconds=microseconds), uuid.UUID(bytes=pk))
        except (ValueError, binascii.Error, struct.error, OverflowError):
            return None

    def __str__(self) -> str:
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        return base64.urlsafe_b64encode(_PLACE.pack(microseconds, self.pk.bytes)).decode("ascii").rstrip("=")


def next_cursor(page: Sequence[Generation], *, more: bool) -> str | None:
    """Return the cursor of what follows the page, or None at the end."""
    return str(Place.of(page[-1])) if page and more else None
