"""What lies beside an image: within its generation, and past its ends in the member's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from generations.models import Generation, Image
from generations.models.generations import GenerationQuerySet
from generations.paging import Place


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the images before and after one, in the order of the history: newest generation first."""

    previous: UUID | None
    next: UUID | None


def neighbours(image: Image, siblings: Sequence[Image], *, in_history: bool) -> Neighbours:
    """Return what lies beside an image of `siblings`; across generations only where `in_history`.

    At most two queries, whatever the length of the history.
    """
    ids = [sibling.pk for sibling in siblings]
    place = ids.index(image.pk)
    before = ids[place - 1] if place else None
    after = ids[place + 1] if place + 1 < len(ids) else None
    if in_history and before is None:
        before = _newer(image.generation)
    if in_history and after is None:
        after = _older(image.generation)
    return Neighbours(before, after)


def place_in_history(generation: Generation) -> str:
    """Return the cursor of the page of the history that begins with a generation."""
    return str(Place(generation.created_at + timedelta(microseconds=1), UUID(int=0)))


def _older(generation: Generation) -> UUID | None:
    found = (
        _with_images(generation)
        .older_than(generation.created_at, generation.pk)
        .newest_first()
        .values("pk")[:1]
    )
    return Image.objects.filter(generation__in=found).values_list("pk", flat=True).first()


def _newer(generation: Generation) -> UUID | None:
    at = generation.created_at
    later = Q(created_at__gt=at) | Q(created_at=at, id__gt=generation.pk)
    found = _with_images(generation).filter(later).order_by("created_at", "id").values("pk")[:1]
    return Image.objects.filter(generation__in=found).values_list("pk", flat=True).last()


def _with_images(generation: Generation) -> GenerationQuerySet:
    has_images = Exists(Image.objects.filter(generation=OuterRef("pk")))
    return Generation.objects.filter(has_images, member=generation.member_id)
