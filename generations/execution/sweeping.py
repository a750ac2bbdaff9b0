"""What the queue forgets the sweep remembers: waiting calls, dead workers' calls, spooled answers."""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from generations.execution.claiming import startable
from generations.execution.conclusion import refresh
from generations.execution.worker import spool, work_root
from generations.images_api import Delivery, Reason
from generations.models import Call, CallOutcome, CallStatus, move_call

# A spooled answer lies on one host only; others wait this long for it before they call it unknown.
FOREIGN_HOST_PATIENCE = timedelta(minutes=2)
KEEP_UNUSABLE = timedelta(days=7)
LITTER_AFTER = timedelta(days=1).total_seconds()  # longer than any call or settlement takes
MOST_RINGS = 100  # per host


@dataclass(frozen=True, slots=True)
class Swept:
    """What there is to ring for: calls that could start, and received calls with the host of each body."""

    startable: int
    received: tuple[tuple[UUID, str], ...]


def sweep() -> Swept:
    """Bring every row that no live worker holds into its right state; safe to run twice at once."""
    cancel_suspended()
    find_spooled_answers()
    reap_abandoned_calls()
    delete_litter()
    return Swept(startable=startable(), received=tuple(_received()))


def cancel_suspended() -> None:
    """A suspended member's waiting calls do not run."""
    for call in Call.objects.filter(status=CallStatus.QUEUED, member__is_active=False):
        with transaction.atomic():
            if move_call(call, CallStatus.SETTLED, outcome=CallOutcome.CANCELLED, settled_at=Now()):
                refresh(call.generation_id)


def find_spooled_answers() -> None:
    """Take up answers of this host that were written down and never recorded, and delete settled ones."""
    here = spool()
    call_ids = list(here.call_ids())
    calls = Call.objects.in_bulk(call_ids)
    for call_id in call_ids:
        call = calls.get(UUID(call_id))
        if call is None or _is_done_with(call):
            here.discard(call_id)
        elif call.status == CallStatus.UNKNOWN or (call.status == CallStatus.SENT and _is_abandoned(call)):
            delivery = here.load(call_id)
            if delivery is not None:
                _take_up(call, delivery)


def reap_abandoned_calls() -> None:
    """Calls of dead workers: what was never sent goes back in line, what was sent is unknown."""
    for call in Call.objects.abandoned():
        with transaction.atomic():
            if call.status == CallStatus.CLAIMED:
                move_call(call, CallStatus.QUEUED, new_epoch=True, lease_until=None, worker="")
            elif call.spool_host == settings.STUDIO_HOST or _host_is_gone(call):
                move_call(
                    call,
                    CallStatus.UNKNOWN,
                    new_epoch=True,
                    lease_until=None,
                    reason=Reason.CONNECTION_LOST,
                    settled_at=Now(),
                )
            refresh(call.generation_id)


def delete_litter() -> None:
    """What dead workers left half written is of no use to anybody."""
    spool().discard_litter(older_than=LITTER_AFTER)
    for folder in work_root().glob("*"):
        with suppress(FileNotFoundError):  # another sweep was first
            if time.time() - folder.stat().st_mtime > LITTER_AFTER:
                shutil.rmtree(folder, ignore_errors=True)


def _received() -> Iterator[tuple[UUID, str]]:
    """By host, so that one which is away for long does not crowd out the others."""
    awaiting = Call.objects.awaiting_settlement()
    for host in awaiting.order_by("spool_host").values_list("spool_host", flat=True).distinct():
        yield from awaiting.filter(spool_host=host).values_list("pk", "spool_host")[:MOST_RINGS]


def _take_up(call: Call, delivery: Delivery) -> None:
    with transaction.atomic():
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


def _is_done_with(call: Call) -> bool:
    if call.status != CallStatus.SETTLED:
        return False
    if call.outcome == CallOutcome.FAILED and call.settled_at is not None:
        return timezone.now() - call.settled_at > KEEP_UNUSABLE
    return True


def _is_abandoned(call: Call) -> bool:
    return Call.objects.abandoned().filter(pk=call.pk).exists()


def _host_is_gone(call: Call) -> bool:
    return Call.objects.filter(pk=call.pk, lease_until__lt=Now() - FOREIGN_HOST_PATIENCE).exists()
