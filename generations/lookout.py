"""What a worker looks after by itself, every few seconds and whether or not a doorbell reaches it.

Redis may be away, forget, or be there for everybody but this process. The queue is in the database, so none
of this keeps anybody waiting for longer than seconds; claims are guarded, so nothing runs twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from generations import execution, forking, live
from generations.forking import database_open
from generations.models import Call, CallStatus
from generations.moderation import rewriting

logger = logging.getLogger(__name__)

EVERY = 3.0  # seconds
DEAF_AFTER = 15.0  # seconds without a bell; beat rings every five while there is something to do
OVERDUE = timedelta(minutes=1)  # an answer that lies for so long while nobody settles anything
_ANSWERS_AT_ONCE = 20  # so that a worker that is being stopped is not kept for long

_last_bell = 0.0


def keep(look: Callable[[], None], *, name: str) -> None:
    """Start the thread that takes a look every few seconds for as long as the process lives."""
    threading.Thread(target=_look_for_ever, args=(look, name), name=name, daemon=True).start()


def heard() -> None:
    """Note that a doorbell has reached this process."""
    global _last_bell
    _last_bell = time.monotonic()


def broker_answers() -> bool:
    """Whether bells can be rung at all."""
    return _broker_answers()


def sweep() -> None:
    """Sweep as beat does, which may be away; without ringing, for whoever looks out needs no bell."""
    execution.sweep()


def take_calls(call_next: Callable[[], bool], *, at_once: int, ring: Callable[[], None]) -> None:
    """When bells may be missing, put free threads to work on the line.

    Args:
        call_next: sees one call through; False when nothing may start now.
        at_once: how many calls this process may have in hand.
        ring: says that calls may wait, for bells that came while all hands were full went unheeded.
    """
    if execution.is_stopping() or not _bells_are_missing():
        return
    execution.take_at_most(at_once)
    for _ in range(min(execution.free_hands(at_once), execution.startable())):
        # No daemons, as this thread is: whoever stops this worker waits for what is paid for.
        threading.Thread(target=_work, args=(call_next, ring), name="unrung", daemon=False).start()


def settle_answers() -> None:
    """When bells may be missing, settle what lies on this host, one answer after the other."""
    here = Call.objects.filter(spool_host=settings.STUDIO_HOST)
    awaiting = here.awaiting_settlement().order_by("received_at")
    if _broker_answers():
        if here.filter(status=CallStatus.RECEIVED, lease_until__gt=Now()).exists():
            return
        awaiting = awaiting.filter(received_at__lt=Now() - OVERDUE)
    for call_id in list(awaiting.values_list("pk", flat=True)[:_ANSWERS_AT_ONCE]):
        if forking.is_awaited():  # the pool wants a child back, which settles more than one thread here
            return
        execution.settle(call_id)


def propose_other_words() -> None:
    """Ask for what no bell has brought to anybody, and end what its worker has left behind.

    In a thread of its own, so that it comes to its turn even while every thread of the pool waits for images.
    """
    rewriting.end_abandoned()
    if execution.is_stopping() or not rewriting.is_overdue():
        return
    # No daemon, as this thread is: whoever stops this worker waits for what is paid for.
    asking = threading.Thread(target=_ask_for_other_words, name="unrung-rewrite", daemon=False)
    asking.start()
    asking.join()


def _look_for_ever(look: Callable[[], None], name: str) -> None:
    pause = threading.Event()
    while not pause.wait(EVERY):
        # A thread for every turn: what nobody has foreseen ends that turn only.
        turn = threading.Thread(target=_look, args=(look, name), name=name, daemon=True)
        turn.start()
        turn.join()


def _look(look: Callable[[], None], name: str) -> None:
    try:
        with database_open():
            look()
    except DatabaseError:
        logger.warning("%s: the database is out of reach", name)


def _work(call_next: Callable[[], bool], ring: Callable[[], None]) -> None:
    try:
        while call_next():
            if _broker_answers():
                ring()
                break
    except DatabaseError:
        logger.exception("the database went away during a call, which is left to the sweep")
    finally:
        connection.close()


def _ask_for_other_words() -> None:
    try:
        rewriting.run_next()
    except DatabaseError:
        logger.exception("the database went away during a rewrite, which is ended by the next look")
    finally:
        connection.close()


def _bells_are_missing() -> bool:
    return not _broker_answers() or time.monotonic() - _last_bell > DEAF_AFTER


def _broker_answers() -> bool:
    try:
        return bool(live.impatient_redis().ping())
    except redis.RedisError:
        return False
