"""The team's line: what runs, what waits, and in which order it will be taken as far as that can be said.

The order is the one of execution/claiming.py: what an administrator has put first, then the member with the
fewest running calls, then whoever has waited longest. What ends in the meantime changes it, so every place
is an "about".
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import Case, Count, F, IntegerField, Min, Q, Value, When, Window
from django.db.models.functions import Now, RowNumber
from django.utils.translation import gettext as _

from generations.explanations import WILL_BE_ASKED_AGAIN, Explanation, explain_pause
from generations.models import Call, CallStatus, EndpointModel, Generation, GenerationStatus, Pause
from generations.models.calls import OPEN_STATUSES
from generations.prompt_language import language_of
from generations.timing import usual_time
from team.models import User

SHOWN = 100  # generations of each kind on the page
_READ = 500  # calls of the line; whoever is further back is told no place
_AT_WORK = (CallStatus.CLAIMED, CallStatus.SENT, CallStatus.RECEIVED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A generation in the line, or beside it while it stands still."""

    pk: UUID
    since: datetime
    place: int | None  # at its endpoint, from 1; None while it stands still


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the page. The prompt is there for its member only."""

    generation: Generation
    since: datetime
    is_mine: bool
    prompt: str  # "" where it is somebody else's
    lang: str
    place: int | None = None
    starts_words: str = ""  # in how long it starts, where enough was measured to say so
    can_cancel: bool = False  # by the reader, who is its member or an administrator
    standstill: Explanation | None = None


@dataclass(frozen=True, slots=True)
class TeamLine:
    """Everything that the page shows."""

    running: tuple[Entry, ...]
    waiting: tuple[Entry, ...]
    running_more: int  # what is left out
    waiting_more: int
    pauses: tuple[Pause, ...]


def standing_pauses() -> tuple[Pause, ...]:
    """What stands still, the longest first, with what is said about it."""
    standing = Pause.objects.standing().select_related("endpoint", "paused_by", "member")
    return tuple(standing.order_by("paused_at", "pk"))


def pause_of(generation: Generation, pauses: Iterable[Pause]) -> Pause | None:
    """Return the first of the pauses that keeps the generation waiting."""
    for pause in pauses:
        if _covers(pause, generation.endpoint_id, generation.model, member=generation.member_id):
            return pause
    return None


def standstill_of(offer: EndpointModel) -> Explanation | None:
    """Return why what is asked of a model now would wait until somebody resumes; None while nothing does.

    Whoever is paused in person is told so elsewhere.
    """
    for pause in standing_pauses():
        if _covers(pause, offer.endpoint_id, offer.name, member=None):
            return why_paused(pause)
    return None


def why_paused(pause: Pause) -> Explanation:
    """Return why something waits that a pause covers."""
    return explain_pause(
        pause.reason, whole=pause.is_of_everything, model=pause.model, member=pause.member_id is not None
    )


def seen_by(reader: User, pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Return the pauses that a reader may know of: those of members are theirs and administrators'."""
    return tuple(pause for pause in pauses if pause.member_id in (None, reader.pk) or reader.is_administrator)


def starts_words(generation: Generation, place: int | None) -> str:
    """Return in about how long it starts: as many usual times as have to end before it, side by side.

    "" where nobody has measured how long such a generation takes, or where it has no place.
    """
    usual = usual_time(
        generation.endpoint, generation.model, size=generation.size, quality=generation.quality
    )
    if place is None or usual is None:
        return ""
    seconds = place * usual.p50 / generation.endpoint.calls_at_once
    if seconds >= 120:
        return _("starts in about %(n)s min") % {"n": round(seconds / 60)}
    return _("starts in about %(n)s s") % {"n": max(1, round(seconds))}


def team_line(reader: User) -> TeamLine:
    """Read the line for one reader, in as many queries for a hundred generations as for one."""
    pauses = standing_pauses()
    at_work = _at_work()
    waiting = the_line(pauses)[:SHOWN]
    generations = _generations([*at_work, *(one.pk for one in waiting)])
    prompts = _prompts_of(reader, generations)
    row = partial(_entry, prompts=prompts, reader=reader)
    running = [row(generations[pk], since) for pk, since in at_work.items() if pk in generations]
    in_line = [
        row(generations[one.pk], one.since, waiting=one, pauses=pauses)
        for one in waiting
        if one.pk in generations
    ]
    counted = _counted()
    return TeamLine(
        running=tuple(running),
        waiting=tuple(in_line),
        running_more=max(0, counted["running"] - len(running)),
        waiting_more=max(0, counted["waiting"] - len(in_line)),
        pauses=seen_by(reader, pauses),
    )


