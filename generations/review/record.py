"""What is known of a member: how often the endpoints refused them, and how often people agreed."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from generations.history.finding import MOST_COUNTED, Count
from generations.models import CaseKind, Decision, Generation, Outcome, Verdict
from generations.moderation.strikes import Strikes, strikes_of
from team.models import User


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """Counts, each exact up to 10,000."""

    passed: Count
    refused: Count
    confirmed: Count  # refusals that a reviewer has called right
    overturned: Count  # those called wrong
    strikes: Strikes  # that count now


def record_of(member: User) -> MemberRecord:
    """Count a member's generations by what moderation made of them, and the verdicts on those."""
    own = Generation.objects.filter(member=member).order_by()
    undone = Verdict.objects.filter(undoes=OuterRef("pk"))
    standing = Verdict.objects.filter(
        ~Exists(undone),
        case__member=member,
        case__decided_at__isnull=False,
        case__kind__in=(CaseKind.REFUSAL, CaseKind.APPEAL),
    ).order_by()
    return MemberRecord(
        passed=_counted(own.filter(outcome=Outcome.PASSED)),
        refused=_counted(own.filter(outcome__in=(Outcome.BLOCKED, Outcome.WITHHELD))),
        confirmed=_counted(standing.filter(decision=Decision.RIGHT)),
        overturned=_counted(standing.filter(decision__in=(Decision.FALSE_POSITIVE, Decision.RELEASE))),
        strikes=strikes_of(member),
    )


def _counted(rows: QuerySet[Generation] | QuerySet[Verdict]) -> Count:
    counted = rows.values("pk")[: MOST_COUNTED + 1].count()
    return Count(min(counted, MOST_COUNTED), counted > MOST_COUNTED)
