"""What can be done to many images at once: one entry each, and the only place that lists them.

An action says what it is called, what it wants to be told, which images it may touch, what it does to some of
them, and what is remembered so that it can be taken back. Who runs it (a request, or a job in pieces) is not
its matter; whoever does looks at every image again when its turn comes.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from generations import collecting, keeping, trash
from generations.models import Collection, Generation, Image, Job
from generations.models.images import ImageQuerySet
from generations.submission import ReferenceGone, again
from team.models import User


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the images of a job, and what is known about it."""

    images: Sequence[Image]  # with their generations
    arguments: Mapping[str, Any]
    member: User
    job: UUID
    asked_at: datetime


Words = Callable[[int], str]
Among = Callable[[ImageQuerySet, User], ImageQuerySet]


@dataclass(frozen=True, slots=True)
class Memory:
    """What images were like before an action, in values that JSON can hold, and how that comes back."""

    read: Callable[[Piece], Mapping[UUID, Any]]
    # Makes images be as they were read; returns how many it has changed.
    put_back: Callable[[Piece, Mapping[UUID, Any]], int]
    # Whether an image still is as an action has left it.
    is_same: Callable[[Any, Any], bool] = operator.eq
    among: Among = lambda images, member: _own_kept(images, member)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done to images."""

    name: str
    label: Promise
    act: Callable[[Piece], int]  # returns how many images it has changed
    done: Words  # the sentence that says so
    takes: tuple[str, ...] = ()  # arguments, as arguments.py reads them
    # What of the asked it may touch.
    among: Among = lambda images, member: _own_kept(images, member)
    memory: Memory | None = None
    undo: str = ""  # the action that takes it back, where nothing has to be remembered
    at_once: int = 200  # images that a request may wait for
    most: int = 0  # images that it may be asked for; 0 is no limit
    makes_file: bool = False
    pays: bool = False  # it asks endpoints for more


def _own_kept(images: ImageQuerySet, member: User) -> ImageQuerySet:
    return images.kept().filter(generation__member=member)


def _own_deleted(images: ImageQuerySet, member: User) -> ImageQuerySet:
    deleted = images.filter(trashed_at__isnull=False, removed_at__isnull=True)
    return deleted.filter(generation__member=member)


def _seen(images: ImageQuerySet, member: User) -> ImageQuerySet:
    return images.visible_to(member).kept()


def _collection(piece: Piece) -> Collection | None:
    """The target as it is now: it may have been deleted or closed since it was chosen."""
    return Collection.objects.visible_to(piece.member).filter(pk=piece.arguments["collection"]).first()


def _collect(piece: Piece) -> int:
    target = _collection(piece)
    return collecting.add(piece.images, target, by=piece.member) if target else 0


def _uncollect(piece: Piece) -> int:
    target = _collection(piece)
    return collecting.take_out(piece.images, target, by=piece.member) if target else 0


def _again(piece: Piece) -> int:
    generations = {image.generation_id: image.generation for image in piece.images}
    return ask_again(generations.values(), job=piece.job)


def ask_again(generations: Iterable[Generation], *, job: UUID) -> int:
    """Once per generation and job, however often this is run: the token says which it was.

    Raises MayNotAsk, and then nothing of this has been asked for.
    """
    asked = 0
    for generation in generations:
        if generation.endpoint.is_active:
            try:
                again(generation, token=uuid5(job, str(generation.pk)))
            except ReferenceGone:
                continue
            asked += 1
    return asked


def _of_field(field: str) -> Memory:
    return Memory(
        read=lambda piece: keeping.noted(piece.images, field, by=piece.member),
        put_back=lambda piece, was: keeping.note_anew(piece.images, field, was, by=piece.member),
    )


def _places(piece: Piece) -> Mapping[UUID, Any]:
    target = _collection(piece)
    return collecting.places(piece.images, target) if target else {}


def _lie_anew(piece: Piece, was: Mapping[UUID, Any]) -> int:
    target = _collection(piece)
    return collecting.lie_anew(piece.images, target, was, by=piece.member) if target else 0


_FAVOURITE = _of_field("is_favourite")
_RATING = _of_field("rating")
_TAGS = Memory(
    read=lambda piece: keeping.worn(piece.images, piece.arguments["tags"], by=piece.member),
    put_back=lambda piece, was: keeping.tag_anew(piece.images, piece.arguments["tags"], was, by=piece.member),
)
_PLACES = Memory(
    read=_places,
    put_back=_lie_anew,
    # Put in order meanwhile, it still is the image that was added then.
    is_same=lambda now, then: (now or [])[:2] == (then or [])[:2],
    # Others' images, too, that are seen only where they were taken out.
    among=lambda images, member: images.kept(),
)

UNDO = "undo"  # what takes back is a job, too
ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action(
            name="favourite",
            label=_("Favourite"),
            act=lambda piece: keeping.favourite(piece.images, on=True, by=piece.member),
            done=lambda n: ngettext("%(n)s favourite added.", "%(n)s favourites added.", n) % {"n": n},
            memory=_FAVOURITE,
        ),
        Action(
            name="unfavourite",
            label=_("Remove from favourites"),
            act=lambda piece: keeping.favourite(piece.images, on=False, by=piece.member),
            done=lambda n: ngettext("%(n)s favourite removed.", "%(n)s favourites removed.", n) % {"n": n},
            memory=_FAVOURITE,
        ),
        Action(
            name="rate",
            label=_("Rate"),
            takes=("rating",),
            act=lambda piece: keeping.rate(piece.images, rating=piece.arguments["rating"], by=piece.member),
            done=lambda n: ngettext("%(n)s image rated.", "%(n)s images rated.", n) % {"n": n},
            memory=_RATING,
        ),
        Action(
            name="tag",
            label=_("Add tags"),
            takes=("tags",),
            act=lambda piece: keeping.tag(piece.images, names=piece.arguments["tags"], by=piece.member),
            done=lambda n: ngettext("%(n)s image tagged.", "%(n)s images tagged.", n) % {"n": n},
            memory=_TAGS,
        ),
        Action(
            name="untag",
            label=_("Remove tags"),
            takes=("tags",),
            act=lambda piece: keeping.untag(piece.images, names=piece.arguments["tags"], by=piece.member),
            done=lambda n: (
                ngettext("Tags removed from %(n)s image.", "Tags removed from %(n)s images.", n) % {"n": n}
            ),
            memory=_TAGS,
        ),
        Action(
            name="collect",
            label=_("Add to collection"),
            takes=("collection",),
            act=_collect,
            done=lambda n: (
                ngettext("%(n)s image added to the collection.", "%(n)s images added to the collection.", n)
                % {"n": n}
            ),
            memory=_PLACES,
        ),
        Action(
            name="uncollect",
            label=_("Take out of the collection"),
            takes=("collection",),
            act=_uncollect,
            # Whoever may change a collection takes out others' images, too.
            among=_seen,
            done=lambda n: (
                ngettext(
                    "%(n)s image taken out of the collection.", "%(n)s images taken out of the collection.", n
                )
                % {"n": n}
            ),
            memory=_PLACES,
        ),
        Action(
            name="trash",
            label=_("Delete"),
            act=lambda piece: trash.put(piece.images, by=piece.member, at=piece.asked_at),
            done=lambda n: ngettext("%(n)s image deleted.", "%(n)s images deleted.", n) % {"n": n},
            undo="restore",
        ),
        Action(
            name="restore",
            label=_("Restore"),
            act=lambda piece: trash.restore(piece.images, by=piece.member),
            done=lambda n: ngettext("%(n)s image restored.", "%(n)s images restored.", n) % {"n": n},
            among=_own_deleted,
            undo="trash",
        ),
        Action(
            name="again",
            label=_("Run again"),
            act=_again,
            done=lambda n: (
                ngettext("%(n)s generation is asked for again.", "%(n)s generations are asked for again.", n)
                % {"n": n}
            ),
            at_once=20,
            # It is paid for: nobody buys thousands of images by a slip.
            most=200,
            pays=True,
        ),
        Action(
            name="zip",
            label=_("Download"),
            takes=("pattern", "metadata"),
            act=lambda piece: 0,  # zipping.py does it
            done=lambda n: (
                ngettext("%(n)s image is ready to download.", "%(n)s images are ready to download.", n)
                % {"n": n}
            ),
            among=_seen,
            at_once=0,
            makes_file=True,
        ),
    )
}


def action_of(job: Job) -> Action | None:
    """Return what a job does, or what it takes back."""
    return ACTIONS.get(job.arguments.get("action", "") if job.kind == UNDO else job.kind)
