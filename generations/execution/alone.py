"""One at a time over all processes: whoever comes while another is at it leaves it to that one."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import DatabaseError, connection

_NUMBER = 7_302_115  # no other advisory lock of this database has it


@contextmanager
def alone() -> Iterator[bool]:
    """Give True to one process at a time, and False to the others, who do not wait.

    What it guards has to be safe to run twice at once all the same: a broken connection ends the lock.
    """
    with _on_postgresql() if connection.vendor == "postgresql" else _on_one_machine() as is_mine:
        yield is_mine


@contextmanager
def _on_postgresql() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_NUMBER])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_NUMBER])


@contextmanager
def _on_one_machine() -> Iterator[bool]:
    """SQLite's processes share a disk, and a file on it."""
    database = Path(connection.settings_dict["NAME"])
    with database.with_name(f"{database.name}.sweep").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            try:
                yield True
            finally:
                # To close it is not enough: a child that was forked meanwhile has the same file open.
                fcntl.flock(file, fcntl.LOCK_UN)
