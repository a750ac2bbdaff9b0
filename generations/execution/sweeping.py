"""What the queue forgets the sweep remembers: waiting calls, dead workers' calls, spooled answers."""

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from generations import references
from generations.execution.alone import alone
from generations.execution.claiming import startable
from generations.execution.conclusion import refresh
from generations.execution.endings import end_unknown
from generations.execution.worker import spool, work_root
from generations.images_api import Delivery, Reason
from generations.models import Call, CallOutcome, CallStatus, move_call
from generations.samples import record_sample

logger = logging.getLogger(__name__)

# A spooled answer lies on one host only; others wait this long for it before they call it unknown.
FOREIGN_HOST_PATIENCE = timedelta(minutes=2)
# A host may be away for hours, and what lies on it is paid for.
LOST_HOST_PATIENCE = timedelta(days=1)
KEEP_UNUSABLE = timedelta(days=7)
LITTER_AFTER = timedelta(days=1).total_seconds()  # longer than any call or settlement takes
KEEP_ASIDE = timedelta(days=30).total_seconds()  # time to find out that a restore has lost rows
MOST_RINGS = 100  # per host
UNUSED_EVERY = timedelta(hours=1).total_seconds()


class _Outage:
    """When this process last found the database away, on the clock of this process."""

    def __init__(self) -> None:
        self._seen: float | None = None

    def begun_or_goes_on(self) -> None:
        self._seen = time.monotonic()

    def is_fresh(self) -> bool:
        """Whether it ended so lately that not every worker can have given a sign of life since."""
        return self._seen is not None and time.monotonic() - self._seen < settings.CALL_LEASE_SECONDS / 2


class _Seldom:
    """Something that a process does at most so often; the first time comes after a while, too."""

    def __init__(self, *, every: float) -> None:
        self._every = every  # seconds
        self._last = time.monotonic()

    def is_due(self) -> bool:
        if time.monotonic() - self._last < self._every:
            return False
        self._last = time.monotonic()
        return True


_outage = _Outage()
_unused = _Seldom(every=UNUSED_EVERY)


@dataclass(frozen=True, slots=True)
class Swept:
    """What there is to ring for: calls that could start, and received calls with the host of each body."""

    startable: int
    received: tuple[tuple[UUID, str], ...]


def sweep() -> Swept:
    """Bring every row that no live worker holds into its right state; safe to run twice at once."""
    try:
        find_spooled_answers()
        delete_litter()
        with alone() as nobody_else_sweeps:
            if nobody_else_sweeps:
                _bring_rows_into_their_state()
        return Swept(startable=startable(), received=tuple(_received()))
    except DatabaseError:
        _outage.begun_or_goes_on()
        raise


def cancel_what_may_not_run() -> None:
    """A suspended member's waiting calls do not run, nor those of what was cancelled."""
    may_not = Q(member__is_active=False) | Q(generation__cancel_asked_at__isnull=False)
    for call in Call.objects.filter(may_not, status=CallStatus.QUEUED):
        with transaction.atomic():
            if move_call(call, CallStatus.SETTLED, outcome=CallOutcome.CANCELLED, settled_at=Now()):
                refresh(call.generation_id)


def find_spooled_answers() -> None:
    """Take up answers of this host that were written down and never recorded, and delete settled ones.

    Those of calls that nobody knows are laid aside: an older copy of the database may have been restored.
    They are taken up again should a newer one take its place.
    """
    here = spool()
    for call_id in Call.objects.in_bulk(list(here.call_ids_aside())):
        here.bring_back(str(call_id))
    call_ids = list(here.call_ids())
    calls = Call.objects.in_bulk(call_ids)
    for call_id in call_ids:
        call = calls.get(UUID(call_id))
        if call is None:
            logger.warning("the answer of call %s, which has no row, is laid aside", call_id)
            here.lay_aside(call_id)
        elif _is_done_with(call):
            here.discard(call_id)
        elif _is_late(call) or _is_forgotten(call):
            delivery = here.load(call_id)
            if delivery is not None:
                _take_up(call, delivery)


