"""How a generation stands, in a headline: what a batch and a line of the history both begin with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from generations import held
from generations.interventions import who_cancelled
from generations.models import (
    CallOutcome,
    CallStatus,
    Generation,
    GenerationStatus,
    Image,
    Pause,
    Stage,
)
from generations.queue import pause_of, standing_pauses, starts_words, the_line

Tone = Literal["ok", "warn", "bad", "running", "muted"]
_BEFORE_MAKING = (Stage.WORD_LIST, Stage.PRE_CHECK, Stage.INPUT)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one generation is, in the reader's language."""

    status: str  # the generation's, or that it is held
    headline: str
    tone: Tone
    pause: Pause | None  # that keeps it waiting
    review: held.Review | None
    cancelled_by: str  # the name of the administrator who did; "" where nobody else than its member has

    @property
    def is_held(self) -> bool:
        return self.review is not None and self.review.waits


def standings_of(generations: Sequence[Generation]) -> list[Standing]:
    """Return how generations stand, each read with its images, and with its calls and refusals.

    What stands still is asked once for all, and the line once more where one of them has not begun. Of what
    is simply done neither calls nor refusals are looked at.
    """
    pauses = standing_pauses() if any(_waits(generation) for generation in generations) else ()
    in_line = any(generation.status == GenerationStatus.QUEUED for generation in generations)
    places = {waiting.pk: waiting.place for waiting in the_line(pauses)} if in_line else {}
    others = who_cancelled(generations)
    return [
        _standing(one, pauses, places.get(one.pk), cancelled_by=others.get(one.pk, "")) for one in generations
    ]


def is_simply_done(generation: Generation) -> bool:
    """Whether its own row and its images tell all of how it ended."""
    return generation.status == GenerationStatus.SUCCEEDED and generation.cancel_asked_at is None


def _standing(
    generation: Generation, pauses: Iterable[Pause], place: int | None, *, cancelled_by: str
) -> Standing:
    images = list(generation.images.all())
    review = None if generation.is_active else held.review_of(generation, images)
    status = GenerationStatus(generation.status)
    return Standing(
        status=held.STATUS if review and review.waits else generation.status,
        headline=_place_in_words(place, starts=starts_words(generation, place) if place else "")
        or (review.headline if review else "")
        or _HEADLINES[status](generation, images),
        tone=review.tone if review else _TONES[status],
        pause=pause_of(generation, pauses) if _waits(generation) else None,
        review=review,
        cancelled_by=cancelled_by,
    )


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
