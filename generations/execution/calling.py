"""Ask the endpoint for one call: claimed -> sent -> received, with nothing paid for left in memory only."""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from generations import images_api, previews
from generations.execution import obstacles
from generations.execution.asking import asked, connection_of
from generations.execution.claiming import claim_next
from generations.execution.conclusion import refresh
from generations.execution.developing import Onlooker, Ring
from generations.execution.stopping import end_stopped
from generations.execution.worker import Worker, free_hand, in_hand, is_stopping, spool, this_worker
from generations.images_api import Delivery, ImagesRequest, NotSent, Reason, SpoolFull, Unanswered
from generations.models import Call, CallOutcome, CallStatus, move_call
from generations.models.calls import lease
from generations.moderation import holding
from generations.moderation.pre_check import StoppedByCheck, pre_check

logger = logging.getLogger(__name__)

MAX_UNSENT_TRIES = 6  # with backoff about two minutes; nothing was sent, so trying costs only time
_LONGEST_PAUSE = timedelta(minutes=10).total_seconds()


class Fenced(Exception):
    """Somebody else has taken this call over, or it was cancelled; nothing of ours may be sent."""


class Stopping(Exception):
    """This worker is being stopped; what has not been sent is left to another."""


@dataclass(frozen=True, slots=True)
class Executed:
    """A call that was taken from the line; `received` when an answer lies in this host's spool."""

    call_id: UUID
    host: str
    received: bool


def execute_next(*, ring_for_preview: Ring | None = None) -> Executed | None:
    """Claim the fairest waiting call and see it through to an answer; None when nothing may start now.

    Nothing may start either while this process has as many calls in hand as it may have.

    `ring_for_preview` is called with the call and its host whenever a partial image has come, and says
    whether anybody can have heard it. Without it there are no previews.
    """
    worker = this_worker()
    with free_hand() as is_free:
        call = claim_next(worker) if is_free and not is_stopping() else None
        if call is None:
            return None
        with in_hand(call.pk):
            received = _execute(call, worker, ring_for_preview)
    if not received and call.endpoint.partial_images:
        previews.forget(call.pk)
    return Executed(call.pk, worker.host, received=received)


def _execute(call: Call, worker: Worker, ring_for_preview: Ring | None) -> bool:
    try:
        with asked(call) as request:
            delivery = _send(call, request, _onlooker(call, worker, request, ring_for_preview))
    except Fenced:
        logger.info("call %s: cancelled or claimed by another worker before it was sent", call.pk)
    except Stopping:
        _put_back(call)
    except StoppedByCheck as stopped:
        end_stopped(call, stopped.check)
    except (NotSent, SpoolFull) as error:
        _back_in_line(call, reason=error.reason, repeatable=_may_be_sent_later(error))
    except Unanswered as error:
        _mark_unknown(call, reason=error.reason)
    except DatabaseError:
        # Nothing has left. Whether the row says so only the sweep can tell, when the lease has ended.
        logger.warning("call %s: the database was out of reach before it was sent", call.pk)
        raise
    except Exception:
        # The only place that catches everything: the row must not say "running" for ever.
        _give_up(call)
        raise
    else:
        return _receive(call, delivery, worker)
    return False


def _send(call: Call, request: ImagesRequest, onlooker: Onlooker | None) -> Delivery:
    try:
        kept = spool().load(str(call.pk))
    except OSError as error:
        raise SpoolFull.because(Reason.SPOOL_FULL) from error
    if kept is not None:
        # The row has forgotten what the disk remembers, as after the restore of a backup: this was paid for.
        _mark_sent(call)
        return kept
    # Not among the endpoint's obstacles: it is another one's answer that is waited for.
    pre_check(call.generation, request.references)
    try:
        return images_api.send(
            request,
            connection_of(call),
            call_id=str(call.pk),
            spool=spool(),
            on_sending=partial(_mark_sent, call),
            # What is held is not seen while it is made, either.
            on_partial=None if onlooker and holding.is_held(call.generation_id) else onlooker,
        )
    except NotSent as error:
        obstacles.not_sent(call.endpoint_id, error.reason)
        raise


