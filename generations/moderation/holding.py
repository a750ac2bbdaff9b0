"""Images that are held: stored, out of everybody's sight, until a reviewer has decided about them.

A generation is held when its check before sending reached the line of the policy. Whatever arrives of it is
stored out of sight, by the same mark that hides an image, without a reason as long as nobody has said one.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from generations import cases
from generations.models import (
    Case,
    CaseKind,
    Decision,
    Generation,
    Image,
    ModerationPolicy,
    PreCheck,
    Verdict,
)
from generations.moderation.weighing import Weighed
from team.models import User


def held_for(policy: ModerationPolicy, found: Weighed) -> list[str]:
    """Return the categories that reach the line, the highest first; none of what is not sent at all."""
    line = policy.hold_from
    if line is None or found.stopped_for:
        return []
    reached = [name for name, score in found.scores.items() if score >= line]
    return sorted(reached, key=lambda name: (-found.scores[name], name))


def is_held(generation: UUID) -> bool:
    """Whether what is made of a generation is out of sight until a reviewer has decided."""
    return PreCheck.objects.filter(generation=generation, held_from__isnull=False).exists()


def of_new_image(generation: UUID) -> dict[str, Any]:
    """Return the fields with which an image of a generation is stored."""
    return {"hidden_at": timezone.now()} if is_held(generation) else {}


def arrived(image: Image) -> None:
    """Make stale what reviewers have open, when an image has come that is held: they have not seen it.

    Its generation is locked by whoever calls, in the transaction that stores it. Asked about it is once its
    call has ended; until then a form of before must not let it out.
    """
    if image.is_held:
        cases_of = Case.objects.filter(kind=CaseKind.HELD, generation=image.generation_id)
        cases_of.update(version=F("version") + 1)


def waits(case: Case) -> bool:
    """Whether an image is held by this case, and nobody has decided about it."""
    return case.kind == CaseKind.HELD and Image.objects.held().filter(generation=case.generation_id).exists()


def ask(generation: Generation) -> None:
    """Ask the reviewers about what has arrived and is held; the generation is locked by whoever calls.

    What comes late is asked about anew: nobody has seen it. A page that was opened before it came is stale.
    What comes after its author has taken the request back goes the same way.
    """
    held = generation.images.held()
    if not held.exists():
        return
    check = PreCheck.objects.get(generation=generation)
    case, is_new = Case.objects.get_or_create(
        kind=CaseKind.HELD, generation=generation, defaults=_question(generation, check)
    )
    if is_new:
        return
    if _withdrawal(case) is not None:
        held.update(trashed_at=Now())
    else:
        Case.objects.filter(pk=case.pk).update(decided_at=None, version=F("version") + 1)


def follow(generations: Collection[UUID], *, by: User) -> None:
    """Close the cases of what its author has just deleted, and open those of what they have restored.

    The generations are locked by whoever calls.
    """
    for case in Case.objects.filter(kind=CaseKind.HELD, generation__in=generations).order_by("pk"):
        withdrawal = _withdrawal(case)
        if case.decided_at is None and not waits(case):
            _record(case, by=by, decision=Decision.WITHDRAW)
        elif withdrawal is not None and waits(case):
            _record(case, by=by, decision=Decision.UNDO, undoes=withdrawal)


def _question(generation: Generation, check: PreCheck) -> dict[str, Any]:
    categories = list(dict.fromkeys([*check.held_for, *check.flagged_for]))
    return {
        "member_id": generation.member_id,
        "model": generation.model,
        "categories": cases.as_lines(categories),
        "is_severe": cases.is_severe(categories),
        "held_from": check.held_from,
        "score": check.scores[check.held_for[0]],
    }


def _withdrawal(case: Case) -> Verdict | None:
    """The author's own word that closed a case, while it stands."""
    standing = case.latest_verdict
    return standing if standing is not None and standing.decision == Decision.WITHDRAW else None


def _record(case: Case, *, by: User, decision: Decision, undoes: Verdict | None = None) -> None:
    before = case.latest_verdict
    is_over = decision == Decision.WITHDRAW
    verdict = Verdict.objects.create(
        case=case,
        reviewer=by,
        decision=decision,
        undoes=undoes,
        before={"decision": before.decision if before else ""},
        after={"decision": decision.value if is_over else ""},
    )
    Case.objects.filter(pk=case.pk).update(
        decided_at=verdict.created_at if is_over else None,
        version=F("version") + 1,
        claimed_by=None,
        claimed_at=None,
    )
