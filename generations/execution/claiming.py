"""Which call is next: the member with the fewest running calls first, then whoever has waited longest."""

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Now

from generations.execution.conclusion import refresh
from generations.execution.worker import Worker
from generations.models import Call, CallStatus, Endpoint, move_call
from generations.models.calls import lease


def claim_next(worker: Worker) -> Call | None:
    """Claim the fairest waiting call for the worker, or return None when nothing may start now."""
    with transaction.atomic():
        # The endpoints are the turnstile: whoever holds their rows counts and claims alone, so that limits
        # hold across workers. SQLite ignores the lock and needs none, its transactions write one at a time.
        limits = dict(
            Endpoint.objects.filter(is_active=True)
            .order_by("pk")
            .select_for_update(no_key=True)
            .values_list("pk", "calls_at_once")
        )
        call = _fairest(limits)
        if call is None:
            return None
        claimed = move_call(
            call,
            CallStatus.CLAIMED,
            new_epoch=True,
            worker=worker.name,
            spool_host=worker.host,
            claimed_at=Now(),
            lease_until=lease(settings.CALL_LEASE_SECONDS),
            not_before=None,
        )
        if not claimed:
            return None
        refresh(call.generation_id)
    return call


def startable() -> int:
    """Return about how many waiting calls could start now: no more than there are free places."""
    running = Counter(Call.objects.in_flight().values_list("endpoint_id", flat=True))
    limits = Endpoint.objects.filter(is_active=True).values_list("pk", "calls_at_once")
    free = sum(max(0, limit - running[endpoint]) for endpoint, limit in limits)
    return min(free, Call.objects.waiting()[:free].count())


def _fairest(limits: dict[int, int]) -> Call | None:
    running = list(Call.objects.in_flight().values_list("member_id", "endpoint_id"))
    per_member = Counter(member for member, _ in running)
    per_endpoint = Counter(endpoint for _, endpoint in running)
    lines: list[tuple[int, datetime, int, int]] = [
        (per_member[line["member_id"]], line["oldest"], line["member_id"], line["endpoint_id"])
        for line in Call.objects.waiting()
        .order_by()
        .values("member_id", "endpoint_id")
        .annotate(oldest=Min("queued_at"))
        if per_member[line["member_id"]] < settings.CALLS_AT_ONCE_PER_MEMBER
        and per_endpoint[line["endpoint_id"]] < limits.get(line["endpoint_id"], 0)
    ]
    if not lines:
        return None
    _, _, member, endpoint = min(lines)
    return (
        Call.objects.waiting()
        .filter(member_id=member, endpoint_id=endpoint)
        .select_related("generation", "endpoint")
        .order_by("queued_at", "position")
        .first()
    )
