"""What the team's list stops, before anything is sent: kept like every other refusal, with its case."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from generations import cases, search
from generations.images_api import Reason
from generations.models import Generation, GenerationStatus, Outcome, Refusal, Stage
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
    refusal = Refusal.objects.create(
        generation=generation,
        stage=Stage.WORD_LIST,
        reason=Reason.WORD_LISTED,
        categories=categories_of(hits),
        message="; ".join(dict.fromkeys(hit.phrase for hit in hits))[:_LONGEST_MESSAGE],
        asked=generation.n,
        withheld=generation.n,
    )
    cases.open_for(refusal)
    search.note_many([generation.pk])
    return refusal


def is_word_listed(generation: Generation) -> bool:
    """Whether the team's list stopped it, so that nothing was sent."""
    return generation.reason == Reason.WORD_LISTED
