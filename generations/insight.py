"""What moderation did over some weeks: how much passed, what was refused for what, and what that cost."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q, Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone

from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Case,
    CaseKind,
    Decision,
    Generation,
    Outcome,
    Refusal,
    Source,
    Verdict,
)

PERIODS: Final = (4, 12, 52)  # weeks
HEIGHT: Final = 100  # of a plot, in its own units; its width is a unit for each week
_GAP: Final = 0.12  # of a week, on either side of a bar
_MOST: Final = 10  # lines of a table
# What was imported was moderated elsewhere.
_ASKED_HERE: Final = ~Q(source=Source.IMPORT)
_OF_HERE: Final = ~Q(generation__source=Source.IMPORT)


@dataclass(frozen=True, slots=True)
class Week:
    """What became of the generations that were asked of one model in one week."""

    begin: date
    x: int
    passed: int
    withheld: int  # some images left out
    blocked: int

    @property
    def asked(self) -> int:
        return self.passed + self.withheld + self.blocked

    @property
    def bars(self) -> Mapping[str, str]:
        """The paths of the parts that are not empty, by name; blocked at the bottom, passed on top."""
        paths, bottom = {}, float(HEIGHT)
        for name, count in (("blocked", self.blocked), ("withheld", self.withheld), ("passed", self.passed)):
            top = bottom - HEIGHT * count / self.asked if self.asked else bottom
            if count:
                paths[name] = f"M{self.x + _GAP:g} {bottom:g}V{top:g}H{self.x + 1 - _GAP:g}V{bottom:g}Z"
            bottom = top
        return paths


@dataclass(frozen=True, slots=True)
class Model:
    """One model over the weeks, and what it refused for what."""

    name: str
    weeks: tuple[Week, ...]
    categories: Mapping[str, int]

    @property
    def asked(self) -> int:
        return sum(week.asked for week in self.weeks)

    @property
    def pass_rate(self) -> float | None:
        """Between 0 and 1; what was withheld in part is not counted as passed."""
        return sum(week.passed for week in self.weeks) / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Counted:
    """A name and how often."""

    name: str
    count: int
    of: int = 0


@dataclass(frozen=True, slots=True)
class Slow:
    """How long a model took to refuse, in seconds."""

    model: str
    stage: str
    count: int
    mean: float
    longest: float


@dataclass(frozen=True, slots=True)
class Insight:
    """Everything that the page shows."""

    weeks: int
    since: date
    models: tuple[Model, ...]  # the most asked first
    categories: tuple[Counted, ...]
    right: int
    false_positive: int
    unclear: int
    lost_on_refusals: Decimal | None
    refusals_without_cost: int
    lost_on_unknowns: Decimal | None
    unknowns_without_cost: int
    reasons: tuple[Counted, ...]  # by Reason
    rules: tuple[Counted, ...]
    members: tuple[Counted, ...]  # of: how many generations they asked for
    slowest: tuple[Slow, ...]

    @property
    def false_positive_rate(self) -> float | None:
        """Of the verdicts that say right or wrong, between 0 and 1."""
        decided = self.right + self.false_positive
        return self.false_positive / decided if decided else None


def insight(weeks: int, *, today: date | None = None) -> Insight:
    """Count what was asked for in the last weeks, the current one included."""
    day = today or timezone.localdate()
    first = day - timedelta(days=day.weekday(), weeks=weeks - 1)
    since = timezone.make_aware(datetime.combine(first, time.min))
    for_what = _for_what(since)
    decisions = _decisions(since)
    refused, unknown = (
        _lost(since, Q(outcome=CallOutcome.BLOCKED)),
        _lost(since, Q(status=CallStatus.UNKNOWN)),
    )
    return Insight(
        weeks=weeks,
        since=first,
        models=_models(since, first, weeks, for_what),
        categories=_most(sum(for_what.values(), Counter())),
        right=decisions[Decision.RIGHT],
        false_positive=decisions[Decision.FALSE_POSITIVE],
        unclear=decisions[Decision.UNCLEAR],
        lost_on_refusals=refused[0],
        refusals_without_cost=refused[1],
        lost_on_unknowns=unknown[0],
        unknowns_without_cost=unknown[1],
        reasons=_most(_refusals_by(since, "reason")),
        rules=_most(_refusals_by(since, "rule__says")),
        members=_members(since),
        slowest=_slowest(since),
    )


def _models(
    since: datetime, first: date, weeks: int, for_what: Mapping[str, "Counter[str]"]
) -> tuple[Model, ...]:
    counted: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    asked = (
        Generation.objects.filter(_ASKED_HERE, created_at__gte=since).exclude(outcome=Outcome.NONE).order_by()
    )
    for name, week, outcome, count in asked.values_list("model", TruncWeek("created_at"), "outcome").annotate(
        count=Count("pk")
    ):
        counted[name][timezone.localtime(week).date()][outcome] = count
    models = (
        Model(
            name,
            tuple(_week(number, first, by_week) for number in range(weeks)),
            dict(for_what.get(name, Counter()).most_common()),
        )
        for name, by_week in counted.items()
    )
    return tuple(sorted(models, key=lambda model: (-model.asked, model.name)))


def _week(number: int, first: date, by_week: Mapping[date, Mapping[str, int]]) -> Week:
    begin = first + timedelta(weeks=number)
    outcomes = by_week.get(begin, {})
    return Week(
        begin=begin,
        x=number,
        passed=outcomes.get(Outcome.PASSED, 0),
        withheld=outcomes.get(Outcome.WITHHELD, 0),
        blocked=outcomes.get(Outcome.BLOCKED, 0),
    )


def _for_what(since: datetime) -> "dict[str, Counter[str]]":
    """How often each model refused for each category; "" is for what no category was told of."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    told = Refusal.objects.filter(_OF_HERE, created_at__gte=since).order_by()
    for model, categories, count in told.values_list("generation__model", "categories").annotate(
        count=Count("pk")
    ):
        for category in categories or [""]:
            found[model][str(category)] += count
    return found


