"""How many there are of what images are marked with, and of what was made from references."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q

from generations.history.asked import Asked
from generations.history.counts import counted_of
from generations.history.of_images import image_conditions
from generations.models import Image, Operation
from team.models import User

STARS: Final = (1, 2, 3, 4, 5)
_MADE_NEW: Final = Q(operation=Operation.GENERATIONS)
# The copies in a generation's own row tell as much as its images, unless one image has to be more than that.
_OF_ROWS: Final[Mapping[str, Sequence[Q]]] = {
    "favourite": [Q(favourites__gt=0)],
    "rating": [Q(best_rating__gte=stars) for stars in STARS],
    "references": [~_MADE_NEW, _MADE_NEW],
}
_OF_IMAGES: Final[Mapping[str, Sequence[Q]]] = {
    "favourite": [Q(is_favourite=True)],
    "rating": [Q(rating__gte=stars) for stars in STARS],
}


@dataclass(frozen=True, slots=True)
class Marks:
    """How many generations would be found with each of these choices, all other filters being as they are."""

    favourite: int
    ratings: Sequence[tuple[int, int]]  # at least so many stars, and how many generations
    with_references: int
    without_references: int


def marks_of(asked: Asked, user: User) -> Marks:
    """Count what is counted among the same in one reading; of the whole team's history the newest 10,000."""
    readings: dict[tuple[Asked, bool], list[str]] = {}
    for field in _OF_ROWS:
        others = asked.without(field)
        readings.setdefault((others, field in _OF_IMAGES and others.asks_of_one_image), []).append(field)
    numbers: dict[str, list[int]] = {}
    for (others, by_image), of_fields in readings.items():
        numbers |= _counted(of_fields, others, user, by_image=by_image)
    [favourite], ratings, [with_references, without] = (numbers[field] for field in _OF_ROWS)
    return Marks(favourite, tuple(zip(STARS, ratings, strict=True)), with_references, without)


def _counted(of_fields: Sequence[str], others: Asked, user: User, *, by_image: bool) -> dict[str, list[int]]:
    found: Any = counted_of(others, user).order_by()
    conditions, counted = _OF_ROWS, "pk"
    if by_image:
        fitting = image_conditions(others, user)
        found = Image.objects.kept().filter(fitting, generation__in=found.values("pk")).order_by()
        conditions, counted = _OF_IMAGES, "generation"
    names = [(field, place) for field in of_fields for place in range(len(conditions[field]))]
    numbers = found.aggregate(
        **{
            f"{field}_{place}": Count(counted, distinct=by_image, filter=conditions[field][place])
            for field, place in names
        }
    )
    return {field: [numbers[f"{field}_{at}"] for at in range(len(conditions[field]))] for field in of_fields}
