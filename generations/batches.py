"""A generation as pages show it: a headline, tiles of their final shape, a reason and what can be done."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from generations import held
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
from generations.interventions import who_cancelled
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Generation,
    GenerationStatus,
    Image,
    Pause,
    ReferenceRole,
    Stage,
)
from generations.moderation.rewriting import can_be_said_otherwise, offer
from generations.moderation.why import Why, why_of
from generations.moderation.words import WordList, the_list
from generations.parameter_words import parameter_label
from generations.prompt_language import language_of
from generations.queue import pause_of, standing_pauses, starts_words, the_line, why_paused
from generations.submission import can_cancel, can_repeat, is_at_the_endpoint
from generations.tiles import Tile, tiles_of

Tone = Literal["ok", "warn", "bad", "running", "muted"]
_BEFORE_MAKING = (Stage.WORD_LIST, Stage.PRE_CHECK, Stage.INPUT)


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
    """Return the batches of generations that were read with_results().

    What stands still is asked once for all, and the line once more where one of them has not begun.
    """
    pauses = standing_pauses() if any(_waits(generation) for generation in generations) else ()
    in_line = any(generation.status == GenerationStatus.QUEUED for generation in generations)
    places = {waiting.pk: waiting.place for waiting in the_line(pauses)} if in_line else {}
    others = who_cancelled(generations)
    refused = [generation for generation in generations if generation.refusals.all()]
    prefetch_related_objects(refused, "pre_check")
    words = the_list() if refused else None
    offered = words is not None and offer() is not None
    return [
        _batch(one, pauses, places.get(one.pk), words, cancelled_by=others.get(one.pk, ""), offered=offered)
        for one in generations
    ]


def _batch(
    generation: Generation,
    pauses: Iterable[Pause],
    place: int | None,
    words: WordList | None,
    *,
    cancelled_by: str,
    offered: bool,
) -> Batch:
    calls = list(generation.calls.all())
    images = list(generation.images.all())
    pause = pause_of(generation, pauses) if _waits(generation) else None
    explanation = _explanation(generation, calls, pause, is_own_cancel=not cancelled_by)
    why = why_of(generation, words) if words and not generation.is_active else None
    review = None if generation.is_active else held.review_of(generation, images)
    is_held = review is not None and review.waits
    return Batch(
        generation=generation,
        status=held.STATUS if is_held else generation.status,
        prompt_lang=language_of(generation.prompt),
        headline=_place_in_words(place, starts=starts_words(generation, place) if place else "")
        or (review.headline if review else "")
        or _HEADLINES[GenerationStatus(generation.status)](generation, images),
        tone=review.tone if review else _TONES[GenerationStatus(generation.status)],
        tiles=tuple(
            tiles_of(generation, calls, images, is_paused=pause is not None, cancelled_by=cancelled_by)
        ),
        settings_line=tuple(settings_line(generation)),
        cancelled_by=cancelled_by,
        explanation=review.explanation if review else str(explanation.sentence) if explanation else "",
        again_at=_again_at(calls) if generation.is_active and pause is None else None,
        advice=tuple(str(sentence) for sentence in explanation.advice) if explanation and not why else (),
        why=why,
        can_cancel=can_cancel(generation),
        can_withdraw=is_held,
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


def seconds_taken(generation: Generation) -> int | None:
    """Return how long it took to make, in whole seconds; None where it has not begun, or not ended."""
    if generation.started_at is None or generation.finished_at is None:
        return None
    return max(1, round((generation.finished_at - generation.started_at).total_seconds()))


def _waits(generation: Generation) -> bool:
    """Whether something of it has not been taken yet."""
    return generation.is_active and any(call.status == CallStatus.QUEUED for call in generation.calls.all())


def _place_in_words(place: int | None, *, starts: str) -> str:
    """How many are before it at its endpoint, and when it starts; "" where that cannot be said."""
    if place is None:
        return ""
    if place == 1:
        words = _("Starts next")
    else:
        words = ngettext("About %(n)s before yours", "About %(n)s before yours", place - 1) % {"n": place - 1}
    both = pgettext("between the parts of a headline", "%(first)s, %(second)s")
    return both % {"first": words, "second": starts} if starts else words


def _again_at(calls: Sequence[Call]) -> datetime | None:
    """When the next of its calls is asked again; None when none waits for its time."""
    moments = [call.not_before for call in calls if call.status == CallStatus.QUEUED and call.not_before]
    return min((moment for moment in moments if moment > timezone.now()), default=None)


def _explanation(
    generation: Generation, calls: Sequence[Call], pause: Pause | None, *, is_own_cancel: bool
) -> Explanation | None:
    if generation.is_active:
        if generation.cancel_asked_at is not None:
            kept, discarded = (WILL_BE_KEPT, WILL_BE_DISCARDED) if is_own_cancel else (IS_KEPT, IS_DISCARDED)
            return kept if generation.keeps_after_cancel else discarded
        if pause is not None:
            return why_paused(pause)
        again = (call for call in calls if call.status == CallStatus.QUEUED and call.repeats)
        return explain_wait({call.reason for call in again})
    if generation.status == GenerationStatus.SUCCEEDED:
        return None
    if any(call.outcome == CallOutcome.DISCARDED for call in calls) and not generation.reason:
        return WAS_DISCARDED
    return explain(generation.reason)


def _is_kept_after_cancel(generation: Generation, images: Sequence[Image]) -> bool:
    """Whether an image has come after the member had cancelled."""
    asked = generation.cancel_asked_at
    if asked is None:
        return False
    late = {call.pk for call in generation.calls.all() if call.received_at and call.received_at > asked}
    return any(image.call_id in late for image in images)


def _done_headline(generation: Generation, images: Sequence[Image]) -> str:
    seconds = seconds_taken(generation)
    count = generation.images_count if generation.forgotten_at else len(images)
    values = {"n": count, "seconds": seconds}
    if _is_kept_after_cancel(generation, images):
        kept = ngettext("%(n)s image, kept after cancel", "%(n)s images, kept after cancel", count)
        return kept % values
    if seconds is None:
        return ngettext("%(n)s image", "%(n)s images", count) % values
    return ngettext("%(n)s image in %(seconds)s s", "%(n)s images in %(seconds)s s", count) % values


def _partial_headline(generation: Generation, images: Sequence[Image]) -> str:
    values = {"k": generation.images_count if generation.forgotten_at else len(images), "n": generation.n}
    if withheld := sum(refusal.withheld for refusal in generation.refusals.all()):
        words = ngettext(
            "%(k)s of %(n)s ready: %(withheld)s was withheld by moderation",
            "%(k)s of %(n)s ready: %(withheld)s were withheld by moderation",
            withheld,
        )
        return words % {**values, "withheld": withheld}
    if generation.refusals.all():
        return _("%(k)s of %(n)s ready: the rest was withheld by moderation") % values
    if _is_kept_after_cancel(generation, images):
        return _("%(k)s of %(n)s ready, kept after cancel") % values
    if generation.cancel_asked_at is not None and not generation.reason:
        return _("%(k)s of %(n)s ready: the rest was cancelled") % values
    return _("%(k)s of %(n)s ready") % values


def _running_headline(generation: Generation, images: Sequence[Image]) -> str:
    if generation.cancel_asked_at is not None:
        return _("Cancelled: what was sent still arrives")
    return ngettext("Making %(n)s image", "Making %(n)s images", generation.n) % {"n": generation.n}


def _cancelled_headline(generation: Generation, images: Sequence[Image]) -> str:
    if any(call.outcome == CallOutcome.DISCARDED for call in generation.calls.all()):
        return _("Cancelled after it was sent: paid for and discarded")
    seconds = _waited(generation)
    if seconds is None:
        return _("Cancelled before it was sent")
    return _("Cancelled after %(seconds)s s, before it was sent") % {"seconds": seconds}


def _blocked_headline(generation: Generation, images: Sequence[Image]) -> str:
    if any(refusal.stage in _BEFORE_MAKING for refusal in generation.refusals.all()):
        return _("Not started: the prompt was stopped")
    return _("Stopped by moderation")


def _failed_headline(generation: Generation, images: Sequence[Image]) -> str:
    tries = 1 + max((call.repeats for call in generation.calls.all()), default=0)
    if tries == 1:
        return _("Failed")
    return ngettext("Failed, tried %(n)s time", "Failed, tried %(n)s times", tries) % {"n": tries}


def _waited(generation: Generation) -> int | None:
    """Seconds from asking to cancelling; None for less than one."""
    if generation.cancel_asked_at is None:
        return None
    return round((generation.cancel_asked_at - generation.created_at).total_seconds()) or None


_HEADLINES: dict[GenerationStatus, Callable[[Generation, Sequence[Image]], str]] = {
    GenerationStatus.QUEUED: lambda generation, images: _("Waiting in line"),
    GenerationStatus.RUNNING: _running_headline,
    GenerationStatus.SUCCEEDED: _done_headline,
    GenerationStatus.PARTIAL: _partial_headline,
    GenerationStatus.BLOCKED: _blocked_headline,
    GenerationStatus.FAILED: _failed_headline,
    GenerationStatus.UNKNOWN: lambda generation, images: _("Nobody knows how it ended"),
    GenerationStatus.CANCELLED: _cancelled_headline,
}
_TONES: dict[GenerationStatus, Tone] = {
    GenerationStatus.QUEUED: "muted",
    GenerationStatus.RUNNING: "running",
    GenerationStatus.SUCCEEDED: "ok",
    GenerationStatus.PARTIAL: "warn",
    GenerationStatus.BLOCKED: "bad",
    GenerationStatus.FAILED: "bad",
    GenerationStatus.UNKNOWN: "warn",
    GenerationStatus.CANCELLED: "muted",
}
