"""How often in a row a member was refused, or a model has refused: read off the newest at a small cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from generations.images_api import Reason
from generations.models import Call, Generation, Outcome, Source

MOST: Final = 100  # refusals that are counted
_BETWEEN: Final = 50  # of a member's, beside what is counted: cancelled, failed, under way
_CALLS: Final = 500  # of an endpoint, among which a model's are looked for
# Stopped by the studio itself, before anything was sent: that costs nothing, so no row has to be ended.
FREE: Final = frozenset({Reason.WORD_LISTED.value, Reason.PRE_CHECKED.value})
_Row = tuple[UUID, str, str, datetime | None]


@dataclass(frozen=True, slots=True)
class Refused:
    """One generation of a row."""

    generation: UUID
    reason: str


def by_member(member: int, *, since: datetime | None, most: int = MOST) -> list[Refused]:
    """Return a member's last refusals with nothing between that passed, the newest first.

    Args:
        member: the primary key.
        since: what ended before does not count; None counts everything.
        most: at which the counting ends.
    """
    own = Generation.objects.filter(member=member).exclude(source=Source.IMPORT).newest_first()
    rows = own.values_list("pk", "outcome", "reason", "finished_at")
    return _row_of(rows[: most + _BETWEEN], since)[:most]


def at_model(endpoint: int, model: str, *, since: datetime | None, most: int = MOST) -> list[Refused]:
    """Return the last refusals by a model among what was sent to its endpoint lately, as above."""
    sent = Call.objects.filter(endpoint=endpoint, sent_at__isnull=False).order_by("-sent_at")
    rows = sent.values_list(
        "generation",
        "generation__outcome",
        "generation__reason",
        "generation__finished_at",
        "generation__model",
    )
    of_model = {row[0]: row[:4] for row in rows[:_CALLS] if row[4] == model}
    return _row_of(of_model.values(), since)[:most]


def _row_of(rows: Iterable[_Row], since: datetime | None) -> list[Refused]:
    """What says nothing about moderation, like a failure, neither counts nor ends a row."""
    found: list[Refused] = []
    for pk, outcome, reason, ended in rows:
        if ended is None or (since is not None and ended <= since) or reason in FREE:
            continue
        if outcome in (Outcome.PASSED, Outcome.WITHHELD):
            break
        if outcome == Outcome.BLOCKED:
            found.append(Refused(pk, reason))
    return found