def the_line(pauses: Iterable[Pause]) -> list[Waiting]:
    """Return what waits, the next one first and what stands still last, from two queries."""
    behind: Counter[int] = Counter()
    seen: dict[UUID, Waiting] = {}
    for pk, endpoint, since, held in _in_order(_stands_still(pauses)):
        if pk in seen:
            continue
        if not held:
            behind[endpoint] += 1
        seen[pk] = Waiting(pk=pk, since=since, place=None if held else behind[endpoint])
    return list(seen.values())


def _covers(pause: Pause, endpoint: int, model: str, *, member: int | None) -> bool:
    if pause.member_id is not None:
        return pause.member_id == member
    return pause.endpoint_id in (None, endpoint) and pause.model in ("", model)


def _in_order(stands_still: Q) -> Iterable[tuple[UUID, int, datetime, int]]:
    """The waiting calls of generations of which nothing runs yet.

    A member's calls are numbered in their turn. The number, with the calls that run already, is the member's
    share at the moment when the call is taken; whoever has the smaller share is taken first.
    """
    running = Call.objects.in_flight().order_by().values_list("member_id").annotate(calls=Count("pk"))
    shares = [When(member_id=member, then=Value(calls)) for member, calls in running]
    number = Window(
        RowNumber(),
        partition_by=[F("member_id"), F("held")],
        order_by=[F("priority").desc(), F("queued_at"), F("position")],
    )
    return (
        Call.objects.filter(status=CallStatus.QUEUED, generation__status=GenerationStatus.QUEUED)
        .annotate(
            held=Case(When(stands_still, then=Value(1)), default=Value(0), output_field=IntegerField()),
            share=number + Case(*shares, default=Value(0), output_field=IntegerField()),
        )
        .order_by("held", "-priority", "share", "queued_at", "member_id", "position")
        .values_list("generation_id", "endpoint_id", "queued_at", "held")[:_READ]
    )


def _stands_still(pauses: Iterable[Pause]) -> Q:
    """What cannot be taken now, however many places are free."""
    still = Q(not_before__gt=Now()) | Q(endpoint__is_active=False) | Q(member__is_active=False)
    for pause in pauses:
        if pause.is_of_everything:
            still |= Q(pk__isnull=False)
        elif pause.member_id is not None:
            still |= Q(member=pause.member_id)
        elif pause.model:
            still |= Q(endpoint=pause.endpoint_id, generation__model=pause.model)
        else:
            still |= Q(endpoint=pause.endpoint_id)
    return still


def _at_work() -> dict[UUID, datetime]:
    """The generations of which a call is under way, and since when; the longest first."""
    calls = Call.objects.filter(status__in=_AT_WORK).order_by().values_list("generation_id")
    return dict(calls.annotate(since=Min("claimed_at")).filter(since__isnull=False).order_by("since")[:SHOWN])


def _generations(keys: Iterable[UUID]) -> Mapping[UUID, Generation]:
    """Without their prompts: those of others are never even read."""
    found = Generation.objects.filter(pk__in=list(keys)).select_related("endpoint", "member")
    return {generation.pk: generation for generation in found.defer("prompt")}


def _prompts_of(reader: User, generations: Iterable[UUID]) -> Mapping[UUID, str]:
    mine = Generation.objects.visible_to(reader).filter(pk__in=list(generations))
    return dict(mine.values_list("pk", "prompt"))


def _entry(
    generation: Generation,
    since: datetime,
    *,
    prompts: Mapping[UUID, str],
    reader: User,
    waiting: Waiting | None = None,
    pauses: Iterable[Pause] = (),
) -> Entry:
    place = waiting.place if waiting else None
    is_mine = generation.pk in prompts
    return Entry(
        generation=generation,
        since=since,
        is_mine=is_mine,
        prompt=prompts.get(generation.pk, ""),
        lang=language_of(prompts.get(generation.pk, "")),
        place=place,
        starts_words=starts_words(generation, place),
        can_cancel=(is_mine or reader.is_administrator) and generation.cancel_asked_at is None,
        standstill=_standstill(generation, pauses, reader) if waiting and place is None else None,
    )


def _standstill(generation: Generation, pauses: Iterable[Pause], reader: User) -> Explanation:
    """Why it waits, as far as that is the reader's business."""
    pause = pause_of(generation, seen_by(reader, pauses))
    if pause is not None:
        return why_paused(pause)
    is_known = pause_of(generation, pauses) is None and generation.endpoint.is_active
    return WILL_BE_ASKED_AGAIN if is_known else Explanation("")


def _counted() -> Mapping[str, int]:
    line = Q(status=CallStatus.QUEUED, generation__status=GenerationStatus.QUEUED)
    return Call.objects.filter(status__in=OPEN_STATUSES).aggregate(
        running=Count("generation", filter=Q(status__in=_AT_WORK), distinct=True),
        waiting=Count("generation", filter=line, distinct=True),
    )
