"""What is known of a member: how often the endpoints refused them, and how often people agreed."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count as Total
from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery

from generations.history.finding import MOST_COUNTED, Count
from generations.models import Case, CaseKind, Decision, Generation, Outcome, Source, Verdict
from generations.moderation.strikes import Strikes, strikes_of
from team.models import User

MOST_READ: Final = 500  # decided cases of one member, of the last ones, whose verdicts are counted


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """Counts: of generations exact up to 10,000, of verdicts as far as the last 500 decided cases go."""

    passed: Count
    refused: Count
    confirmed: Count  # refusals that a reviewer has called right
    overturned: Count  # those called wrong
    strikes: Strikes  # that count now


def record_of(member: User) -> MemberRecord:
    """Count a member's generations by what moderation made of them, and the verdicts on those."""
    own = Generation.objects.filter(member=member).exclude(source=Source.IMPORT).order_by()
    kinds = (CaseKind.REFUSAL, CaseKind.APPEAL)
    decided = Case.objects.filter(member=member, decided_at__isnull=False, kind__in=kinds)
    lately = decided.order_by("-decided_at", "-pk").values("pk")
    undone = Verdict.objects.filter(undoes=OuterRef("pk"))
    standing = Verdict.objects.filter(~Exists(undone), case__in=lately[:MOST_READ]).order_by()
    said = dict(standing.values_list("decision").annotate(Total("pk")))
    passed, refused, read = _numbers(
        member,
        own.filter(outcome=Outcome.PASSED)[: MOST_COUNTED + 1],
        own.filter(outcome__in=(Outcome.BLOCKED, Outcome.WITHHELD))[: MOST_COUNTED + 1],
        lately[: MOST_READ + 1],
    )
    wrong = said.get(Decision.FALSE_POSITIVE, 0) + said.get(Decision.RELEASE, 0)
    return MemberRecord(
        passed=_exact(passed),
        refused=_exact(refused),
        confirmed=Count(said.get(Decision.RIGHT, 0), is_more=read > MOST_READ),
        overturned=Count(wrong, is_more=read > MOST_READ),
        strikes=strikes_of(member),
    )


class _CountOf(Subquery):
    """How many rows another query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _numbers(member: User, *questions: QuerySet[Any]) -> tuple[int, ...]:
    """Answer several questions about a member in one statement, since each one costs a page time."""
    asked = [_CountOf(rows.values("pk")) for rows in questions]
    numbers: tuple[int, ...] = User.objects.filter(pk=member.pk).values_list(*asked).get()
    return numbers


def _exact(number: int) -> Count:
    return Count(min(number, MOST_COUNTED), number > MOST_COUNTED)
