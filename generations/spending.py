"""What was spent in a month: by day, by model and by member, and what went to calls that brought nothing.

Proposals of other words are calls, too, of chat models: they count everywhere, and have a line of their own.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from generations.models import Call, CallOutcome, CallStatus, Generation, Rewrite, RewriteStatus, Source
from team.models import User

HEIGHT = 100  # of the plot, in its own units; its width is a unit for each day
_DIVISIONS = 4
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_GAP = 0.12  # of a day, on either side of a bar
_FIRST_YEAR = 2020
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_NO_IMAGES: Mapping[str, int] = MappingProxyType({})
# None of them under the name of a column: it would stand for the sum in what follows.
_SUMS = {
    "sent": Count("pk"),
    "known": Sum("cost"),
    "lacking": Count("pk", filter=Q(cost__isnull=True)),
}


@dataclass(frozen=True, slots=True)
class Month:
    """A month, from its first day to the first of the next."""

    first: date
    after: date

    @property
    def begin(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        return _midnight(self.after)

    @property
    def value(self) -> str:
        """As an address has it."""
        return f"{self.first:%Y-%m}"

    @property
    def previous(self) -> "Month | None":
        before = self.first - timedelta(days=1)
        return month_with(before) if before.year >= _FIRST_YEAR else None

    @property
    def next(self) -> "Month | None":
        return month_with(self.after) if self.after <= timezone.localdate() else None


@dataclass(frozen=True, slots=True)
class Share:
    """What one model, one member or one kind of end cost."""

    name: str
    calls: int
    cost: Decimal | None  # of the calls whose cost is known
    unknown: int  # calls whose cost is not
    images: int = 0
    is_words: bool = False  # proposals of a chat model, and no images


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the plot."""

    day: date
    x: int
    cost: Decimal
    path: str


@dataclass(frozen=True, slots=True)
class Spending:
    """A month of one member, or of everybody."""

    month: Month
    total: Decimal | None
    calls: int
    images: int
    unknown: int
    bars: tuple[Bar, ...]
    ticks: tuple[Decimal, ...]  # from the top down to 0
    models: tuple[Share, ...]
    members: tuple[Share, ...]
    in_vain: tuple[Share, ...]  # by the name of the end: unknown, blocked, failed, discarded
    words: Share  # of these all that proposed other words

    @property
    def days(self) -> list[Bar]:
        """Those on which something was spent, the newest first."""
        return [bar for bar in self.bars if bar.cost][::-1]

    @property
    def today(self) -> Decimal:
        today = timezone.localdate()
        return next((bar.cost for bar in self.bars if bar.day == today), Decimal(0))

    @property
    def per_image(self) -> Decimal | None:
        """What an image came to, with what was paid in vain; None where some cost is not known."""
        return (
            self.total / self.images if self.total is not None and self.images and not self.unknown else None
        )

    @property
    def labels(self) -> list[tuple[int, date]]:
        """Every fifth day, and where it stands."""
        return [(bar.x, bar.day) for bar in self.bars[::5]]


def month_with(day: date) -> Month:
    first = day.replace(day=1)
    return Month(first, (first + timedelta(days=31)).replace(day=1))


def month_named(text: str) -> Month:
    """Return the month that an address names as 2026-11; this month where it names none."""
    today = timezone.localdate()
    if named := _MONTH.fullmatch(text):
        year, month = int(named[1]), int(named[2])
        if 1 <= month <= 12 and (_FIRST_YEAR, 1) <= (year, month) <= (today.year, today.month):
            return month_with(date(year, month, 1))
    return month_with(today)


def calls_of(month: Month, member: User | None) -> QuerySet[Call]:
    """Everything that was sent for what was asked in a month; of what was repeated the first cost nothing.

    What was imported was paid for elsewhere.
    """
    asked = Q(generation__created_at__gte=month.begin, generation__created_at__lt=month.end)
    asked &= ~Q(generation__source=Source.IMPORT)
    if member is not None:
        asked &= Q(generation__member=member)
    return Call.objects.filter(asked, sent_at__isnull=False).exclude(outcome=CallOutcome.REPEATED)


def proposals_of(month: Month, member: User | None) -> QuerySet[Rewrite]:
    """Every proposal of other words that was asked for in a month and may have cost something."""
    taken = Rewrite.objects.filter(
        asked_at__gte=month.begin, asked_at__lt=month.end, started_at__isnull=False, ended_at__isnull=False
    )
    ended = taken.exclude(status=RewriteStatus.FAILED, cost=0)  # nothing was sent, or all is free there
    return ended if member is None else ended.filter(asked_by=member)


