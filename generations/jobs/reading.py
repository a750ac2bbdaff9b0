"""Values from outside as rows take them: of the right type, not too long, one of the known choices."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime

Record = Mapping[str, Any]
_INTEGER = 2_147_483_647
_LONGEST = 1_000_000  # characters


class Unreadable(Exception):
    """A record lacks something, or says something that cannot be."""


def text(record: Record, name: str, most: int = _LONGEST) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most:
        raise Unreadable(name)
    # PostgreSQL takes neither NUL nor halves of characters.
    return value.replace("\0", "").encode(errors="ignore").decode()


def choice(record: Record, name: str, known: Iterable[str], otherwise: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) and value in set(known) else otherwise


def number(record: Record, name: str, *, least: int = 0, most: int = _INTEGER) -> int:
    value = record.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Unreadable(name)
    return value


def perhaps_number(record: Record, name: str, *, most: int = _INTEGER) -> int | None:
    return None if record.get(name) is None else number(record, name, most=most)


def flag(record: Record, name: str) -> bool:
    return record.get(name) is True


def money(record: Record, name: str) -> Decimal | None:
    value = record.get(name)
    if value is None:
        return None
    try:
        amount = Decimal(str(value)[:40])
    except InvalidOperation as exc:
        raise Unreadable(name) from exc
    if not amount.is_finite() or not 0 <= amount < 1_000_000:
        raise Unreadable(name)
    return amount.quantize(Decimal("0.000001"))


def moment(record: Record, name: str) -> datetime | None:
    """Nothing is from the future, or from before there was anything of this kind."""
    value = record.get(name)
    if value is None:
        return None
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError as exc:
        raise Unreadable(name) from exc
    if found is None:
        raise Unreadable(name)
    aware = found if timezone.is_aware(found) else timezone.make_aware(found)
    if not 2020 <= aware.year <= timezone.now().year + 1:
        raise Unreadable(name)
    return min(aware, timezone.now())


def identity(record: Record, name: str) -> UUID:
    value = record.get(name)
    if not isinstance(value, str):
        raise Unreadable(name)
    try:
        return UUID(value)
    except ValueError as exc:
        raise Unreadable(name) from exc


def records(record: Record, name: str, most: int) -> list[Record]:
    value = record.get(name)
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
        raise Unreadable(name)
    return value


def texts(record: Record, name: str, *, most: int, longest: int) -> list[str]:
    value = record.get(name, [])
    if not isinstance(value, list) or len(value) > most:
        raise Unreadable(name)
    return [text({"one": one}, "one", longest) for one in value]


def plain_json(value: Any, *, depth: int = 4) -> Any:
    """Counts and short words in small objects, which is what endpoints say about usage."""
    if depth and isinstance(value, dict) and len(value) <= 40:
        return {str(key)[:60]: plain_json(one, depth=depth - 1) for key, one in value.items()}
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) <= _INTEGER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)[:200].replace("\0", "") if isinstance(value, str) else None
