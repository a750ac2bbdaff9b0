"""A member's images that are the same file as one, or look like it."""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from uuid import UUID

from generations.models import Image
from generations.models.images import ImageQuerySet
from generations.storage import difference
from team.models import User

ALIKE = 12  # bits of 64: beyond that, pictures look alike by chance
MOST = 60
_NOTHING_TO_SEE = frozenset({0, -1})  # of a plain area and of an even gradient: alike to too many


@dataclass(frozen=True, slots=True)
class Alike:
    """An image and in how many bits of 64 its look differs."""

    image: Image
    difference: int


def same_files(image: Image, *, member: User) -> ImageQuerySet:
    """The member's other images with the very same bytes, newest first."""
    return _own(member).filter(sha256=image.sha256).exclude(pk=image.pk).order_by("-created_at")


def alike(image: Image, *, member: User) -> list[Alike]:
    """Return the member's images that look most like one, the nearest first.

    All looks of the member are compared, eight bytes each; a hundred thousand take about a tenth of a second.
    """
    if image.look is None or image.look in _NOTHING_TO_SEE:
        return []
    looks = _own(member).exclude(pk=image.pk).filter(look__isnull=False)
    found = nsmallest(MOST, _near(image.look, looks.values_list("look", "pk").iterator(chunk_size=10_000)))
    images = looks.select_related("generation").in_bulk([pk for _, pk in found])
    return [Alike(images[pk], apart) for apart, pk in found if pk in images]


def _near(look: int, others: Iterable[tuple[int | None, UUID]]) -> Iterable[tuple[int, UUID]]:
    for other, pk in others:
        if other is not None and (apart := difference(look, other)) <= ALIKE:
            yield apart, pk


def _own(member: User) -> ImageQuerySet:
    return Image.objects.filter(generation__member=member).kept()
