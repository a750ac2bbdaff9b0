"""A generation as pages show it: a headline, tiles of their final shape, a reason and what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.explanations import (
    IS_DISCARDED,
    IS_KEPT,
    WAS_DISCARDED,
    WILL_BE_DISCARDED,
    WILL_BE_KEPT,
    Explanation,
    explain,
    explain_wait,
)
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Generation,
    GenerationStatus,
    ReferenceRole,
)
from generations.moderation.rewriting import can_be_said_otherwise, offer
from generations.moderation.why import Why, why_of
from generations.moderation.words import WordList, the_list
from generations.parameter_words import parameter_label
from generations.prompt_language import language_of
from generations.queue import why_paused
from generations.standing import Standing, Tone, standings_of
from generations.submission import can_cancel, can_repeat, is_at_the_endpoint
from generations.tiles import Tile, tiles_of


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything that a page says about one generation, in the reader's language."""

    generation: Generation
    status: str  # the generation's, or that it is held
    prompt_lang: str
    headline: str
    tone: Tone
    tiles: tuple[Tile, ...]
    settings_line: tuple[str, ...]
    cancelled_by: str  # the name of the administrator who did; "" where nobody else than its member has
    explanation: str
    again_at: datetime | None  # when the studio asks again by itself, while it waits for that
    advice: tuple[str, ...]
    why: Why | None  # of what moderation stopped, in whole or in part
    can_cancel: bool
    can_withdraw: bool  # what waits for a reviewer
    can_discard: bool  # something is paid for already, so that whoever cancels says what becomes of it
    can_rewrite: bool  # a chat model may be asked for other words
    can_retry: bool
    retry_label: str
    details_url: str


def batch_of(generation: Generation) -> Batch:
    """Return the batch of a generation that was read with_results()."""
    return batches_of([generation])[0]


def batches_of(generations: Sequence[Generation]) -> list[Batch]:
    """Return the batches of generations that were read with_results()."""
    refused = [generation for generation in generations if generation.refusals.all()]
    prefetch_related_objects(refused, "pre_check")
    words = the_list() if refused else None
    offered = words is not None and offer() is not None
    return [
        _batch(one, standing, words, offered=offered)
        for one, standing in zip(generations, standings_of(generations), strict=True)
    ]


def _batch(generation: Generation, standing: Standing, words: WordList | None, *, offered: bool) -> Batch:
    calls = list(generation.calls.all())
    explanation = _explanation(generation, calls, standing)
    why = why_of(generation, words) if words and not generation.is_active else None
    review = standing.review
    return Batch(
        generation=generation,
        status=standing.status,
        prompt_lang=language_of(generation.prompt),
        headline=standing.headline,
        tone=standing.tone,
        tiles=tuple(tiles_of(generation, standing)),
        settings_line=tuple(settings_line(generation)),
        cancelled_by=standing.cancelled_by,
        explanation=review.explanation if review else str(explanation.sentence) if explanation else "",
        again_at=_again_at(calls) if generation.is_active and standing.pause is None else None,
        advice=tuple(str(sentence) for sentence in explanation.advice) if explanation and not why else (),
        why=why,
        can_cancel=can_cancel(generation),
        can_withdraw=standing.is_held,
        can_discard=is_at_the_endpoint(generation),
        can_rewrite=offered and can_be_said_otherwise(generation),
        can_retry=can_repeat(generation) and not (why and why.is_severe),
        retry_label=_("Ask again") if generation.status == GenerationStatus.UNKNOWN else _("Try again"),
        details_url=reverse("generations:generation", args=[generation.pk]),
    )


def settings_line(generation: Generation) -> list[str]:
    """Return the settings as short words: model, size, quality and so on, and how many images."""
    words = [generation.model]
    words += [
        parameter_label(name, value)
        for name in ("size", "aspect_ratio", "quality", "style", "background", "output_format")
        if (value := getattr(generation, name))
    ]
    if generation.output_compression is not None:
        words.append(_("compression %(value)s") % {"value": generation.output_compression})
    pictures = sum(use.role == ReferenceRole.REFERENCE for use in generation.reference_uses.all())
    if pictures:
        words.append(ngettext("from %(n)s reference", "from %(n)s references", pictures) % {"n": pictures})
    return [*words, ngettext("%(n)s image", "%(n)s images", generation.n) % {"n": generation.n}]


def _again_at(calls: Sequence[Call]) -> datetime | None:
    """When the next of its calls is asked again; None when none waits for its time."""
    moments = [call.not_before for call in calls if call.status == CallStatus.QUEUED and call.not_before]
    return min((moment for moment in moments if moment > timezone.now()), default=None)


def _explanation(generation: Generation, calls: Sequence[Call], standing: Standing) -> Explanation | None:
    if generation.is_active:
        if generation.cancel_asked_at is not None:
            is_own = not standing.cancelled_by
            kept, discarded = (WILL_BE_KEPT, WILL_BE_DISCARDED) if is_own else (IS_KEPT, IS_DISCARDED)
            return kept if generation.keeps_after_cancel else discarded
        if standing.pause is not None:
            return why_paused(standing.pause)
        again = (call for call in calls if call.status == CallStatus.QUEUED and call.repeats)
        return explain_wait({call.reason for call in again})
    if generation.status == GenerationStatus.SUCCEEDED:
        return None
    if any(call.outcome == CallOutcome.DISCARDED for call in calls) and not generation.reason:
        return WAS_DISCARDED
    return explain(generation.reason)
