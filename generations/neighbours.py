"""What lies beside an image: in its generation, past its ends in the history or a search, in a collection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from generations.collecting import before, items_shown_to
from generations.history.asked import Asked
from generations.history.filters import found_by
from generations.history.finding import place_of
from generations.history.of_images import image_conditions
from generations.history.orders import order_of
from generations.models import Collection, Generation, Image
from generations.models.images import ImageQuerySet
from generations.paging import Place
from team.models import User


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the images before and after one, in the order of the history: newest generation first."""

    previous: UUID | None
    next: UUID | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an image stands in a collection, among the images that a member sees there."""

    collection: UUID
    beside: Neighbours
    place: int  # from 1
    count: int

    @property
    def address(self) -> str:
        """What an image's address says, without "?", when it was come to along this order."""
        return urlencode({"collection": self.collection, "order": BY_HAND})


BY_HAND = "hand"


def neighbours(
    image: Image,
    siblings: Sequence[Image],
    *,
    in_history: bool,
    asked: Asked | None = None,
    user: User | None = None,
) -> Neighbours:
    """Return what lies beside an image of `siblings`; across generations only where `in_history`.

    At most five queries, whatever the length of the history.

    Args:
        image: which need not be found by the search itself.
        siblings: the images of its generation, in order.
        in_history: whether the images of other generations follow.
        asked: whose order and conditions the neighbours fit; the whole history of the image's owner without.
        user: who asked; the owner without.
    """
    asked, user = asked or Asked(), user or image.generation.member
    if asked.asks_of_one_image:
        fitting = set(
            image.generation.images.filter(image_conditions(asked, user)).values_list("pk", flat=True)
        )
        siblings = [one for one in siblings if one.pk in fitting or one.pk == image.pk]
    ids = [sibling.pk for sibling in siblings]
    place = ids.index(image.pk)
    before = ids[place - 1] if place else None
    after = ids[place + 1] if place + 1 < len(ids) else None
    if in_history and before is None:
        before = _beside(image.generation, asked, user, backwards=True)
    if in_history and after is None:
        after = _beside(image.generation, asked, user, backwards=False)
    return Neighbours(before, after)


def standing(image: Image, collection: UUID, *, user: User) -> Standing | None:
    """Return where an image stands in a collection; None where the member does not see it there.

    Four queries, whatever the size of the collection.
    """
    visible = Collection.objects.visible_to(user).filter(pk=collection)
    shown = items_shown_to(user).filter(collection__in=visible).order_by("position", "pk")
    item = shown.filter(image=image).first()
    if item is None:
        return None
    counted = shown.aggregate(count=Count("pk"), place=Count("pk", filter=before(item)))
    preceding = shown.filter(before(item)).reverse().values_list("image", flat=True)
    following = shown.exclude(before(item)).exclude(pk=item.pk).values_list("image", flat=True)
    beside = Neighbours(preceding.first(), following.first())
    return Standing(collection, beside, place=counted["place"] + 1, count=counted["count"])


def place_in_history(generation: Generation) -> str:
    """Return the cursor of the page of the history that begins with a generation."""
    return str(Place(generation.created_at + timedelta(microseconds=1), UUID(int=0)))


def _beside(generation: Generation, asked: Asked, user: User, *, backwards: bool) -> UUID | None:
    """The nearest image of the next generation that has a fitting one."""
    order, cursor = order_of(asked), place_of(generation, asked)
    has_image = Exists(_fitting(asked, user).filter(generation=OuterRef("pk")))
    found = found_by(asked, user).filter(has_image)
    beside = order.before(found, cursor) if backwards else order.of(order.after(found, cursor))
    nearest = beside.values_list("pk", flat=True).first()
    images = _fitting(asked, user).filter(generation=nearest).values_list("pk", flat=True)
    return images.last() if backwards else images.first()


def _fitting(asked: Asked, user: User) -> ImageQuerySet:
    return Image.objects.kept().filter(image_conditions(asked, user))
