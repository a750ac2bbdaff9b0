"""What was asked, what was executed (and would be billed) and what was delivered: one row per request."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import asdict, dataclass
from pathlib import Path

Row = dict[str, str | int | float | None]

# What later versions wrote down besides: added to the file of an earlier one.
_ADDED = {
    "operation": "TEXT NOT NULL DEFAULT 'generations'",
    "reference_count": "INTEGER NOT NULL DEFAULT 0",
    "has_mask": "INTEGER NOT NULL DEFAULT 0",
    "reference_sha256": "TEXT",
    "partial_images": "INTEGER",
}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY,
    received_at REAL NOT NULL,
    call_id TEXT,
    idempotency_key TEXT,
    model TEXT,
    n INTEGER,
    prompt TEXT,
    executed_at REAL,
    finished_at REAL,
    images INTEGER NOT NULL DEFAULT 0,
    delivered_at REAL,
    status INTEGER,
    fault TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS requests_by_call ON requests (call_id);
"""


@dataclass(frozen=True, slots=True)
class Received:
    call_id: str | None
    idempotency_key: str | None
    model: str | None
    n: int | None
    prompt: str | None
    operation: str = "generations"
    reference_count: int = 0
    has_mask: bool = False
    # Of the first reference, as hexadecimal digits.
    reference_sha256: str | None = None
    # None: no stream was asked for.
    partial_images: int | None = None


class Ledger:
    """Every write is committed before the request goes on, so the file is right even after a kill."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Autocommit; the event loop is the only writer, and a commit without fsync takes microseconds.
        self._rows = sqlite3.connect(path, isolation_level=None)
        self._rows.row_factory = sqlite3.Row
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=NORMAL")
        self._rows.executescript(_SCHEMA)
        there = {column["name"] for column in self._rows.execute("PRAGMA table_info(requests)")}
        for name, kind in _ADDED.items():
            if name not in there:
                self._rows.execute(f"ALTER TABLE requests ADD COLUMN {name} {kind}")

    def receive(self, received: Received) -> int:
        values = {"received_at": time.time(), **asdict(received)}
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        # Only names of our own are put into the statement.
        cursor = self._rows.execute(f"INSERT INTO requests ({names}) VALUES ({marks})", values)  # noqa: S608
        return cursor.lastrowid or 0

    def note_prompt(self, row: int, prompt: str) -> None:
        """For a request whose prompt is found only when it is understood."""
        self._rows.execute("UPDATE requests SET prompt = ? WHERE id = ?", (prompt, row))

    def note_fault(self, row: int, fault: str) -> None:
        self._rows.execute("UPDATE requests SET fault = ? WHERE id = ?", (fault, row))

    def execute(self, row: int) -> None:
        self._rows.execute("UPDATE requests SET executed_at = ? WHERE id = ?", (time.time(), row))

    def finish(self, row: int, *, status: int | None, images: int) -> None:
        """No status: the connection is to be closed without one."""
        self._rows.execute(
            "UPDATE requests SET finished_at = ?, status = ?, images = ? WHERE id = ?",
            (time.time(), status, images, row),
        )

    def deliver(self, row: int) -> None:
        self._rows.execute("UPDATE requests SET delivered_at = ? WHERE id = ?", (time.time(), row))

    def rows(self, *, call_id: str | None = None, after: int = 0) -> list[Row]:
        """Oldest first; a call id is looked for in both headers."""
        cursor = self._rows.execute(
            "SELECT * FROM requests WHERE id > :after "
            "AND (:call IS NULL OR :call IN (call_id, idempotency_key)) ORDER BY id",
            {"after": after, "call": call_id},
        )
        return [dict(row) for row in cursor]

    def close(self) -> None:
        self._rows.close()