def spent(month: Month, member: User | None = None) -> Spending:
    """Return what a member spent in a month, or everybody together."""
    calls, proposals = calls_of(month, member).order_by(), proposals_of(month, member).order_by()
    images = _images(month, member, "model")
    models = _dearest(
        *_shares(calls, "generation__model", images=images), *_shares(proposals, "model", is_words=True)
    )
    days = _days(calls, proposals)
    ticks = scale(max(days.values(), default=Decimal(0)))
    known = [share.cost for share in models if share.cost is not None]
    return Spending(
        month=month,
        total=sum(known, Decimal(0)) if known else None,
        calls=sum(share.calls for share in models),
        images=sum(share.images for share in models),
        unknown=sum(share.unknown for share in models),
        bars=tuple(_bar(month, number, days, ticks) for number in range((month.after - month.first).days)),
        ticks=ticks,
        models=models,
        members=() if member else _by_member(calls, proposals, month),
        in_vain=_in_vain(calls),
        words=_sum("words", *(share for share in models if share.is_words)),
    )


def scale(most: Decimal) -> tuple[Decimal, ...]:
    """Return five amounts from one that is at least `most` down to 0, in even steps."""
    least = most / _DIVISIONS
    power = Decimal(1).scaleb(least.adjusted()) if least else Decimal("0.01")
    step = next(step * power for step in _STEPS if step * power >= least)
    return tuple(step * number for number in range(_DIVISIONS, -1, -1))


def _days(calls: QuerySet[Call], proposals: QuerySet[Rewrite]) -> dict[date, Decimal]:
    days: dict[date, Decimal] = defaultdict(Decimal)
    for rows, at in ((calls, "generation__created_at"), (proposals, "asked_at")):
        for day, cost in rows.values_list(TruncDate(at)).annotate(known=Sum("cost")):
            days[day] += cost or Decimal(0)
    return days


def _bar(month: Month, number: int, days: Mapping[date, Decimal], ticks: Sequence[Decimal]) -> Bar:
    day = month.first + timedelta(days=number)
    cost = days.get(day, Decimal(0))
    top = round(float(HEIGHT * (1 - cost / ticks[0])), 2)
    left, right = number + _GAP, number + 1 - _GAP
    return Bar(day, number, cost, f"M{left:g} {HEIGHT}V{top:g}H{right:g}V{HEIGHT}Z" if cost else "")


def _shares(
    rows: QuerySet[Call] | QuerySet[Rewrite],
    by: str,
    *,
    images: Mapping[str, int] = _NO_IMAGES,
    is_words: bool = False,
) -> list[Share]:
    return [
        Share(name, count, cost, unknown, images.get(name, 0), is_words)
        for name, count, cost, unknown in rows.values_list(by).annotate(**_SUMS)
    ]


def _dearest(*shares: Share) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda share: (-(share.cost or Decimal(0)), share.name)))


def _sum(name: str, *shares: Share) -> Share:
    known = [share.cost for share in shares if share.cost is not None]
    return Share(
        name,
        sum(share.calls for share in shares),
        sum(known, Decimal(0)) if known else None,
        sum(share.unknown for share in shares),
        sum(share.images for share in shares),
    )


def _by_member(calls: QuerySet[Call], proposals: QuerySet[Rewrite], month: Month) -> tuple[Share, ...]:
    """By name; two members of one name are told apart by their addresses."""
    images = _images(month, None, "member__email")
    names = dict(User.objects.values_list("email", "name"))
    found: dict[str, list[Share]] = defaultdict(list)
    shares = _shares(calls, "generation__member__email", images=images)
    for share in shares + _shares(proposals, "asked_by__email"):
        found[share.name].append(share)
    return _dearest(*(_sum(names.get(email) or email, *both) for email, both in found.items()))


def _images(month: Month, member: User | None, by: str) -> dict[str, int]:
    asked = Generation.objects.filter(created_at__gte=month.begin, created_at__lt=month.end)
    asked = asked.exclude(source=Source.IMPORT)
    if member is not None:
        asked = asked.filter(member=member)
    return dict(asked.order_by().values_list(F(by)).annotate(made=Sum("images_count")))


def _in_vain(calls: QuerySet[Call]) -> tuple[Share, ...]:
    ends = {
        "unknown": Q(status=CallStatus.UNKNOWN),
        "blocked": Q(outcome=CallOutcome.BLOCKED),
        "failed": Q(outcome=CallOutcome.FAILED),
        "discarded": Q(outcome=CallOutcome.DISCARDED),
    }
    shares = []
    for name, end in ends.items():
        found = calls.filter(end).aggregate(**_SUMS)
        shares.append(Share(name, *(found[sum_] for sum_ in _SUMS)))
    return tuple(shares)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
