"""What the team itself stops before anything is sent: kept like every other refusal, with its case."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from generations import cases, search
from generations.images_api import Reason
from generations.models import Generation, GenerationStatus, Outcome, PreCheck, Refusal, Stage
from generations.moderation.words import Hit, categories_of, find

_LONGEST_MESSAGE = 2000  # characters


def stopped_by(prompt: str) -> tuple[Hit, ...]:
    """Return what the list does not let through; nothing for a prompt that may be sent."""
    return tuple(hit for hit in find(prompt) if hit.stops)


def never_sent() -> dict[str, Any]:
    """Return the fields of a generation that ended before it began: free of charge, as nothing was asked."""
    return {
        "status": GenerationStatus.BLOCKED,
        "outcome": Outcome.BLOCKED,
        "reason": Reason.WORD_LISTED,
        "cost": Decimal(0),
        "finished_at": timezone.now(),
    }


def record(generation: Generation, hits: Sequence[Hit]) -> Refusal:
    """Keep what stopped a generation that was made by never_sent(), and ask the reviewers about it."""
    return _kept(
        generation,
        stage=Stage.WORD_LIST,
        reason=Reason.WORD_LISTED,
        categories=categories_of(hits),
        message="; ".join(dict.fromkeys(hit.phrase for hit in hits)),
        of=generation.n,
    )


def record_check(check: PreCheck, *, of: int) -> Refusal:
    """Keep that the check before sending stopped so many images, once, and ask the reviewers about it."""
    generation = check.generation
    earlier = generation.refusals.filter(stage=Stage.PRE_CHECK).first()
    if earlier is not None:
        return earlier
    return _kept(
        generation,
        stage=Stage.PRE_CHECK,
        reason=Reason.PRE_CHECKED,
        categories=list(check.stopped_for),
        message="; ".join(f"{name} {check.scores.get(name, 1.0):.2f}" for name in check.stopped_for),
        of=of,
    )


def is_word_listed(generation: Generation) -> bool:
    """Whether the team's list stopped it, so that nothing was sent."""
    return generation.reason == Reason.WORD_LISTED


def _kept(
    generation: Generation, *, stage: Stage, reason: Reason, categories: list[str], message: str, of: int
) -> Refusal:
    refusal = Refusal.objects.create(
        generation=generation,
        stage=stage,
        reason=reason,
        categories=categories,
        message=message[:_LONGEST_MESSAGE],
        asked=of,
        withheld=of,
    )
    cases.open_for(refusal)
    search.note_many([generation.pk])
    return refusal
