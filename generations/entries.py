"""What the history shows of each generation: tiles in their own shapes, words with the hits marked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from generations.batches import settings_line
from generations.history.asked import Asked
from generations.history.finding import marks, matching_images
from generations.models import Generation, GenerationStatus, Image
from generations.money import money
from generations.prompt_language import language_of
from generations.search.marking import Piece
from generations.standing import Standing, is_simply_done, seconds_taken, standings_of
from generations.tiles import Tile, tiles_of
from team.models import User

# The classes of history.css, and width by height. What lies between two is drawn whole, with a margin.
_SHAPES = {
    "ar-9x21": 9 / 21,
    "ar-1x2": 1 / 2,
    "ar-9x16": 9 / 16,
    "ar-2x3": 2 / 3,
    "ar-3x4": 3 / 4,
    "ar-4x5": 4 / 5,
    "ar-1x1": 1.0,
    "ar-5x4": 5 / 4,
    "ar-4x3": 4 / 3,
    "ar-3x2": 3 / 2,
    "ar-16x9": 16 / 9,
    "ar-2x1": 2.0,
    "ar-21x9": 21 / 9,
}
_SAME = 0.03  # as part of the width: nobody sees that much go
_MOST_WORDS = 600  # characters of a prompt in the list


@dataclass(frozen=True, slots=True)
class Told:
    """What a list says of a generation; `words` and `revised` are pieces of text, each hit or not."""

    words: tuple[Piece, ...]
    revised: tuple[Piece, ...]  # only where the search hits it, and not the prompt
    settings: tuple[str, ...]
    took: int | None  # seconds
    cost: str  # in words; empty where no price is known

    @property
    def revised_lang(self) -> str:
        return language_of("".join(piece.text for piece in self.revised))


@dataclass(frozen=True, slots=True)
class Entry:
    """A generation in the history, as it is among the images of its day."""

    generation: Generation
    standing: Standing | None  # None where images say it all
    tiles: tuple[Tile, ...]
    person: str  # whose it is, where it is not the reader's own
    told: Told | None  # only in the list
    is_told_without_images: bool  # rows that are about single images leave out what has none

    @property
    def is_own(self) -> bool:
        return not self.person

    @property
    def lang(self) -> str:
        return language_of(self.generation.prompt)


def entries_of(
    generations: Sequence[Generation], asked: Asked, user: User, *, as_list: bool = False
) -> list[Entry]:
    """Return the entries of generations that were read with_images().

    Images in the trash are left out, and those that do not fit where a search is about single images. To
    look for the words of a search in the prompts takes as long as to find them, and only a list shows that.
    """
    fitting = _fitting(generations, asked, user) if asked.asks_of_one_image else None
    others = [one for one in generations if one.member_id != user.pk]
    people = {
        one.pk: one.display_name for one in User.objects.filter(pk__in={one.member_id for one in others})
    }
    hidden = _hidden(others, user) if others else frozenset()
    standings = _standings(generations, as_list=as_list)
    return [
        Entry(
            generation=one,
            standing=standings.get(one.pk),
            tiles=_tiles(one, None if as_list else standings.get(one.pk), fitting, hidden),
            person=people.get(one.member_id, ""),
            told=_told(one, asked) if as_list else None,
            is_told_without_images=fitting is None,
        )
        for one in generations
    ]


def shape_of(image: Image) -> str:
    """Return the classes that give an image's tile its shape."""
    ratio = image.width / image.height
    name, shape = min(_SHAPES.items(), key=lambda known: abs(log(ratio / known[1])))
    return name if abs(ratio / shape - 1) < _SAME else f"{name} tile--whole"


def _standings(generations: Sequence[Generation], *, as_list: bool) -> dict[UUID, Standing]:
    """How those stand of which that is told: all of a list; of rows those that are not images alone."""
    told = list(generations) if as_list else [one for one in generations if not _is_all_images(one)]
    more = [one for one in told if not is_simply_done(one)] if as_list else told
    prefetch_related_objects(more, "calls", "refusals")
    prefetch_related_objects([one for one in told if one.is_active], "endpoint")
    if as_list:
        prefetch_related_objects(told, "reference_uses")
    return {one.pk: standing for one, standing in zip(told, standings_of(told), strict=True)}


def _is_all_images(generation: Generation) -> bool:
    """Whether rows of images need no words of it: all that was asked for is there, and in sight."""
    images = generation.images.all()
    return (
        generation.status == GenerationStatus.SUCCEEDED
        and len(images) >= generation.n
        and all(image.is_kept for image in images)
    )


def _tiles(
    generation: Generation, standing: Standing | None, fitting: set[object] | None, hidden: frozenset[object]
) -> tuple[Tile, ...]:
    """Every place of a generation that is told of, and of others the images that are in sight."""
    if standing:
        tiles = [replace(tile, ratio_class=_shape(tile)) for tile in tiles_of(generation, standing)]
    else:
        kept = [image for image in generation.images.all() if image.is_kept]
        tiles = [Tile("image", image.alt, shape_of(image), image=image) for image in kept]
    return tuple(_for_reader(tile, hidden) for tile in tiles if _is_shown(tile, fitting))


def _fitting(generations: Sequence[Generation], asked: Asked, user: User) -> set[object]:
    found = matching_images(asked, user).filter(generation__in=[one.pk for one in generations])
    return set(found.order_by().values_list("pk", flat=True))


def _hidden(others: Sequence[Generation], user: User) -> frozenset[object]:
    """The images of others that an administrator may know of and not see."""
    images = Image.objects.filter(generation__in=[one.pk for one in others])
    return frozenset(images.exclude(pk__in=images.visible_to(user).values("pk")).values_list("pk", flat=True))


def _told(generation: Generation, asked: Asked) -> Told:
    words = tuple(marks(_start(generation.prompt), asked)) if generation.prompt else ()
    revised = () if any(piece.is_hit for piece in words) else _revised(generation, asked)
    return Told(
        words=words,
        revised=revised,
        settings=tuple(settings_line(generation)),
        took=seconds_taken(generation),
        cost=money(generation.cost) if generation.cost is not None else "",
    )


def _is_shown(tile: Tile, fitting: set[object] | None) -> bool:
    if tile.image is None:
        return fitting is None
    return tile.image.is_kept and (fitting is None or tile.image.pk in fitting)


def _shape(tile: Tile) -> str:
    return shape_of(tile.image) if tile.image else tile.ratio_class


def _for_reader(tile: Tile, hidden: frozenset[object]) -> Tile:
    if tile.image is None or tile.image.pk not in hidden:
        return tile
    return Tile("missing", _("Private"), tile.ratio_class)


def _revised(generation: Generation, asked: Asked) -> tuple[Piece, ...]:
    """The first of the revised prompts that the search hits, where it hits nothing of a longer prompt."""
    if not asked.words:
        return ()
    prompt = generation.prompt
    if len(prompt) > _MOST_WORDS and any(piece.is_hit for piece in marks(prompt, asked)):
        return ()
    for image in generation.images.all():
        pieces = tuple(marks(_start(image.revised_prompt), asked)) if image.revised_prompt else ()
        if any(piece.is_hit for piece in pieces):
            return pieces
    return ()


def _start(text: str) -> str:
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}…"
