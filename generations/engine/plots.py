"""The last day of the line as two plots: numbers and paths that a template only has to write down."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone

from generations.models import LineSample

# One unit of a plot's width is a bucket; its height is 100. The page stretches both.
BUCKET = timedelta(minutes=5)
BUCKETS = 288
HEIGHT = 100
_HOUR = timedelta(hours=1)
_PER_HOUR = _HOUR // BUCKET
_DIVISIONS = 4
_STEPS = (1, 2, 3, 5, 10, 15, 20, 25, 50)


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a plot: the most at once, and the mean; None where nothing was measured."""

    begin: datetime
    x: int
    most: int | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class Plot:
    """One curve over the day; where nothing was measured it has gaps."""

    latest: int
    most: int
    most_at: datetime
    ticks: tuple[int, ...]  # from the top down to 0, evenly spaced
    line: str
    area: str
    end: str  # where the curve is now
    hours: tuple[Hour, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """Twenty-four hours that end with the hour that is running."""

    begin: datetime
    labels: tuple[datetime, ...]  # every third hour, from the first to the end
    waiting: Plot
    running: Plot

    @property
    def rows(self) -> list[tuple[Hour, Hour]]:
        """The hours in which something was measured, the newest first."""
        pairs = zip(self.waiting.hours, self.running.hours, strict=True)
        return [pair for pair in pairs if pair[0].most is not None][::-1]


def last_day() -> Day | None:
    """Return the plots of the last day, or None when nothing was measured in it."""
    now = timezone.localtime()
    begin = now.replace(minute=0, second=0, microsecond=0) + _HOUR - BUCKETS * BUCKET
    samples = list(LineSample.objects.filter(minute__gte=begin).order_by("minute"))
    samples = [sample for sample in samples if sample.minute < begin + BUCKETS * BUCKET]
    if not samples:
        return None
    return Day(
        begin=begin,
        labels=tuple(begin + 3 * _HOUR * step for step in range(9)),
        waiting=_plot(samples, begin, lambda sample: sample.waiting),
        running=_plot(samples, begin, lambda sample: sample.running),
    )


def scale(most: int) -> tuple[int, ...]:
    """Return five whole numbers from one that is at least `most` down to 0, in even steps."""
    least = max(1, -(-most // _DIVISIONS))
    power = 1
    while _STEPS[-1] * power < least:
        power *= 10
    step = next(step * power for step in _STEPS if step * power >= least)
    return tuple(step * number for number in range(_DIVISIONS, -1, -1))


def _plot(samples: Sequence[LineSample], begin: datetime, value: Callable[[LineSample], int]) -> Plot:
    most: dict[int, int] = {}
    for sample in samples:
        bucket = (sample.minute - begin) // BUCKET
        most[bucket] = max(most.get(bucket, 0), value(sample))
    highest = max(samples, key=value)
    ticks = scale(value(highest))
    points = [(bucket, round(HEIGHT * (1 - count / ticks[0]), 2)) for bucket, count in sorted(most.items())]
    runs = [list(run) for run in _runs(points)]
    last_x, last_y = points[-1]
    return Plot(
        latest=value(samples[-1]),
        most=value(highest),
        most_at=highest.minute,
        ticks=ticks,
        line=" ".join(f"M{_path(run)}h.01" for run in runs),  # a point alone is seen by its round cap
        area=" ".join(f"M{run[0][0]} {HEIGHT}L{_path(run)}V{HEIGHT}Z" for run in runs),
        end=f"M{last_x} {last_y}h.01",
        hours=tuple(_hour(samples, begin, number, value) for number in range(24)),
    )


def _hour(
    samples: Sequence[LineSample], begin: datetime, number: int, value: Callable[[LineSample], int]
) -> Hour:
    start = begin + number * _HOUR
    values = [value(sample) for sample in samples if start <= sample.minute < start + _HOUR]
    return Hour(
        begin=start,
        x=number * _PER_HOUR,
        most=max(values) if values else None,
        mean=sum(values) / len(values) if values else None,
    )


def _runs(points: Iterable[tuple[int, float]]) -> Iterable[Iterable[tuple[int, float]]]:
    """Split where a bucket is missing."""
    numbered = enumerate(points)
    for _, run in groupby(numbered, key=lambda item: item[1][0] - item[0]):
        yield (point for _, point in run)


def _path(points: Iterable[tuple[int, float]]) -> str:
    return "L".join(f"{x} {y:g}" for x, y in points)
