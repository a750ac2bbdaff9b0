"""Finds cases a page at a time by place, and the one to review next, at a cost that no depth raises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, prefetch_related_objects
from django.utils import timezone

from generations.history.finding import MOST_COUNTED, Count
from generations.models import Case, CaseKind
from generations.models.cases import CaseQuerySet
from generations.paging import Place
from generations.review.claims import is_free_for
from generations.review.sought import Sought, State
from team.models import User

PAGE: Final = 20  # cases
_AHEAD: Final = 50  # cases that are looked through for one that nobody else has open
# No index alone says how many have a category: each of them is read.
_MOST_OF_A_CATEGORY: Final = 1000
_BESIDE: Final = ("generation", "member", "refusal", "assigned_to", "claimed_by")
# What a row shows; the rest of a case, its generation and its people is not read for it.
_SHOWN: Final = (
    *("kind", "categories", "held_from", "score"),
    *("model", "is_severe", "opened_at", "decided_at", "claimed_at", "version", "image"),
    *(f"generation__{name}" for name in ("prompt", "operation", "status", "forgotten_at", "member")),
    *("refusal__stage", "refusal__categories"),
    *(f"{who}__{name}" for who in ("member", "assigned_to", "claimed_by") for name in ("name", "email")),
)
# By state: what orders it, and whether the newest comes first.
_ORDERS: Mapping[State, tuple[str, bool]] = {
    State.WAITING: ("opened_at", False),
    State.DECIDED: ("decided_at", True),
    State.ALL: ("opened_at", True),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was found, in order, with everything that a row shows, and no more."""

    cases: Sequence[Case]
    next_cursor: str | None  # for `after`; None at the end


def page(sought: Sought, user: User, after: str = "", *, size: int = PAGE) -> Page:
    """Return what follows a cursor; what is no cursor begins at the beginning.

    The places come from an index; what a row shows is then read for those of the page only.
    """
    field, is_backwards = _ORDERS[sought.state]
    ids: list[int] = []
    parts, place = _parts(sought, user), Place.parse(after) if after else None
    kind = _kind_at(place) if place and len(parts) > 1 else None
    for part, start in _behind(parts, place, kind):
        found = _after(part, field, start, backwards=is_backwards)
        ids += found.values_list("pk", flat=True)[: size + 1 - len(ids)]
        if len(ids) > size:
            break
    shown = Case.objects.filter(pk__in=ids[:size]).select_related(*_BESIDE).only(*_SHOWN)
    rows = {case.pk: case for case in shown}
    cases = [rows[pk] for pk in ids[:size] if pk in rows]
    prefetch_related_objects([case for case in cases if case.decided_at], "verdicts__reviewer")
    is_more = len(ids) > size and bool(cases)
    return Page(cases, str(_place(cases[-1], field)) if is_more else None)


def counts(sought: Sought, user: User) -> dict[str, Count]:
    """How many fit in each state: exactly up to 10,000, to 1,000 of a category. It waits or is decided."""
    most = min(MOST_COUNTED, _MOST_OF_A_CATEGORY) if sought.category else MOST_COUNTED
    waiting, decided = (
        _counted(replace(sought, state=state).found_by(user), most)
        for state in (State.WAITING, State.DECIDED)
    )
    both = waiting.number + decided.number
    every = Count(min(both, most), both > most or waiting.is_more or decided.is_more)
    return {State.WAITING.value: waiting, State.DECIDED.value: decided, State.ALL.value: every}


def decided_today(user: User) -> Count:
    """How many of what the user may look at were decided since midnight, whoever did."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return _counted(Case.objects.for_reviewer(user).filter(decided_at__gte=midnight), MOST_COUNTED)


def next_waiting(sought: Sought, user: User, *, after: Case | None = None) -> int | None:
    """Return the case to review next: the oldest behind one, else the oldest at all.

    It is not the user's own, and nobody else has it open, as far as there is such a one near.
    """
    parts = [part.exclude(member=user) for part in _parts(replace(sought, state=State.WAITING), user)]
    beginnings = parts
    if after is not None:
        parts = [part.exclude(pk=after.pk) for part in parts]
        behind = _behind(parts, _place(after, "opened_at"), after.kind)
        beginnings = [_after(part, "opened_at", start, backwards=False) for part, start in behind] + parts
    anybody: int | None = None
    for cases in beginnings:
        near = list(cases.order_by("opened_at", "pk").values_list("pk", "claimed_by", "claimed_at")[:_AHEAD])
        free = next((pk for pk, holder, at in near if is_free_for(user, holder=holder, since=at)), None)
        if free is not None:
            return free
        anybody = anybody or next((pk for pk, *_claim in near), None)
    return anybody


def previous_waiting(sought: Sought, user: User, *, before: Case) -> int | None:
    """Return the waiting case that has come just before one."""
    parts = _parts(replace(sought, state=State.WAITING), user)
    earlier, own = (parts[:1], parts[-1]) if _is_behind_held(before.kind, parts) else ([], parts[0])
    place = _place(before, "opened_at")
    for part, start in ((own, place), *((one, None) for one in earlier)):
        found = _after(part.exclude(member=user), "opened_at", start, backwards=True)
        pk = found.values_list("pk", flat=True).first()
        if pk is not None:
            return pk
    return None


def _parts(sought: Sought, user: User) -> list[CaseQuerySet]:
    """What is sought, in parts that follow each other: somebody waits for what is held, so it comes first."""
    found = sought.found_by(user)
    if sought.kind or sought.state != State.WAITING:
        return [found]
    return [found.filter(kind=CaseKind.HELD), found.exclude(kind=CaseKind.HELD)]


def _behind(
    parts: list[CaseQuerySet], place: Place | None, kind: str | None
) -> Iterator[tuple[CaseQuerySet, Place | None]]:
    """What follows the place of a case of some kind: each part with the place behind which it begins."""
    if place is not None and _is_behind_held(kind, parts):
        parts = parts[1:]
    yield parts[0], place
    for part in parts[1:]:
        yield part, None


def _kind_at(place: Place) -> str | None:
    return Case.objects.filter(pk=place.pk.int).values_list("kind", flat=True).first()


def _is_behind_held(kind: str | None, parts: list[CaseQuerySet]) -> bool:
    return len(parts) > 1 and kind != CaseKind.HELD


def _counted(cases: CaseQuerySet, most: int) -> Count:
    counted = cases.order_by().values("pk")[: most + 1].count()
    return Count(min(counted, most), counted > most)


def _after(cases: CaseQuerySet, field: str, place: Place | None, *, backwards: bool) -> CaseQuerySet:
    sign, beyond = ("-", "lt") if backwards else ("", "gt")
    in_order = cases.order_by(f"{sign}{field}", f"{sign}pk")
    if place is None:
        return in_order
    at, pk = place.created_at, place.pk.int
    later = Q(**{f"{field}__{beyond}": at}) | Q(**{field: at, f"pk__{beyond}": pk})
    # The first condition alone tells an index where to begin.
    return in_order.filter(Q(**{f"{field}__{beyond}e": at}), later)


def _place(case: Case, field: str) -> Place:
    """Places name a row by a UUID; a case's number makes one."""
    at: datetime = getattr(case, field)
    return Place(at, UUID(int=case.pk))
