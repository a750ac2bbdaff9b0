"""What a generation's calls together mean for the generation."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from generations.execution import stop_loss
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Generation,
    GenerationStatus,
    Outcome,
    Shape,
    move_generation,
)
from generations.models.calls import OPEN_STATUSES
from generations.moderation import holding, memory


def refresh(generation_id: UUID) -> None:
    """Bring a generation's status, outcome and copies in line with its calls, however often it is called."""
    with transaction.atomic():
        generation = Generation.objects.select_for_update(no_key=True).get(pk=generation_id)
        calls = list(generation.calls.exclude(outcome=CallOutcome.REPEATED))
        sizes = list(generation.images.values_list("width", "height"))  # in order
        images = len(sizes)
        status = _status(calls, images=images, asked=generation.n)
        changes: dict[str, Any] = {"images_count": images, "cost": _cost(calls)}
        if sizes:
            changes["shape"] = Shape.of(*sizes[0])
        if status in (GenerationStatus.QUEUED, GenerationStatus.RUNNING):
            if status == GenerationStatus.RUNNING and generation.started_at is None:
                changes["started_at"] = Now()
        else:
            changes |= {
                "outcome": _outcome(generation, images=images),
                "reason": _reason(calls),
                "finished_at": Now(),
            }
            memory.note(generation, before=generation.outcome, after=changes["outcome"])
            if generation.forgotten_at and generation.images.filter(removed_at__isnull=True).exists():
                changes["forgotten_at"] = (
                    None  # a late answer brought images: these are kept for their time, too
                )
        if status == generation.status:
            Generation.objects.filter(pk=generation.pk).update(**changes)
        else:
            move_generation(generation, status, **changes)
        if images:
            holding.ask(generation)
        if changes.get("outcome") == Outcome.BLOCKED != generation.outcome:
            stop_loss.refused(generation, reason=changes["reason"])


def _status(calls: Sequence[Call], *, images: int, asked: int) -> GenerationStatus:
    waiting = [call for call in calls if call.status == CallStatus.QUEUED]
    if any(call.status in OPEN_STATUSES for call in calls):
        return GenerationStatus.QUEUED if len(waiting) == len(calls) else GenerationStatus.RUNNING
    if images >= asked:
        return GenerationStatus.SUCCEEDED
    if images:
        return GenerationStatus.PARTIAL
    if any(call.status == CallStatus.UNKNOWN for call in calls):
        return GenerationStatus.UNKNOWN
    outcomes = {call.outcome for call in calls}
    if CallOutcome.BLOCKED in outcomes:
        return GenerationStatus.BLOCKED
    if outcomes <= {CallOutcome.CANCELLED, CallOutcome.DISCARDED}:
        return GenerationStatus.CANCELLED
    return GenerationStatus.FAILED


def _outcome(generation: Generation, *, images: int) -> Outcome:
    if generation.refusals.exists():
        return Outcome.WITHHELD if images else Outcome.BLOCKED
    return Outcome.PASSED if images else Outcome.NONE


def _cost(calls: Sequence[Call]) -> Decimal | None:
    """What is known of it; None where no call's cost is."""
    known = [call.cost for call in calls if call.cost is not None]
    return sum(known, Decimal(0)) if known else None


def _reason(calls: Sequence[Call]) -> str:
    return next((call.reason for call in calls if call.reason), "")
