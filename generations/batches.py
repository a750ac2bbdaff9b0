"""A generation as pages show it: a headline, tiles of their final shape, a reason and what can be done."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import previews
from generations.explanations import WILL_BE_ASKED_AGAIN, Explanation, explain
from generations.models import Call, CallStatus, Generation, GenerationStatus, Image
from generations.parameter_words import parameter_label
from generations.previews import Partial
from generations.submission import can_cancel, can_repeat

Tone = Literal["ok", "warn", "bad", "running", "muted"]
_SHAPES = {"ar-1x1": 1.0, "ar-3x2": 3 / 2, "ar-2x3": 2 / 3, "ar-16x9": 16 / 9, "ar-9x16": 9 / 16}
_SHAPE_TOLERANCE = 0.03
_UNDER_WAY = (CallStatus.CLAIMED, CallStatus.SENT, CallStatus.RECEIVED)
_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Tile:
    """One place in a batch: an image, or what stands where one will be or would have been."""

    kind: Literal["image", "waiting", "running", "withheld", "missing"]
    label: str
    ratio_class: str
    image: Image | None = None
    since: datetime | None = None
    preview_url: str = ""  # of the unfinished picture, which only a running tile has
    preview_alt: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything that a page says about one generation, in the reader's language."""

    generation: Generation
    prompt_lang: str
    headline: str
    tone: Tone
    tiles: tuple[Tile, ...]
    settings_line: tuple[str, ...]
    explanation: str
    advice: tuple[str, ...]
    can_cancel: bool
    can_retry: bool
    retry_label: str
    details_url: str