def _may_be_sent_later(error: NotSent | SpoolFull) -> bool:
    """Whether another try may go better; what paused its endpoint waits until a person has seen to it."""
    return getattr(error, "repeatable", True) or error.reason in obstacles.NOTHING_CAN_BE_SENT


def pause_before_repeat(repeats: int, *, at_least: float = 0.0) -> float:
    """Return seconds to wait before another try: doubling, with jitter so that no crowd returns at once."""
    backoff = 2.0 ** min(repeats, 8) * random.uniform(1.0, 1.5)  # noqa: S311 - spreads load, guards nothing
    return min(max(backoff, at_least), _LONGEST_PAUSE)


def _onlooker(call: Call, worker: Worker, request: ImagesRequest, ring: Ring | None) -> Onlooker | None:
    if ring is None or not request.partial_images:
        return None
    return Onlooker(call.pk, host=worker.host, of=request.partial_images, ring=ring)


def _mark_sent(call: Call) -> None:
    """Commit `sent` as the last thing before the first byte leaves; without that commit nothing may leave."""
    if is_stopping():
        raise Stopping
    with transaction.atomic():
        obstacles.connection_stood(call.endpoint_id)  # first: claims lock endpoints before generations, too
        if not move_call(call, CallStatus.SENT, sent_at=Now()):
            raise Fenced
    # Endpoints think for minutes: no connection waits with them.
    if not connection.in_atomic_block:
        connection.close()


def _receive(call: Call, delivery: Delivery, worker: Worker) -> bool:
    """Record that the answer is in the spool, also when the claim was lost meanwhile: it was paid for."""
    changes: dict[str, Any] = {
        "received_at": Now(),
        "lease_until": None,
        "spool_host": worker.host,
        "http_status": delivery.status,
        "request_id": delivery.request_id[:200],
        "body_bytes": delivery.body_bytes,
        "reason": "",  # of a worker that was being stopped, and came to its end all the same
    }
    with transaction.atomic():
        if not move_call(call, CallStatus.RECEIVED, **changes):
            late = Call.objects.get(pk=call.pk)
            if late.status != CallStatus.UNKNOWN:
                return False
            move_call(late, CallStatus.RECEIVED, new_epoch=True, **changes)
        refresh(call.generation_id)
    return True


def _back_in_line(call: Call, *, reason: Reason, repeatable: bool) -> None:
    with transaction.atomic():
        if repeatable and call.repeats < MAX_UNSENT_TRIES:
            move_call(
                call,
                CallStatus.QUEUED,
                lease_until=None,
                worker="",
                repeats=call.repeats + 1,
                reason=reason,
                not_before=lease(pause_before_repeat(call.repeats)),
            )
        else:
            _fail(call, reason=reason)
        refresh(call.generation_id)


def _put_back(call: Call) -> None:
    with transaction.atomic():
        move_call(call, CallStatus.QUEUED, lease_until=None, worker="", reason="")
        refresh(call.generation_id)


def _mark_unknown(call: Call, *, reason: Reason) -> None:
    with transaction.atomic():
        move_call(call, CallStatus.UNKNOWN, lease_until=None, reason=reason, settled_at=Now())
        refresh(call.generation_id)


def _give_up(call: Call) -> None:
    try:
        with transaction.atomic():
            if call.status == CallStatus.SENT:
                move_call(
                    call,
                    CallStatus.UNKNOWN,
                    lease_until=None,
                    reason=Reason.CONNECTION_LOST,
                    settled_at=Now(),
                )
            else:
                _fail(call, reason=Reason.UNCLASSIFIED)
            refresh(call.generation_id)
    except DatabaseError:
        logger.exception("call %s: left to the sweep", call.pk)


def _fail(call: Call, *, reason: Reason) -> None:
    move_call(
        call,
        CallStatus.SETTLED,
        outcome=CallOutcome.FAILED,
        reason=reason,
        lease_until=None,
        settled_at=Now(),
    )
