"""No copy of a process is made while one of its threads has the database open.

SQLite keeps account of the locks of a process in its memory. A child that is forked while another thread
reads inherits an account of locks that it does not have: it reads what others overwrite meanwhile, and misses
rows without knowing it. SQLite's documentation forbids to carry an open database over a fork. Pools fork at
their start and whenever a child has died; the threads of their parent look after the line all the time.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


class _Gate:
    """Many may have the database open at once, or one may fork."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._own = threading.local()
        self._open = 0
        self.is_awaited = False

    def enter(self) -> None:
        with self._changed:
            self._open += 1
        self._own.open = self._own_open() + 1

    def leave(self) -> None:
        self._own.open = self._own_open() - 1
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def before_fork(self) -> None:
        """Wait for all others; whoever comes meanwhile may be what they wait for, and is let in."""
        self._changed.acquire()
        self.is_awaited = True
        self._changed.wait_for(lambda: self._open <= self._own_open())
        self.is_awaited = False

    def after_fork(self) -> None:
        self._changed.release()

    def _own_open(self) -> int:
        return int(getattr(self._own, "open", 0))


_gate = _Gate()


@contextmanager
def database_open() -> Iterator[None]:
    """Use the database in a thread beside the one that forks; closed at the end, and no fork until then."""
    _gate.enter()
    try:
        yield
    finally:
        connection.close()
        _gate.leave()


def is_awaited() -> bool:
    """Whether a fork waits for somebody: who has the database open for long ends soon."""
    return _gate.is_awaited


def _begin_anew() -> None:
    """Of the parent's threads the child has none."""
    global _gate
    _gate = _Gate()


os.register_at_fork(
    before=lambda: _gate.before_fork(),
    after_in_parent=lambda: _gate.after_fork(),
    after_in_child=_begin_anew,
)
