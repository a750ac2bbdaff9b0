"""What a member notes of images: favourite, rating, tags and a note; all of it is their owner's alone."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from generations.models import Generation, Image, Tag
from generations.models.images import ImageQuerySet
from team.models import User

MOST_STARS = 5
MOST_AT_ONCE = 20  # tags that are given in one go
LONGEST_NOTE = 2000  # characters
_LONGEST_TAG = 60  # characters, as it is written
_LONGEST_FOLDED = 120  # characters: what is one letter may be several when it is folded
_BETWEEN_TAGS = re.compile(r"[,，、;；\n]")

_Tagged = Image.tags.through


class NotTaken(Exception):
    """What cannot be noted as it was written; the message is a sentence for the member."""


def favourite(images: Sequence[Image], *, on: bool, by: User) -> int:
    """Mark a member's own images as favourites, or as none; return how many were changed."""
    return _note(images, by=by, is_favourite=on)


def rate(images: Sequence[Image], *, rating: int, by: User) -> int:
    """Give a member's own images one to five stars, or none with 0; return how many were changed."""
    if not 0 <= rating <= MOST_STARS:
        raise NotTaken(_("A rating is a number from 1 to 5."))
    return _note(images, by=by, rating=rating)


def write_note(image: Image, *, text: str, by: User) -> int:
    """Replace the note on a member's own image; return whether it was changed, as a number."""
    text = text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_NOTE:
        raise NotTaken(_("A note has 2,000 characters at most."))
    return _note([image], by=by, note=text)


def tag(images: Sequence[Image], *, names: Sequence[str], by: User) -> int:
    """Give a member's own images these tags; return how many of them gained one."""
    wanted = _written(names)
    with transaction.atomic():
        own = list(_own(images, by).order_by("pk").values_list("pk", flat=True))
        if not own or not wanted:
            return 0
        tags = _made(wanted, by)
        known = set(_Tagged.objects.filter(image__in=own, tag__in=tags).values_list("image_id", "tag_id"))
        # In one order, so that two who tag the same images at once do not wait for each other.
        new = [(image, one.pk) for image in own for one in tags if (image, one.pk) not in known]
        rows = [_Tagged(image_id=image, tag_id=pk) for image, pk in new]
        _Tagged.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len({image for image, _pk in new})


def made(names: Sequence[str], *, by: User) -> list[Tag]:
    """Return a member's tags of these names; those that were not there are made. Raises NotTaken."""
    return _made(_written(names), by)


def untag(images: Sequence[Image], *, names: Sequence[str], by: User) -> int:
    """Take these tags from a member's own images; return how many of them lost one."""
    folded = [fold(name) for name in names]
    with transaction.atomic():
        worn = _Tagged.objects.filter(image__in=_own(images, by), tag__member=by, tag__folded__in=folded)
        losing: int = worn.values("image").distinct().count()
        worn.delete()
    return losing


def noted(images: Sequence[Image], field: str, *, by: User) -> dict[UUID, Any]:
    """What a member's own images have in a field. Nobody notes anything else until the transaction's end."""
    _hold(Generation.objects.filter(pk__in={image.generation_id for image in images}, member=by))
    return dict(_own(images, by).values_list("pk", field))


def note_anew(images: Sequence[Image], field: str, values: Mapping[UUID, Any], *, by: User) -> int:
    """Give each image a value of its own, as noted() says them; return how many were changed."""
    alike: dict[Any, list[Image]] = defaultdict(list)
    for image in images:
        if image.pk in values:
            alike[values[image.pk]].append(image)
    return sum(_note(some, by=by, **{field: value}) for value, some in alike.items())


def worn(images: Sequence[Image], names: Sequence[str], *, by: User) -> dict[UUID, list[str]]:
    """Which of these tags a member's own images have, folded."""
    found: dict[UUID, list[str]] = {pk: [] for pk in _own(images, by).values_list("pk", flat=True)}
    tags = _Tagged.objects.filter(image__in=found, tag__member=by, tag__folded__in=list(map(fold, names)))
    for pk, folded in tags.order_by("tag__folded").values_list("image_id", "tag__folded"):
        found[pk].append(folded)
    return found