def reap_abandoned_calls() -> None:
    """Calls of dead workers: what was never sent goes back in line, what was sent is unknown.

    After an outage of the database every claim looks abandoned: those who live get the time to say so.
    """
    if _outage.is_fresh():
        return
    for call in Call.objects.abandoned():
        asked = time.monotonic()
        with transaction.atomic():
            if time.monotonic() - asked > settings.CALL_LEASE_SECONDS / 3:
                _outage.begun_or_goes_on()  # SQLite, and one writer kept it from all others for so long
                return
            if not Call.objects.abandoned().filter(pk=call.pk).exists():
                continue  # its worker has spoken meanwhile
            if call.status == CallStatus.CLAIMED:
                move_call(call, CallStatus.QUEUED, new_epoch=True, lease_until=None, worker="", reason="")
            elif call.spool_host == settings.STUDIO_HOST or _host_is_gone(call):
                move_call(
                    call,
                    CallStatus.UNKNOWN,
                    new_epoch=True,
                    lease_until=None,
                    reason=_why_its_worker_is_gone(call),
                    settled_at=Now(),
                )
            refresh(call.generation_id)


def give_up_lost_hosts() -> None:
    """Answers on a host that never returns: nobody waits for ever. Should it return, they still count."""
    long_ago = Now() - LOST_HOST_PATIENCE
    # A host that lives and cannot settle, because the storage is away, says so in every row each minute.
    silent = Q(lease_until__isnull=True) | Q(lease_until__lt=long_ago)
    silent &= Q(not_before__isnull=True) | Q(not_before__lt=long_ago)
    lost = Call.objects.filter(silent, status=CallStatus.RECEIVED, received_at__lt=long_ago)
    for call in lost.exclude(spool_host=settings.STUDIO_HOST):
        end_unknown(call, reason=Reason.ANSWER_LOST)


def delete_litter() -> None:
    """What dead workers left half written is of no use to anybody."""
    spool().discard_litter(older_than=LITTER_AFTER)
    spool().discard_laid_aside(older_than=KEEP_ASIDE)
    for folder in work_root().glob("*"):
        with suppress(FileNotFoundError):  # another sweep was first
            if time.time() - folder.stat().st_mtime > LITTER_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


def _bring_rows_into_their_state() -> None:
    cancel_what_may_not_run()
    reap_abandoned_calls()
    give_up_lost_hosts()
    record_sample()
    if _unused.is_due():
        references.discard_unused()


def _received() -> Iterator[tuple[UUID, str]]:
    """By host, so that one which is away for long does not crowd out the others."""
    awaiting = Call.objects.awaiting_settlement()
    for host in awaiting.order_by("spool_host").values_list("spool_host", flat=True).distinct():
        yield from awaiting.filter(spool_host=host).values_list("pk", "spool_host")[:MOST_RINGS]


def _take_up(call: Call, delivery: Delivery) -> None:
    with transaction.atomic():
        if call.status == CallStatus.QUEUED and not (
            move_call(call, CallStatus.CLAIMED, new_epoch=True, claimed_at=Now())
            and move_call(call, CallStatus.SENT, sent_at=Now())
        ):
            return
        move_call(
            call,
            CallStatus.RECEIVED,
            new_epoch=True,
            lease_until=None,
            received_at=Now(),
            settled_at=None,
            reason="",
            http_status=delivery.status,
            request_id=delivery.request_id[:200],
            body_bytes=delivery.body_bytes,
            spool_host=settings.STUDIO_HOST,
        )
        refresh(call.generation_id)


def _why_its_worker_is_gone(call: Call) -> Reason:
    is_stopped = call.reason == Reason.STUDIO_STOPPED
    return Reason.STUDIO_STOPPED if is_stopped else Reason.WORKER_LOST


def _is_late(call: Call) -> bool:
    """Whether nobody has read the answer of a call that was given up."""
    return call.status == CallStatus.UNKNOWN and (
        call.received_at is None or call.reason == Reason.ANSWER_LOST
    )


def _is_forgotten(call: Call) -> bool:
    """Whether the answer is here and the row does not know, and nobody is about to tell it.

    A waiting call that has an answer was sent all the same: its row is older than that.
    """
    return call.status == CallStatus.QUEUED or (call.status == CallStatus.SENT and _is_abandoned(call))


def _is_done_with(call: Call) -> bool:
    if call.status == CallStatus.UNKNOWN:  # a middlebox's page: it was read, and is no answer
        return not _is_late(call)
    if call.status != CallStatus.SETTLED:
        return False
    if call.outcome == CallOutcome.FAILED and call.settled_at is not None:
        return timezone.now() - call.settled_at > KEEP_UNUSABLE
    return True


def _is_abandoned(call: Call) -> bool:
    return Call.objects.abandoned().filter(pk=call.pk).exists()


def _host_is_gone(call: Call) -> bool:
    return Call.objects.filter(pk=call.pk, lease_until__lt=Now() - FOREIGN_HOST_PATIENCE).exists()
