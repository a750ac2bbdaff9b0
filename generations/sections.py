"""The history from end to end without reading it: months, and within a month sections of whole days.

A page begins with its first generations and with one empty place for each month that follows. A month that
comes into view is replaced by its sections, a section that comes into view by what was asked for on its days.
The address of a place carries its days beside the search as the member asked it: an image that is opened from
a section belongs to the whole search, and not to those days.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.db.models.functions import Greatest, TruncDate
from django.http import QueryDict

from generations.history.asked import Asked, Sort
from generations.history.counts import months
from generations.history.finding import find
from generations.history.values import NotUnderstood, date_in
from team.models import User

FULL = 24  # generations after which a section ends with the day


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days from the first to the last."""

    since: date
    until: date

    @classmethod
    def parse(cls, data: QueryDict) -> "Days | None":
        """Read the days of a place from its address; None where it names none."""
        try:
            return cls(date_in(data.get("first", "")), date_in(data.get("last", "")))
        except NotUnderstood:
            return None

    @property
    def address(self) -> str:
        """What the address of a place says of its days, behind the search."""
        return urlencode({"first": self.since, "last": self.until})


@dataclass(frozen=True, slots=True)
class Month:
    """A month in which something was found; `rest` are the days of it that the page does not show yet."""

    first: date
    count: int
    rest: Days | None
    rest_count: int


@dataclass(frozen=True, slots=True)
class Section:
    """Some whole days of a history by time, and how much was found on them."""

    days: Days
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


def narrowed(asked: Asked, days: Days | None) -> Asked:
    """Return a search within days as well, if any; it finds nothing where its own days exclude them."""
    if days is None:
        return asked
    since, until = max(days.since, asked.since or days.since), min(days.until, asked.until or days.until)
    return replace(asked, since=since, until=until)


def common(asked: Asked, days: Days) -> Days | None:
    """Return which of the days a search's own days leave; None where they exclude them all."""
    within = narrowed(asked, days)
    since, until = within.since or days.since, within.until or days.until
    return Days(since, until) if since <= until else None


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
    return list(_cut(days))


def _month(asked: Asked, first: date, count: int, *, day: date, shown: int) -> Month:
    last = first.replace(day=monthrange(first.year, first.month)[1])
    if asked.sort == Sort.NEWEST:
        since, until = first, min(last, day - timedelta(days=1))
    else:
        since, until = max(first, day + timedelta(days=1)), last
    rest = common(asked, Days(since, until)) if since <= until else None
    left = count - shown if first == day.replace(day=1) else count
    return Month(first, count, rest if left > 0 else None, max(left, 0))


def _cut(days: Sequence[tuple[date, int, int]]) -> Iterator[Section]:
    begun: list[tuple[date, int, int]] = []
    for place, day in enumerate(days, start=1):
        begun.append(day)
        total = sum(count for _day, count, _tiles in begun)
        if total >= FULL or place == len(days):
            since, until = sorted((begun[0][0], day[0]))
            tiles = tuple(tiles for _day, _count, tiles in begun)
            yield Section(Days(since, until), total, tiles)
            begun = []
