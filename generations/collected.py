"""What pages show of collections: their covers, and which of them hold an image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce

from generations.collecting import items_shown_to
from generations.models import Collection, Image, Tag
from team.models import User

ON_A_COVER = 4  # images
MOST_CHOICES = 200  # the latest changed ones


@dataclass(frozen=True, slots=True)
class Cover:
    """A collection as it hangs on the wall."""

    collection: Collection
    images: Sequence[Image]
    count: int


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """What a member has noted of an image, and where it is collected; others see the latter only."""

    is_owner: bool
    tags: Sequence[Tag]
    collections: Sequence[Collection]
    choices: Sequence[Collection]  # that it may be added to


def on_the_wall(collections: QuerySet[Collection], user: User) -> QuerySet[Collection]:
    """With the number of images and the first of them; what lies in the trash is not there."""
    shown = items_shown_to(user).filter(collection=OuterRef("pk"))
    counted = shown.order_by().values("collection").annotate(count=Count("pk")).values("count")
    in_order = shown.order_by("position", "pk").values("image")
    first: dict[str, Any] = {
        f"image_{n}": Subquery(in_order[n : n + 1], output_field=UUIDField()) for n in range(ON_A_COVER)
    }
    return collections.select_related("owner").annotate(count=Coalesce(Subquery(counted), 0), **first)


def covers(collections: Sequence[Any], user: User) -> list[Cover]:
    """Hang up what on_the_wall() found, with one query for all images."""
    wanted = {one.pk: _wanted(one) for one in collections}
    ids = {pk for some in wanted.values() for pk in some}
    seen = Image.objects.visible_to(user).kept().select_related("generation").in_bulk(ids)
    return [
        Cover(one, [seen[pk] for pk in wanted[one.pk] if pk in seen][:ON_A_COVER], one.count)
        for one in collections
    ]


def order_of(image: Image, user: User) -> ImageOrder:
    """What the panel beside an image shows to a member."""
    is_owner = image.generation.member_id == user.pk
    collections = Collection.objects.visible_to(user).order_by("name")
    holding = list(collections.filter(items__image=image))
    if not is_owner or not image.is_kept:
        return ImageOrder(is_owner=False, tags=(), collections=holding, choices=())
    free = Collection.objects.changeable_by(user).in_use().exclude(items__image=image)
    return ImageOrder(
        is_owner=True, tags=list(image.tags.all()), collections=holding, choices=list(free[:MOST_CHOICES])
    )


def _wanted(collection: Any) -> list[Any]:
    ids = [collection.cover_id, *(getattr(collection, f"image_{n}") for n in range(ON_A_COVER))]
    return [pk for pk in dict.fromkeys(ids) if pk]
