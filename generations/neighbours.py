"""What lies beside an image: within its generation, and past its ends in the history or in a search of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from generations.history.asked import Asked
from generations.history.filters import found_by
from generations.history.finding import place_of
from generations.history.of_images import image_conditions
from generations.history.orders import order_of
from generations.models import Generation, Image
from generations.models.images import ImageQuerySet
from generations.paging import Place
from team.models import User


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the images before and after one, in the order of the history: newest generation first."""

    previous: UUID | None
    next: UUID | None


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
