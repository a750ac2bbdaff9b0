"""Which call is next: an administrator's word first, then the fewest running calls, then the longest wait."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Max, Min, Q, Value
from django.db.models.functions import Now

from generations.execution.conclusion import refresh
from generations.execution.worker import Worker
from generations.models import Call, CallStatus, Endpoint, EndpointModel, move_call
from generations.models.calls import lease
from generations.pauses import what_is_paused

IN_TURN = ("-priority", "queued_at", "position")  # the calls of one member
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """Waiting calls of one member that may start under the same conditions."""

    member: int
    endpoint: int
    model: str  # "" where no model of the endpoint has a limit of its own
    priority: int  # the highest in it
    oldest: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Places:
    """How many more calls may start now, by endpoint and by model; a model that is not named has no limit."""

    running: Counter[int]  # by member
    at_endpoint: dict[int, int]
    at_model: dict[tuple[int, str], int]
    paused_members: frozenset[int] = frozenset()

    def for_line(self, line: Line) -> int:
        free = self.at_endpoint.get(line.endpoint, 0)
        return max(0, min(free, self.at_model.get((line.endpoint, line.model), free)))


def claim_next(worker: Worker) -> Call | None:
    """Claim the fairest waiting call for the worker, or return None when nothing may start now."""
    with transaction.atomic():
        # The endpoints are the turnstile: whoever holds their rows counts and claims alone, so that limits
        # hold across workers. SQLite ignores the lock and needs none, its transactions write one at a time.
        endpoints = list(
            Endpoint.objects.filter(is_active=True).order_by("pk").select_for_update(no_key=True)
        )
        call = _fairest(_places(endpoints))
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
    places = _places(Endpoint.objects.filter(is_active=True))
    by_model: Counter[tuple[int, str]] = Counter()
    for line in _lines(places):
        by_model[line.endpoint, line.model] += line.waiting
    by_endpoint: Counter[int] = Counter()
    for (endpoint, model), waiting in by_model.items():
        by_endpoint[endpoint] += min(waiting, max(0, places.at_model.get((endpoint, model), waiting)))
    return sum(
        min(waiting, max(0, places.at_endpoint.get(endpoint, 0))) for endpoint, waiting in by_endpoint.items()
    )


def _fairest(places: Places) -> Call | None:
    open_lines = [
        line
        for line in _lines(places)
        if places.running[line.member] < settings.CALLS_AT_ONCE_PER_MEMBER and places.for_line(line)
    ]
    if not open_lines:
        return None
    first = min(open_lines, key=lambda line: _turn(line, running=places.running[line.member]))
    calls = Call.objects.waiting().filter(member_id=first.member, endpoint_id=first.endpoint)
    if first.model:
        calls = calls.filter(generation__model=first.model)
    return calls.select_related("generation", "endpoint").order_by(*IN_TURN).first()


def _turn(line: Line, *, running: int) -> tuple[int, int, datetime, int]:
    return -line.priority, running, line.oldest, line.member


def _lines(places: Places) -> list[Line]:
    """A line per member and endpoint; per model, which costs a join, only where a model has a limit."""
    split = {endpoint for endpoint, _ in places.at_model}
    waiting = Call.objects.waiting().order_by()
    if places.paused_members:
        waiting = waiting.exclude(member__in=places.paused_members)
    columns = ("member_id", "endpoint_id", "line_model")
    whole = waiting.exclude(endpoint__in=split).annotate(line_model=Value(""))
    by_model = waiting.filter(endpoint__in=split).annotate(line_model=F("generation__model"))
    return [
        Line(*group)
        for lines in (whole, by_model)
        for group in lines.values_list(*columns).annotate(
            first=Max("priority"), oldest=Min("queued_at"), calls=Count("pk")
        )
    ]


def _places(endpoints: Iterable[Endpoint]) -> Places:
    """Count the free places; what is paused has none."""
    paused = what_is_paused()
    by_key = {
        endpoint.pk: endpoint
        for endpoint in endpoints
        if not paused.everything and endpoint.pk not in paused.endpoints
    }
    running = list(Call.objects.in_flight().values_list("member_id", "endpoint_id", "generation__model"))
    per_endpoint = Counter(endpoint for _, endpoint, _ in running)
    per_model = Counter((endpoint, model) for _, endpoint, model in running)
    at_endpoint = {key: endpoint.calls_at_once - per_endpoint[key] for key, endpoint in by_key.items()}
    slow_ones = [key for key, endpoint in by_key.items() if endpoint.calls_per_minute]
    started = _started_lately(slow_ones)
    for key in slow_ones:
        at_endpoint[key] = min(at_endpoint[key], by_key[key].calls_per_minute - started[key])
    limited = EndpointModel.objects.filter(endpoint__in=by_key, calls_at_once__isnull=False)
    return Places(
        running=Counter(member for member, _, _ in running),
        at_endpoint=at_endpoint,
        at_model={
            (endpoint, name): limit - per_model[endpoint, name]
            for endpoint, name, limit in limited.values_list("endpoint_id", "name", "calls_at_once")
            if limit is not None
        }
        | dict.fromkeys(paused.models, 0),
        paused_members=paused.members,
    )


def _started_lately(endpoints: list[int]) -> Counter[int]:
    """Count what reached each endpoint in the last minute, or is about to, on the database's clock.

    A claim that came to nothing counts no longer: the endpoint has not seen it.
    """
    if not endpoints:
        return Counter()
    lately = Q(status=CallStatus.CLAIMED) | Q(sent_at__gt=Now() - _MINUTE)
    counted = Call.objects.filter(lately, endpoint__in=endpoints).order_by().values_list("endpoint_id")
    return Counter(dict(counted.annotate(calls=Count("pk"))))