def _decisions(since: datetime) -> "Counter[str]":
    """The decisions in force on refusals of these weeks: of each case the last one that was not undone."""
    asked = Case.objects.filter(kind=CaseKind.REFUSAL, opened_at__gte=since, decided_at__isnull=False)
    standing = Q(verdicts__undone_by__isnull=True) & ~Q(verdicts__decision=Decision.UNDO)
    last = asked.annotate(last=Max("verdicts__pk", filter=standing)).values("last")
    decided = Verdict.objects.filter(pk__in=last).order_by()
    return Counter(dict(decided.values_list("decision").annotate(count=Count("pk"))))


def _lost(since: datetime, end: Q) -> tuple[Decimal | None, int]:
    """What calls with this end cost, and of how many of them nobody knows it."""
    calls = Call.objects.filter(end, _OF_HERE, generation__created_at__gte=since, sent_at__isnull=False)
    sums = calls.aggregate(known=Sum("cost"), lacking=Count("pk", filter=Q(cost__isnull=True)))
    return sums["known"], sums["lacking"]


def _refusals_by(since: datetime, field: str) -> "Counter[str]":
    told = Refusal.objects.filter(_OF_HERE, created_at__gte=since, **{f"{field}__isnull": False}).order_by()
    return Counter(dict(told.values_list(field).annotate(count=Count("pk"))))


def _members(since: datetime) -> tuple[Counted, ...]:
    asked = (
        Generation.objects.filter(_ASKED_HERE, created_at__gte=since).exclude(outcome=Outcome.NONE).order_by()
    )
    refused = Count("pk", filter=~Q(outcome=Outcome.PASSED))
    rows = asked.values_list("member__name", "member__email").annotate(all=Count("pk"), refused=refused)
    most = rows.filter(refused__gt=0).order_by("-refused", "member__email")[:_MOST]
    return tuple(Counted(name or email, refused, of) for name, email, of, refused in most)


def _slowest(since: datetime) -> tuple[Slow, ...]:
    took = ExpressionWrapper(F("received_at") - F("sent_at"), output_field=DurationField())
    blocked = Q(outcome=CallOutcome.BLOCKED, generation__created_at__gte=since, received_at__isnull=False)
    calls = Call.objects.filter(blocked, _OF_HERE).order_by()
    rows = calls.values_list("generation__model", "refusal__stage").annotate(
        count=Count("pk"), mean=Avg(took), longest=Max(took)
    )
    slow = [
        Slow(model, stage or "unknown", count, mean.total_seconds(), longest.total_seconds())
        for model, stage, count, mean, longest in rows
    ]
    return tuple(sorted(slow, key=lambda one: -one.mean)[:_MOST])


def _most(counted: Mapping[str, int]) -> tuple[Counted, ...]:
    total = sum(counted.values())
    ranked: Sequence[tuple[str, int]] = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Counted(name, count, total) for name, count in ranked if name or len(ranked) > 1)[:_MOST]
