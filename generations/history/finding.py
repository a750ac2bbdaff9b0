"""Finds what was asked for, a page at a time, at a cost that neither depth nor size of the history raises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from generations.history.asked import Asked
from generations.history.filters import found_by, found_by_columns, names_columns, narrowed, reads_texts
from generations.history.of_images import image_conditions
from generations.history.orders import Order, order_of
from generations.models import Generation, Image
from generations.models.generations import GenerationQuerySet
from generations.models.images import ImageQuerySet
from generations.paging import Place
from generations.search import Piece, marked
from team.models import User

PAGE: Final = 24  # generations
# How many of the nearest rows are looked through for words before an index is asked for them: what is
# frequent is found among them at once, and what is not is found by the index at once.
NEAREST: Final = 1000
NAMED: Final = 300  # where they are told by their ids: to name more takes longer than to read them
MOST_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was found, in order, with its images."""

    generations: Sequence[Generation]
    next_cursor: str | None  # for `after`; None at the end


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are: exactly, or more than `number`."""

    number: int
    is_more: bool


def find(asked: Asked, user: User) -> GenerationQuerySet:
    """Return all that fits, in the order asked for, and nothing that the user may not see."""
    return order_of(asked).of(found_by(asked, user))  # type: ignore[return-value]


def page(asked: Asked, user: User, after: str = "", *, size: int = PAGE) -> Page:
    """Return what follows a cursor; what is no cursor of this order begins at the beginning.

    Only what the order is made of is read for the search itself, most of it from an index alone; the rows
    that are shown are read by their ids.
    """
    order = order_of(asked)
    places = _places(asked, user, after, size + 1)
    ids = [place["place_id"] for place in places[:size]]
    rows = Generation.objects.with_images().in_bulk(ids)
    next_cursor = cursor_of(order, places[size - 1]) if len(places) > size else None
    return Page([rows[pk] for pk in ids if pk in rows], next_cursor)


def _places(asked: Asked, user: User, after: str, size: int) -> list[dict[str, Any]]:
    """Return the keys of what follows a cursor: three queries at most, one where no text has to be read."""
    order = order_of(asked)
    found = order.after(found_by_columns(asked, user), after)
    if not reads_texts(asked):
        return _first(order, narrowed(found, asked, user), size)
    nearest, edge = _nearest(order, found, is_by_name=names_columns(asked))
    near = _first(order, narrowed(nearest, asked, user, are_few=True), size)
    if len(near) == size or not edge:
        return near
    return near + _first(order, narrowed(order.after(found, edge), asked, user), size - len(near))


def _nearest(order: Order, found: GenerationQuerySet, *, is_by_name: bool) -> tuple[GenerationQuerySet, str]:
    """Return the nearest of what was found, and the cursor of the others, "" where there are none.

    Where few fit, an index is read to its end for them: that happens once if they are named to what follows.
    Where all fit they are what lies before an edge, and reading stops when a page is full.
    """
    if is_by_name:
        places = _first(order, found, NAMED)
        nearest = Generation.objects.filter(pk__in=[place["place_id"] for place in places])
        return nearest, cursor_of(order, places[-1]) if len(places) == NAMED else ""
    last = _first(order, found, 1, behind=NEAREST - 1)
    edge = cursor_of(order, last[0]) if last else ""
    return order.until(found, edge), edge


def _first(order: Order, found: GenerationQuerySet, size: int, *, behind: int = 0) -> list[dict[str, Any]]:
    in_order = order.of(found).values(**order.key_of())
    return list(in_order[behind : behind + size])  # type: ignore[arg-type]


def count(asked: Asked, user: User) -> Count:
    """Count what fits, exactly up to 10,000."""
    counted = found_by(asked, user).order_by().values("pk")[: MOST_COUNTED + 1].count()
    return Count(min(counted, MOST_COUNTED), counted > MOST_COUNTED)


def matching_images(asked: Asked, user: User) -> ImageQuerySet:
    """Return the kept images of all that fits, in the order of the history.

    Of a generation only those that the conditions on single images hold for.
    """
    found = found_by(asked, user).order_by().values("pk")
    images = Image.objects.kept().filter(image_conditions(asked, user), generation__in=found)
    in_order = order_of(asked).of(images, through="generation__")
    ordering = in_order.query.order_by
    return in_order.order_by(*ordering, "call__position", "call__queued_at", "index")  # type: ignore[return-value]


def marks(text: str, asked: Asked) -> list[Piece]:
    """Cut a text into what was searched for and what lies between, for a page to mark."""
    return marked(text, asked.words)


def place_of(generation: Generation, asked: Asked) -> str:
    """Return the cursor of what follows a generation in the order asked for, whether it is found or not."""
    order = order_of(asked)
    key: dict[str, Any] = Generation.objects.values(**order.key_of()).get(pk=generation.pk)  # type: ignore[assignment]
    return cursor_of(order, key)


def cursor_of(order: Order, place: dict[str, Any]) -> str:
    """Write the cursor of a row that was asked for by the order's key."""
    return order.cursor(Place(place["place_at"], place["place_id"]), place.get("place_first"))
