"""What authors are told while images of theirs are held, and once a reviewer has withheld some."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from generations.models import Case, CaseKind, Decision, Generation, Image
from generations.timing import FEWEST, percentile

STATUS: Final = "held"  # what pages call a batch that waits for a reviewer
_MOST = 200  # decisions, the latest
_SPAN = timedelta(days=90)
_KEPT = 300  # seconds; times of weeks do not change by the minute


@dataclass(frozen=True, slots=True)
class Review:
    """What reviewers mean for a generation that has ended, in its author's language."""

    waits: bool
    tone: Literal["warn", "bad"]
    headline: str
    explanation: str


def review_of(generation: Generation, images: Sequence[Image]) -> Review | None:
    """Return what reviewers mean for it; None where all that was made of it is to be seen."""
    held = sum(image.is_held for image in images)
    withheld = [image for image in images if image.hidden_because]
    values = {"k": len(images) - held - len(withheld), "n": max(generation.n, len(images))}
    if held:
        headline = (
            _waiting() if held == len(images) else _("%(k)s of %(n)s ready: the rest waits for a reviewer")
        )
        explanation = _(
            "The check before sending rated this high, so a reviewer looks at it before anybody sees it."
            " It then appears here by itself. You may withdraw it; what it cost stays recorded."
        )
        return Review(waits=True, tone="warn", headline=headline % values, explanation=explanation)
    if not withheld:
        return None
    reasons = ", ".join(dict.fromkeys(image.hidden_words for image in withheld))
    explanation = _("A reviewer has withheld this: %(reason)s. What it cost stays recorded.")
    headline = _("%(k)s of %(n)s ready: the rest was withheld by a reviewer")
    is_all = len(withheld) == len(images)
    return Review(
        waits=False,
        tone="bad" if is_all else "warn",
        headline=_("Withheld by a reviewer") if is_all else headline % values,
        explanation=explanation % {"reason": reasons},
    )


def usual_wait() -> timedelta | None:
    """Return how long half of what was held has waited for its decision; None where too few were measured.

    The times are read once and kept in this process for minutes.
    """
    key = str(settings.DATABASES["default"]["NAME"])
    until, usual = _kept.get(key, (0.0, None))
    if time.monotonic() >= until:
        usual = _measured()
        _kept[key] = (time.monotonic() + _KEPT, usual)
    return usual


def forget() -> None:
    """Read the times anew when they are asked for next."""
    _kept.clear()


_kept: dict[str, tuple[float, timedelta | None]] = {}


def _measured() -> timedelta | None:
    """Of what reviewers have decided lately; what its author has taken back says nothing of them."""
    decided = Case.objects.filter(kind=CaseKind.HELD, decided_at__gte=timezone.now() - _SPAN)
    latest = decided.prefetch_related("verdicts").order_by("-decided_at", "-pk")[:_MOST]
    seconds = sorted(
        (case.decided_at - case.opened_at).total_seconds()
        for case in latest
        if case.decided_at and (verdict := case.latest_verdict) and verdict.decision != Decision.WITHDRAW
    )
    return timedelta(seconds=percentile(seconds, 0.5)) if len(seconds) >= FEWEST else None


def _waiting() -> str:
    first, usual = _("Waiting for a reviewer"), usual_wait()
    if usual is None:
        return first
    return pgettext("between the parts of a headline", "%(first)s, %(second)s") % {
        "first": first,
        "second": _under(usual),
    }


def _under(usual: timedelta) -> str:
    """A length of time, rounded up."""
    minutes = max(1, math.ceil(usual.total_seconds() / 60))
    if minutes <= 90:
        return ngettext("usually under %(n)s min", "usually under %(n)s min", minutes) % {"n": minutes}
    hours = math.ceil(minutes / 60)
    if hours <= 48:
        return ngettext("usually under %(n)s h", "usually under %(n)s h", hours) % {"n": hours}
    days = math.ceil(hours / 24)
    return ngettext("usually under %(n)s day", "usually under %(n)s days", days) % {"n": days}
