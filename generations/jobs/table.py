"""A table for spreadsheet programs, in which no cell is taken for a formula."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Programs take a cell that begins so for something to compute; some read the full-width signs alike.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BYTE_ORDER_MARK = "\ufeff"  # without it, Excel does not read UTF-8


def table(columns: Sequence[str], rows: Iterator[str]) -> Iterator[str]:
    """Yield a table line by line; each row is an object as JSON."""
    yield _BYTE_ORDER_MARK + _line(columns)
    for row in rows:
        told: Mapping[str, Any] = json.loads(row)
        yield _line([_cell(told.get(column)) for column in columns])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return harmless(str(value))


def harmless(text: str) -> str:
    """Return the text so that it is text: spaces before a formula do not hide it."""
    return (
        f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_FORMULA) or text.startswith(_FORMULA) else text
    )


def _line(cells: Sequence[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow(cells)
    return stream.getvalue()