def batch_of(generation: Generation) -> Batch:
    """Return the batch of a generation that was read with_results()."""
    calls = list(generation.calls.all())
    images = list(generation.images.all())
    explanation = _explanation(generation, calls)
    return Batch(
        generation=generation,
        prompt_lang=language_of(generation.prompt),
        headline=_HEADLINES[GenerationStatus(generation.status)](generation, images),
        tone=_TONES[GenerationStatus(generation.status)],
        tiles=tuple(_tiles(generation, calls, images)),
        settings_line=tuple(settings_line(generation)),
        explanation=str(explanation.sentence) if explanation else "",
        advice=tuple(str(sentence) for sentence in explanation.advice) if explanation else (),
        can_cancel=can_cancel(generation),
        can_retry=can_repeat(generation),
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
    return [*words, ngettext("%(n)s image", "%(n)s images", generation.n) % {"n": generation.n}]


def language_of(prompt: str) -> str:
    """Guess the language from the script, so that screen readers and fonts read it right; "" when unsure."""
    if _KANA.search(prompt):
        return "ja"
    if _HAN.search(prompt):
        return "zh-Hans"
    return ""


def shape_class(width: float, height: float) -> str:
    """Return the aspect class that keeps a tile's place, or "ar-other"."""
    ratio = width / height
    return next(
        (name for name, shape in _SHAPES.items() if abs(ratio / shape - 1) < _SHAPE_TOLERANCE), "ar-other"
    )


def _tiles(generation: Generation, calls: Sequence[Call], images: Sequence[Image]) -> list[Tile]:
    done = [Tile("image", image.alt, shape_class(image.width, image.height), image=image) for image in images]
    shape = _expected_shape(generation)
    withheld = sum(refusal.withheld for refusal in generation.refusals.all()) if images else 0
    rest: list[Tile] = []
    if generation.is_active:
        unfinished = _unfinished(generation, calls)
        for call in calls:
            if call.status == CallStatus.QUEUED:
                rest += [Tile("waiting", _("Waiting"), shape)] * call.n
            elif call.status in _UNDER_WAY:
                stored = sum(image.call_id == call.pk for image in images)
                tiles = [_running_tile(call, shape)] * (call.n - stored)
                if tiles and call.pk in unfinished:
                    tiles[0] = _with_preview(tiles[0], generation, call, unfinished[call.pk])
                rest += tiles
    elif images:
        rest += [Tile("withheld", _("Withheld"), shape)] * withheld
        rest += [Tile("missing", _("Missing"), shape)] * (generation.n - len(images) - withheld)
    return done + rest


def _unfinished(generation: Generation, calls: Sequence[Call]) -> Mapping[UUID, Partial]:
    if not generation.endpoint.partial_images:
        return {}
    return previews.newest(call.pk for call in calls if call.status in _UNDER_WAY)


def _running_tile(call: Call, shape: str) -> Tile:
    label = _("Being stored") if call.status == CallStatus.RECEIVED else _("In the making")
    return Tile("running", label, shape, since=call.claimed_at)


def _with_preview(tile: Tile, generation: Generation, call: Call, unfinished: Partial) -> Tile:
    """The first empty place of a running call shows what has come of it.

    Where a call makes several images nothing tells whose the newest picture is, and the label says so. Calls
    of one image each would tell, but the prompt and every reference would be paid for once for each image.
    """
    label = tile.label
    if call.status != CallStatus.RECEIVED:
        values = {"n": call.n, "number": min(unfinished.index + 1, unfinished.of), "of": unfinished.of}
        one_of_many = _("Preview of one of %(n)s")
        label = (one_of_many if call.n > 1 else _("Preview %(number)s of %(of)s")) % values
    alt = _("Unfinished: %(prompt)s") % {"prompt": generation.prompt[:120]}
    return replace(
        tile,
        label=label,
        preview_url=f"{reverse('generations:preview', args=[call.pk])}?i={unfinished.number}",
        preview_alt=alt if generation.prompt else _("Unfinished image"),
    )


def _expected_shape(generation: Generation) -> str:
    asked = generation.aspect_ratio or generation.size.replace("x", ":")
    width, _colon, height = asked.partition(":")
    try:
        return shape_class(float(width), float(height))
    except (ValueError, ZeroDivisionError):
        return "ar-1x1"


def _explanation(generation: Generation, calls: Sequence[Call]) -> Explanation | None:
    if generation.is_active:
        again = any(call.status == CallStatus.QUEUED and call.repeats for call in calls)
        return WILL_BE_ASKED_AGAIN if again else None
    if generation.status == GenerationStatus.SUCCEEDED:
        return None
    return explain(generation.reason)


def _done_headline(generation: Generation, images: Sequence[Image]) -> str:
    seconds = _seconds(generation)
    values = {"n": len(images), "seconds": seconds}
    if seconds is None:
        return ngettext("%(n)s image", "%(n)s images", len(images)) % values
    return ngettext("%(n)s image in %(seconds)s s", "%(n)s images in %(seconds)s s", len(images)) % values


def _partial_headline(generation: Generation, images: Sequence[Image]) -> str:
    values = {"k": len(images), "n": generation.n}
    if generation.refusals.all():
        return _("%(k)s of %(n)s ready: the rest was withheld by moderation") % values
    return _("%(k)s of %(n)s ready") % values


def _running_headline(generation: Generation, images: Sequence[Image]) -> str:
    return ngettext("Making %(n)s image", "Making %(n)s images", generation.n) % {"n": generation.n}


def _seconds(generation: Generation) -> int | None:
    if generation.started_at is None or generation.finished_at is None:
        return None
    return max(1, round((generation.finished_at - generation.started_at).total_seconds()))


_HEADLINES: dict[GenerationStatus, Callable[[Generation, Sequence[Image]], str]] = {
    GenerationStatus.QUEUED: lambda generation, images: _("Waiting in line"),
    GenerationStatus.RUNNING: _running_headline,
    GenerationStatus.SUCCEEDED: _done_headline,
    GenerationStatus.PARTIAL: _partial_headline,
    GenerationStatus.BLOCKED: lambda generation, images: _("Stopped by moderation"),
    GenerationStatus.FAILED: lambda generation, images: _("Failed"),
    GenerationStatus.UNKNOWN: lambda generation, images: _("Nobody knows how it ended"),
    GenerationStatus.CANCELLED: lambda generation, images: _("Cancelled before it was sent"),
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
