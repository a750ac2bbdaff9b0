"""Finds cases a page at a time by place, and the one to review next, at a cost that no depth raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from generations.history.finding import MOST_COUNTED, Count
from generations.models import Case
from generations.models.cases import CaseQuerySet
from generations.paging import Place
from generations.review.claims import is_free_for
from generations.review.sought import Sought, State
from team.models import User

PAGE: Final = 20  # cases
_AHEAD: Final = 50  # cases that are looked through for one that nobody else has open
# By state: what orders it, and whether the newest comes first.
_ORDERS: Mapping[State, tuple[str, bool]] = {
    State.WAITING: ("opened_at", False),
    State.DECIDED: ("decided_at", True),
    State.ALL: ("opened_at", True),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was found, in order, with everything that a row shows."""

    cases: Sequence[Case]
    next_cursor: str | None  # for `after`; None at the end


def page(sought: Sought, user: User, after: str = "", *, size: int = PAGE) -> Page:
    """Return what follows a cursor; what is no cursor begins at the beginning.

    The places come from an index; what a row shows is then read for those of the page only.
    """
    field, is_backwards = _ORDERS[sought.state]
    found = _after(
        sought.found_by(user), field, Place.parse(after) if after else None, backwards=is_backwards
    )
    ids = list(found.values_list("pk", flat=True)[: size + 1])
    shown = Case.objects.filter(pk__in=ids[:size]).select_related(
        "generation", "member", "refusal", "assigned_to", "claimed_by", "opened_by"
    )
    rows = {case.pk: case for case in shown.prefetch_related("verdicts__reviewer")}
    cases = [rows[pk] for pk in ids[:size] if pk in rows]
    is_more = len(ids) > size and bool(cases)
    return Page(cases, str(_place(cases[-1], field)) if is_more else None)


def counts(sought: Sought, user: User) -> dict[str, Count]:
    """How many fit in each state: exactly up to 10,000. A case either waits or is decided."""
    waiting, decided = (
        _counted(replace(sought, state=state).found_by(user)) for state in (State.WAITING, State.DECIDED)
    )
    both = waiting.number + decided.number
    every = Count(min(both, MOST_COUNTED), both > MOST_COUNTED or waiting.is_more or decided.is_more)
    return {State.WAITING.value: waiting, State.DECIDED.value: decided, State.ALL.value: every}


def decided_today(user: User) -> Count:
    """How many of what the user may look at were decided since midnight, whoever did."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return _counted(Case.objects.for_reviewer(user).filter(decided_at__gte=midnight))


def next_waiting(sought: Sought, user: User, *, after: Case | None = None) -> int | None:
    """Return the case to review next: the oldest behind one, else the oldest at all.

    It is not the user's own, and nobody else has it open, as far as there is such a one near.
    """
    waiting = replace(sought, state=State.WAITING).found_by(user).exclude(member=user)
    beginnings = [waiting]
    if after is not None:
        waiting = waiting.exclude(pk=after.pk)
        beginnings = [_after(waiting, "opened_at", _place(after, "opened_at"), backwards=False), waiting]
    anybody: int | None = None
    for cases in beginnings:
        near = list(cases.order_by("opened_at", "pk").only("pk", "claimed_by", "claimed_at")[:_AHEAD])
        free = next((case.pk for case in near if is_free_for(case, user)), None)
        if free is not None:
            return free
        anybody = anybody or next((case.pk for case in near), None)
    return anybody


def previous_waiting(sought: Sought, user: User, *, before: Case) -> int | None:
    """Return the waiting case that has come just before one."""
    waiting = replace(sought, state=State.WAITING).found_by(user).exclude(member=user)
    place = _place(before, "opened_at")
    return _after(waiting, "opened_at", place, backwards=True).values_list("pk", flat=True).first()


def _counted(cases: CaseQuerySet) -> Count:
    counted = cases.order_by().values("pk")[: MOST_COUNTED + 1].count()
    return Count(min(counted, MOST_COUNTED), counted > MOST_COUNTED)


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
