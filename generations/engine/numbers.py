"""The engine at this moment: the line by endpoint and model, the workers, and the hosts with their disks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import redis
from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from generations import workers
from generations.engine.words import Told, age, told
from generations.models import Call, CallStatus, Endpoint, LineSample, Pause
from generations.models.calls import IN_FLIGHT_STATUSES, OPEN_STATUSES
from generations.samples import database_now
from generations.workers import Sign, SpoolState


@dataclass(frozen=True, slots=True)
class Place:
    """What waits and runs at an endpoint, or for one of its models."""

    endpoint: Endpoint
    model: str  # "": the endpoint as a whole
    label: str
    waiting: int
    running: int
    most: int | None  # calls at once; None where the endpoint's limit counts
    pause: Told | None
    models: tuple["Place", ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """A worker process with what it does."""

    sign: Sign
    in_hand: int
    silent: str
    up: str
    is_other_version: bool


@dataclass(frozen=True, slots=True)
class HostLine:
    """A host with what lies on it."""

    name: str
    received: int  # answers that are kept there and not settled
    oldest: float  # seconds since the first of them came; 0 when there is none
    spool: SpoolState | None  # None when no worker there has said it
    has_images_worker: bool


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that the page shows of this moment."""

    at: datetime
    waiting: int
    later: int  # of these, how many rest until their endpoint is asked again
    running: int
    received: int
    oldest: float | None  # seconds since the first one waits
    workers: tuple[WorkerLine, ...] | None  # None when Redis is away
    hosts: tuple[HostLine, ...]
    places: tuple[Place, ...]
    pauses: tuple[Told, ...]
    everything: Told | None  # the pause of everything
    swept: float | None  # seconds since the line was last measured, which the sweep does every minute

    @property
    def oldest_words(self) -> str:
        return age(self.oldest or 0)


def look() -> Engine:
    """Read it all, in a handful of queries whatever the number of calls, endpoints and workers."""
    now = database_now()
    signs = _signs()
    standing = Pause.objects.standing().select_related("endpoint", "paused_by", "member")
    pauses = [told(row) for row in standing]
    line = _line()
    last = LineSample.objects.order_by("-minute").values_list("minute", flat=True).first()
    return Engine(
        at=now,
        waiting=line.waiting.total(),
        later=Call.objects.filter(status=CallStatus.QUEUED, not_before__gt=Now()).count(),
        running=line.running.total(),
        received=line.received,
        oldest=(now - line.oldest).total_seconds() if line.oldest else None,
        workers=None if signs is None else tuple(_worker_lines(signs)),
        hosts=tuple(_hosts(signs or (), now)),
        places=tuple(_places(line, pauses)),
        pauses=tuple(sorted(pauses, key=lambda one: one.pause.paused_at)),
        everything=next((one for one in pauses if one.pause.is_of_everything), None),
        swept=(now - last).total_seconds() if last else None,
    )


@dataclass(slots=True)
class _Line:
    waiting: Counter[tuple[int, str]] = field(default_factory=Counter)
    running: Counter[tuple[int, str]] = field(default_factory=Counter)
    received: int = 0
    oldest: datetime | None = None


def _line() -> _Line:
    line = _Line()
    groups = (
        Call.objects.filter(status__in=OPEN_STATUSES)
        .order_by()
        .values_list("endpoint_id", "generation__model", "status")
        .annotate(calls=Count("pk"), since=Min("queued_at"))
    )
    for endpoint, model, status, calls, since in groups:
        if status == CallStatus.QUEUED:
            line.waiting[endpoint, model] += calls
            line.oldest = min(line.oldest or since, since)
        elif status in IN_FLIGHT_STATUSES:
            line.running[endpoint, model] += calls
        else:
            line.received += calls
    return line


def _signs() -> tuple[Sign, ...] | None:
    try:
        return workers.signs()
    except redis.RedisError:
        return None


def _worker_lines(signs: Iterable[Sign]) -> Iterable[WorkerLine]:
    counted = Call.objects.in_flight().order_by().values_list("worker").annotate(calls=Count("pk"))
    in_flight = Counter(dict(counted))
    for sign in signs:
        yield WorkerLine(
            sign=sign,
            in_hand=in_flight[sign.name],
            silent=age(sign.silent),
            up=age(sign.last - sign.started),
            is_other_version=sign.version != workers.version(),
        )


def _hosts(signs: Iterable[Sign], now: datetime) -> Iterable[HostLine]:
    lying = {
        host: (calls, (now - since).total_seconds() if since else 0.0)
        for host, calls, since in Call.objects.filter(status=CallStatus.RECEIVED)
        .order_by()
        .values_list("spool_host")
        .annotate(calls=Count("pk"), since=Min("received_at"))
    }
    said = sorted((sign for sign in signs if sign.is_fresh), key=lambda sign: sign.last)
    for name in sorted({*lying, *(sign.host for sign in said)}):
        here = [sign for sign in said if sign.host == name]
        received, oldest = lying.get(name, (0, 0.0))
        yield HostLine(
            name=name,
            received=received,
            oldest=oldest,
            spool=here[-1].spool if here else None,
            has_images_worker=any(sign.pool == "images" for sign in here),
        )


def _places(line: _Line, pauses: Iterable[Told]) -> Iterable[Place]:
    standing = {(one.pause.endpoint_id, one.pause.model): one for one in pauses}
    busy = {*line.waiting, *line.running, *(key for key in standing if key[0] is not None)}
    shown = Q(is_active=True) | Q(pk__in={endpoint for endpoint, _ in busy})
    for endpoint in Endpoint.objects.filter(shown).order_by("-is_active", "name").prefetch_related("models"):
        offers = {offer.name: offer for offer in endpoint.models.all()}
        models = tuple(
            Place(
                endpoint=endpoint,
                model=model,
                label=str(offers.get(model, model)),
                waiting=line.waiting[endpoint.pk, model],
                running=line.running[endpoint.pk, model],
                most=offers[model].calls_at_once if model in offers else None,
                pause=standing.get((endpoint.pk, model)),
            )
            for model in sorted(model for key, model in busy if key == endpoint.pk and model)
        )
        yield Place(
            endpoint=endpoint,
            model="",
            label=endpoint.name,
            waiting=sum(place.waiting for place in models),
            running=sum(place.running for place in models),
            most=endpoint.calls_at_once,
            pause=standing.get((endpoint.pk, "")),
            models=models,
        )
