"""How long calls have usually taken: measured, and said only where there is enough to measure."""

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from generations.models import Call, CallOutcome, CallStatus, Endpoint

FEWEST = 20  # calls; fewer say nothing
_MOST = 200  # calls, the newest, of one model with one size and quality
_READ = 2000  # calls of an endpoint, however many it made in the time
_SPAN = timedelta(days=30)
_KEPT = 300  # seconds; times of weeks do not change by the minute

Key = tuple[str, str, str]  # model, size and quality as asked


@dataclass(frozen=True, slots=True)
class Usual:
    """The time of the middle call and of the ninetieth of a hundred, in seconds."""

    p50: float
    p90: float

    @property
    def words(self) -> str:
        """The range as a sentence: seconds, or minutes where they are easier to read."""
        if self.p90 >= 120:
            low, high = max(1, round(self.p50 / 60)), max(1, round(self.p90 / 60))
            about, between = _("Usually about %(low)s min"), _("Usually %(low)s to %(high)s min")
        else:
            low, high = max(1, round(self.p50)), max(1, round(self.p90))
            about, between = _("Usually about %(low)s s"), _("Usually %(low)s to %(high)s s")
        return (about if low == high else between) % {"low": low, "high": high}


def usual_time(endpoint: Endpoint, model: str, *, size: str = "", quality: str = "") -> Usual | None:
    """Return what exactly this usually takes from claim to stored image; None where too few were measured.

    The times of an endpoint are read once and kept in this process for minutes.
    """
    return _times_of(endpoint).get((model, size, quality))


def usual_times(endpoint: Endpoint, model: str) -> Mapping[tuple[str, str], Usual]:
    """Return what a model usually takes, by size and quality as asked."""
    times = _times_of(endpoint).items()
    return {(size, quality): usual for (name, size, quality), usual in times if name == model}


def forget() -> None:
    """Read the times anew when they are asked for next."""
    _kept.clear()


def percentile(ordered: list[float], share: float) -> float:
    """Return the smallest value that the share of all does not exceed; `ordered` is not empty."""
    return ordered[math.ceil(share * len(ordered)) - 1]


_kept: dict[tuple[str, int], tuple[float, Mapping[Key, Usual]]] = {}


def _times_of(endpoint: Endpoint) -> Mapping[Key, Usual]:
    key = (str(settings.DATABASES["default"]["NAME"]), endpoint.pk)
    until, times = _kept.get(key, (0.0, {}))
    if time.monotonic() >= until:
        times = _measured(_samples(endpoint))
        _kept[key] = (time.monotonic() + _KEPT, times)
    return times


def _samples(endpoint: Endpoint) -> Iterable[tuple[Key, float]]:
    """The newest finished calls, from the index by endpoint and time of sending."""
    columns = ("generation__model", "generation__size", "generation__quality", "claimed_at", "settled_at")
    finished = Call.objects.filter(
        endpoint=endpoint,
        sent_at__gte=timezone.now() - _SPAN,
        status=CallStatus.SETTLED,
        outcome__in=(CallOutcome.SUCCEEDED, CallOutcome.PARTIAL),
    )
    for model, size, quality, begin, end in finished.order_by("-sent_at").values_list(*columns)[:_READ]:
        if begin is not None and end is not None:
            yield (model, size, quality), (end - begin).total_seconds()


def _measured(samples: Iterable[tuple[Key, float]]) -> Mapping[Key, Usual]:
    seconds: defaultdict[Key, list[float]] = defaultdict(list)
    for key, took in samples:
        if len(seconds[key]) < _MOST:
            seconds[key].append(took)
    return {
        key: Usual(percentile(ordered, 0.5), percentile(ordered, 0.9))
        for key, values in seconds.items()
        if len(ordered := sorted(values)) >= FEWEST
    }
