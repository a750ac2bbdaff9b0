"""Who works here: the process that claims calls, and the sign of life that keeps its claims."""

import logging
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from generations.images_api import Reason, Spool
from generations.models import Call
from generations.models.calls import lease

logger = logging.getLogger(__name__)

# The calls that some thread of this process is seeing through at this moment.
_in_hand: set[uuid.UUID] = set()
_hands = threading.Lock()
_busy = 0  # threads that have a call in hand, or are about to take one
_most: float = float("inf")  # of them; threads that looked out by themselves count like those of the pool

_is_stopping = threading.Event()
_never = threading.Event()


@dataclass(frozen=True, slots=True)
class Worker:
    """One process on one host; its name is new at every start, so a restarted worker owns no old claims."""

    name: str
    host: str  # calls workers and images workers of one host share a spool folder


def spool() -> Spool:
    """Return the folder of this host in which paid answers are written down first."""
    return Spool(settings.SPOOL_ROOT)


def work_root() -> Path:
    """Return the folder in which answers are unpacked on their way to the storage."""
    root: Path = settings.SPOOL_ROOT / "work"
    return root


@cache
def this_worker() -> Worker:
    """Return this process's worker."""
    host = settings.STUDIO_HOST
    return Worker(name=f"{host}:{os.getpid()}:{uuid.uuid4().hex[:8]}", host=host)


def keep_claims_alive() -> None:
    """Start the thread that prolongs this worker's claims for as long as the process lives."""
    threading.Thread(target=_beat_for_ever, args=(this_worker(),), name="signs-of-life", daemon=True).start()


def stop_claiming() -> None:
    """Take nothing more from the line; what is in flight goes on, and its rows are told at once."""
    _is_stopping.set()


def is_stopping() -> bool:
    """Whether this process takes nothing more from the line."""
    return _is_stopping.is_set()


def take_at_most(calls: int) -> None:
    """From now on this process has no more than so many calls in hand."""
    global _most
    _most = calls


def free_hands(at_most: int) -> int:
    """Return how many more calls this process may take, if it may have so many in hand."""
    return max(0, at_most - _busy)


@contextmanager
def free_hand() -> Iterator[bool]:
    """Give True while this thread may take a call and see it through, and False when all hands are full."""
    global _busy
    with _hands:
        is_free = _busy < _most
        _busy += is_free
    try:
        yield is_free
    finally:
        with _hands:
            _busy -= is_free


@contextmanager
def in_hand(call_id: uuid.UUID) -> Iterator[None]:
    """Keep the claim on a call alive for so long, and no longer: what is let go of is left to the sweep."""
    _in_hand.add(call_id)
    try:
        yield
    finally:
        _in_hand.discard(call_id)


def give_sign_of_life(worker: Worker) -> int:
    """Prolong the worker's claims on the calls in hand in one statement; return how many these are.

    A worker that is being stopped says so with it: should it be ended before the answer has come, whoever
    reaps the call knows why.
    """
    held = Call.objects.in_flight().filter(worker=worker.name, pk__in=list(_in_hand))
    why = {"reason": Reason.STUDIO_STOPPED} if is_stopping() else {}
    return held.update(lease_until=lease(settings.CALL_LEASE_SECONDS), **why)


def _beat_for_ever(worker: Worker) -> None:
    while True:
        # The end of the work is news that does not wait for the next turn.
        (_never if is_stopping() else _is_stopping).wait(settings.CALL_LEASE_SECONDS / 3)
        try:
            give_sign_of_life(worker)
        except DatabaseError:
            # The database's clock cannot reach the end of a lease while the database is away.
            logger.warning("signs of life: the database is out of reach")
        finally:
            connection.close()
