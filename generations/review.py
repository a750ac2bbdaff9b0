"""What humans decide about refusals: recorded beside them, never instead of them."""

from generations.models import Decision, Refusal, Verdict
from team.models import User


class OwnRefusal(Exception):
    """Nobody reviews what was refused to themselves."""


def record_verdict(refusal: Refusal, *, reviewer: User, decision: Decision, note: str) -> Verdict:
    """Append a reviewer's decision to the record of a refusal.

    Raises:
        OwnRefusal: the reviewer asked for these images.
    """
    if refusal.generation.member_id == reviewer.pk:
        raise OwnRefusal
    return Verdict.objects.create(refusal=refusal, reviewer=reviewer, decision=decision, note=note)