def tag_anew(
    images: Sequence[Image], names: Sequence[str], wanted: Mapping[UUID, Sequence[str]], *, by: User
) -> int:
    """Let images have only those of these tags that worn() said; return how many were changed."""
    spelled, now = {fold(name): name for name in names}, worn(images, names, by=by)
    gaining: dict[tuple[str, ...], list[Image]] = defaultdict(list)
    losing: dict[tuple[str, ...], list[Image]] = defaultdict(list)
    changing = [
        one for one in images if one.pk in wanted and now.get(one.pk, wanted[one.pk]) != wanted[one.pk]
    ]
    for image in changing:
        goal, has = wanted[image.pk], now[image.pk]
        gaining[tuple(spelled[one] for one in goal if one not in has)].append(image)
        losing[tuple(spelled[one] for one in has if one not in goal)].append(image)
    with transaction.atomic():
        for given, some in gaining.items():
            tag(some, names=given, by=by)
        for taken, some in losing.items():
            untag(some, names=taken, by=by)
    return len(changing)


def suggestions(member: User, beginning: str, *, most: int = 12) -> QuerySet[Tag]:
    """A member's tags that are in use and hold these letters, the most used first."""
    kept = Image.objects.kept().filter(pk=OuterRef("images"))
    used = Tag.objects.filter(member=member).annotate(uses=Count("images", filter=Exists(kept)))
    found = used.filter(folded__contains=fold(beginning)) if beginning else used
    return found.filter(uses__gt=0).order_by("-uses", "folded")[:most]


def split_names(text: str) -> list[str]:
    """The tags that are written into one field, with commas between them."""
    return [name for name in (_plain(part) for part in _BETWEEN_TAGS.split(text)) if name]


def fold(name: str) -> str:
    """What two spellings of a tag have in common: neither width nor case tells them apart."""
    return unicodedata.normalize("NFKC", _plain(name)).casefold()


def recount(generations: Iterable[UUID]) -> None:
    """Bring the copies in generations up to date after their images were changed, deleted or restored."""
    with transaction.atomic():
        _recount(_hold(Generation.objects.filter(pk__in=set(generations))))


def _note(images: Sequence[Image], *, by: User, **value: Any) -> int:
    with transaction.atomic():
        # Whoever changes an image holds its generation: two changes at once leave right copies.
        ids = {image.generation_id for image in images}
        held = _hold(Generation.objects.filter(pk__in=ids, member=by))
        changed = _own(images, by).filter(generation__in=held).exclude(**value).update(**value)
        if changed and "note" not in value:
            _recount(held)
    return changed


def _own(images: Sequence[Image], member: User) -> ImageQuerySet:
    """Those that the member may note something of, as the database knows them now; not in the trash."""
    return Image.objects.kept().filter(pk__in=[image.pk for image in images], generation__member=member)


def _hold(generations: QuerySet[Generation]) -> list[UUID]:
    held = generations.select_for_update(no_key=True).order_by("pk")
    return list(held.values_list("pk", flat=True))


def _recount(held: Several[UUID]) -> None:
    kept = Image.objects.kept().filter(generation=OuterRef("pk")).order_by().values("generation")
    best = kept.annotate(best=Max("rating")).values("best")
    favourites = kept.annotate(count=Count("pk", filter=Q(is_favourite=True))).values("count")
    counted = {"best": Coalesce(Subquery(best), 0), "count": Coalesce(Subquery(favourites), 0)}
    Generation.objects.filter(pk__in=held).update(best_rating=counted["best"], favourites=counted["count"])


def _written(names: Sequence[str]) -> dict[str, str]:
    """Spellings by what they fold to; the first spelling of each counts."""
    wanted: dict[str, str] = {}
    for name in filter(None, map(_plain, names)):
        if len(name) > _LONGEST_TAG or len(fold(name)) > _LONGEST_FOLDED:
            raise NotTaken(_("A tag has 60 characters at most."))
        wanted.setdefault(fold(name), name)
    if len(wanted) > MOST_AT_ONCE:
        raise NotTaken(_("Give 20 tags at most at once."))
    return wanted


def _made(wanted: dict[str, str], member: User) -> list[Tag]:
    tags = [Tag(member=member, name=wanted[folded], folded=folded) for folded in sorted(wanted)]
    Tag.objects.bulk_create(tags, ignore_conflicts=True)
    return list(Tag.objects.filter(member=member, folded__in=wanted).order_by("pk"))


def _plain(name: str) -> str:
    """Without what cannot be seen: controls and formats, and spaces beyond one."""
    seen = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in name)
    return " ".join("".join(one for one in seen if unicodedata.category(one) not in ("Cf", "Cs")).split())
