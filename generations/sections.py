"""The history from end to end without reading it: months, and within a month sections of whole days.

A page begins with its first generations and with one empty place for each month that follows. A month that
comes into view is replaced by its sections, a section that comes into view by what was asked for on its days.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Count, Sum
from django.db.models.functions import Greatest, TruncDate

from generations.history.asked import Asked, Sort
from generations.history.counts import months
from generations.history.finding import find
from team.models import User

FULL = 24  # generations after which a section ends with the day


@dataclass(frozen=True, slots=True)
class Month:
    """A month in which something was found; `rest` asks for what the page does not show of it yet."""

    first: date
    count: int
    rest: Asked | None
    rest_count: int


@dataclass(frozen=True, slots=True)
class Section:
    """Some whole days of a history by time, how much was found on them, and what asks for it."""

    asked: Asked
    since: date
    until: date
    count: int
    tiles: tuple[int, ...]  # of each day, from which a page tells how high it will be


def is_by_time(asked: Asked) -> bool:
    """Whether the order is that of time, so that there are days and months to it."""
    return asked.sort in (Sort.NEWEST, Sort.OLDEST)


def months_after(asked: Asked, user: User, *, day: date, shown: int) -> list[Month]:
    """Return every month of a history by time, and what of each comes after a day in its order.

    `shown` is how many of the day's month are on the page up to that day.
    """
    found = [(date(one.year, one.month, 1), one.count) for one in months(asked, user)]
    ordered = sorted(found, reverse=asked.sort == Sort.NEWEST)
    return [_month(asked, first, count, day=day, shown=shown) for first, count in ordered]


def narrowed(asked: Asked, since: date, until: date) -> Asked | None:
    """Return a search within days as well; None where its own days exclude them."""
    since = max(since, asked.since or since)
    until = min(until, asked.until or until)
    return replace(asked, since=since, until=until) if since <= until else None


def sections_of(asked: Asked, user: User) -> list[Section]:
    """Cut what was found into sections of whole days, in order; at the cost of counting it."""
    counted = (
        find(asked, user)
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values("day")
        .annotate(found=Count("pk"), tiles=Sum(Greatest("images_count", 1)))
        .values_list("day", "found", "tiles")
    )
    days = sorted(counted, reverse=asked.sort == Sort.NEWEST)
    return list(_cut(asked, days))


def _month(asked: Asked, first: date, count: int, *, day: date, shown: int) -> Month:
    last = first.replace(day=monthrange(first.year, first.month)[1])
    if asked.sort == Sort.NEWEST:
        since, until = first, min(last, day - timedelta(days=1))
    else:
        since, until = max(first, day + timedelta(days=1)), last
    rest = narrowed(asked, since, until) if since <= until else None
    left = count - shown if first == day.replace(day=1) else count
    return Month(first, count, rest if left > 0 else None, max(left, 0))


def _cut(asked: Asked, days: Sequence[tuple[date, int, int]]) -> Iterator[Section]:
    begun: list[tuple[date, int, int]] = []
    for place, day in enumerate(days, start=1):
        begun.append(day)
        total = sum(count for _day, count, _tiles in begun)
        if total >= FULL or place == len(days):
            since, until = sorted((begun[0][0], day[0]))
            tiles = tuple(tiles for _day, _count, tiles in begun)
            yield Section(replace(asked, since=since, until=until), since, until, total, tiles)
            begun = []
