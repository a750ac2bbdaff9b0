"""The places of a batch: each has its final shape from the first second, whatever stands in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from generations import previews
from generations.models import Call, CallOutcome, CallStatus, Generation, GenerationStatus, Image
from generations.models.calls import IN_FLIGHT_STATUSES
from generations.previews import Partial
from generations.standing import Standing
from generations.timing import Usual, usual_time

_SHAPES = {"ar-1x1": 1.0, "ar-3x2": 3 / 2, "ar-2x3": 2 / 3, "ar-16x9": 16 / 9, "ar-9x16": 9 / 16}
_SHAPE_TOLERANCE = 0.03
_UNDER_WAY = (CallStatus.CLAIMED, CallStatus.SENT, CallStatus.RECEIVED)


@dataclass(frozen=True, slots=True)
class Tile:
    """One place in a batch: an image, or what stands where one will be or would have been."""

    kind: Literal["image", "waiting", "running", "held", "withheld", "missing"]
    label: str
    ratio_class: str
    image: Image | None = None
    since: datetime | None = None
    note: str = ""  # what the label does not say
    usual: Usual | None = None  # how long this takes, where that was measured
    is_late: bool = False  # it has taken longer than nine in ten
    preview_url: str = ""  # of the unfinished picture, which only a running tile has
    preview_alt: str = ""


def tiles_of(generation: Generation, standing: Standing) -> list[Tile]:
    """Return the images that are here, and something in every place that is empty and has a meaning."""
    calls, images = list(generation.calls.all()), list(generation.images.all())
    done = [_done_tile(image) for image in images]
    if generation.is_active:
        return done + _open_tiles(generation, calls, images, is_paused=standing.pause is not None)
    if images or generation.status == GenerationStatus.UNKNOWN:
        return done + _empty_tiles(generation, calls, images, cancelled_by=standing.cancelled_by)
    return done


def _done_tile(image: Image) -> Tile:
    """What is out of sight keeps its place, and says why."""
    shape = shape_class(image.width, image.height)
    if image.is_held:
        return Tile("held", _("Waiting for a reviewer"), shape)
    if image.hidden_at is not None:
        label = _("Hidden by a reviewer: %(reason)s") % {"reason": image.hidden_words}
        return Tile("withheld", label, shape)
    return Tile("image", image.alt, shape, image=image)


def shape_class(width: float, height: float) -> str:
    """Return the aspect class that keeps a tile's place, or "ar-other"."""
    ratio = width / height
    return next(
        (name for name, shape in _SHAPES.items() if abs(ratio / shape - 1) < _SHAPE_TOLERANCE), "ar-other"
    )


def _open_tiles(
    generation: Generation, calls: Sequence[Call], images: Sequence[Image], *, is_paused: bool
) -> list[Tile]:
    shape = _expected_shape(generation)
    waiting = Tile("waiting", _("Waiting: paused") if is_paused else _("Waiting"), shape)
    unfinished = _unfinished(generation, calls)
    usual = _usual(generation, calls)
    open_tiles: list[Tile] = []
    for call in calls:
        if call.status == CallStatus.QUEUED:
            open_tiles += [waiting] * call.n
        elif call.status in _UNDER_WAY:
            stored = sum(image.call_id == call.pk for image in images)
            tiles = [_running_tile(call, shape, usual)] * (call.n - stored)
            if tiles and call.pk in unfinished:
                tiles[0] = _with_preview(tiles[0], generation, call, unfinished[call.pk])
            open_tiles += tiles
    return open_tiles


def _empty_tiles(
    generation: Generation, calls: Sequence[Call], images: Sequence[Image], *, cancelled_by: str
) -> list[Tile]:
    """What stands where an image did not come, from the most to the least that is known about it."""
    shape = _expected_shape(generation)
    withheld = sum(refusal.withheld for refusal in generation.refusals.all()) if images else 0
    tiles = [Tile("withheld", _("Withheld"), shape)] * withheld
    for call in calls:
        if call.status == CallStatus.UNKNOWN:
            note = _("The endpoint may have made and charged for this. Ask again?")
            tiles += [Tile("missing", _("Unknown"), shape, note=note)] * call.n
        elif call.outcome == CallOutcome.DISCARDED:
            tiles += [Tile("missing", _("Discarded"), shape)] * call.n
        elif call.outcome == CallOutcome.CANCELLED:
            label = _("Cancelled by %(name)s") % {"name": cancelled_by} if cancelled_by else _("Cancelled")
            tiles += [Tile("missing", label, shape)] * call.n
    # What came and was deleted since has left no gap.
    places = max(0, generation.n - max(len(images), generation.images_count))
    return (tiles + [Tile("missing", _("Missing"), shape)] * places)[:places]


def _unfinished(generation: Generation, calls: Sequence[Call]) -> Mapping[UUID, Partial]:
    if not generation.endpoint.partial_images:
        return {}
    return previews.newest(call.pk for call in calls if call.status in _UNDER_WAY)


def _usual(generation: Generation, calls: Sequence[Call]) -> Usual | None:
    if all(call.status not in IN_FLIGHT_STATUSES for call in calls):
        return None
    return usual_time(generation.endpoint, generation.model, size=generation.size, quality=generation.quality)


def _running_tile(call: Call, shape: str, usual: Usual | None) -> Tile:
    if call.status == CallStatus.RECEIVED:
        return Tile("running", _("Being stored"), shape, since=call.claimed_at)
    late = False
    if usual is not None and call.claimed_at is not None:
        late = (timezone.now() - call.claimed_at).total_seconds() > usual.p90
    return Tile("running", _("In the making"), shape, since=call.claimed_at, usual=usual, is_late=late)


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
