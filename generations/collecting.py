"""Collections: made, shared, filled and put in order by hand; what each may do is asked here again.

A member adds images of their own only and may take them out again wherever they lie: nobody shows an image
to the team for longer than its owner wants.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from generations.models import SHARED, Access, Collection, CollectionItem, Image
from team.models import User

# Positions lie far apart and begin in the middle of what the column holds: a move writes one row.
_STEP = 1024
_MIDDLE = 2**30
_LAST = 2**31 - 1
_AT_ONCE = 500  # rows that one statement writes


class To(StrEnum):
    """Where an image is moved by a button."""

    FIRST = "first"
    EARLIER = "earlier"
    LATER = "later"
    LAST = "last"


def create(*, owner: User, name: str, description: str = "", access: str = Access.PRIVATE) -> Collection:
    return Collection.objects.create(owner=owner, name=name, description=description, access=access)


def rename(collection: Collection, *, name: str, description: str, by: User) -> bool:
    return _change(collection, by=by, name=name, description=description)


def share(collection: Collection, *, access: str, by: User) -> bool:
    """Say who of the team may see or change it, from now on."""
    return _change(collection, by=by, access=Access(access))


def archive(collection: Collection, *, on: bool, by: User) -> bool:
    """Put it away from the wall, or back; its images and who may see them stay as they are."""
    return _change(collection, by=by, archived_at=timezone.now() if on else None)


def items_shown_to(user: User) -> QuerySet[CollectionItem]:
    """What a member sees of the collections that they may look at: nothing from the trash, nothing hidden.

    In a collection that is no longer shared its owner sees only images of their own.
    """
    kept = CollectionItem.objects.filter(
        image__trashed_at=None, image__removed_at=None, image__hidden_at=None
    )
    return kept.filter(Q(collection__access__in=SHARED) | Q(image__generation__member=user))


def before(item: CollectionItem) -> Q:
    """What stands before an item in the order by hand."""
    return Q(position__lt=item.position) | Q(position=item.position, pk__lt=item.pk)


def add(images: Sequence[Image], collection: Collection, *, by: User) -> int:
    """Put a member's own images behind the last one; return how many were not in it yet."""
    asked = list(dict.fromkeys(image.pk for image in images))
    with transaction.atomic():
        held = _hold(collection, by)
        if held is None:
            return 0
        own = Image.objects.kept().filter(pk__in=asked, generation__member=by)
        there = held.items.filter(image__in=asked)
        wanted = set(own.values_list("pk", flat=True)) - set(there.values_list("image_id", flat=True))
        new = [pk for pk in asked if pk in wanted]
        start = _behind_the_last(held, room=len(new))
        items = [
            CollectionItem(collection=held, image_id=pk, position=start + place * _STEP, added_by=by)
            for place, pk in enumerate(new)
        ]
        CollectionItem.objects.bulk_create(items, batch_size=_AT_ONCE)
        if items:
            _touch(held)
    return len(items)


def receive(image: Image) -> None:
    """Put an image that has just arrived where its generation collects, if its member still may."""
    target = image.generation.collection_id
    collection = target and Collection.objects.filter(pk=target).first()
    if collection:
        add([image], collection, by=image.generation.member)


def take_out(images: Sequence[Image], collection: Collection, *, by: User) -> int:
    """Take images out; return how many were in it. They stay where they were made."""
    with transaction.atomic():
        items = CollectionItem.objects.filter(collection=collection, image__in=[one.pk for one in images])
        if _hold(collection, by) is None:
            items = items.filter(image__generation__member=by)
        leaving = list(items.values_list("image_id", flat=True))
        if leaving:
            CollectionItem.objects.filter(collection=collection, image__in=leaving).delete()
            Collection.objects.filter(pk=collection.pk, cover__in=leaving).update(cover=None)
            _touch(collection)
    return len(leaving)


def places(images: Sequence[Image], collection: Collection) -> dict[UUID, list[Any]]:
    """How images lie in a collection: when and by whom each was added, where, and whether it is the cover.

    Nobody else changes the collection until the transaction's end.
    """
    held = Collection.objects.filter(pk=collection.pk).select_for_update(no_key=True).first()
    if held is None:
        return {}
    items = held.items.filter(image__in=[image.pk for image in images])
    found = items.values_list("image_id", "added_at", "added_by_id", "position")
    return {pk: [at.isoformat(), by, position, pk == held.cover_id] for pk, at, by, position in found}


def lie_anew(
    images: Sequence[Image], collection: Collection, wanted: Mapping[UUID, Sequence[Any] | None], *, by: User
) -> int:
    """Put images where places() said that they lay, and take out those of None; return how many were changed.

    Others' images are put back by whoever may change the collection, as they may take them out.
    """
    named = [image for image in images if image.pk in wanted]
    with transaction.atomic():
        if _hold(collection, by) is None:
            named = [image for image in named if image.generation.member_id == by.pk]
        there = places(named, collection)
        back = {one.pk: place for one in named if one.pk not in there and (place := wanted[one.pk])}
        out = [one for one in named if one.pk in there and wanted[one.pk] is None]
        _put_back(back, collection)
        return len(back) + take_out(out, collection, by=by)


def choose_cover(image: Image | None, collection: Collection, *, by: User) -> bool:
    """Make one of its images the first of the cover; None leaves that to the order."""
    with transaction.atomic():
        held = _hold(collection, by)
        shown = items_shown_to(by).filter(collection=collection)
        if held is None or (image and not shown.filter(image=image).exists()):
            return False
        return bool(Collection.objects.filter(pk=held.pk).update(cover=image, changed_at=timezone.now()))


def place(image: Image, collection: Collection, *, beside: UUID, is_after: bool, by: User) -> bool:
    """Move an image directly before or after another one of the same collection."""
    with transaction.atomic():
        held = _hold(collection, by)
        return held is not None and _place(held, image.pk, beside=beside, is_after=is_after)


def move(image: Image, collection: Collection, *, to: To, by: User) -> bool:
    """Move an image among those that the member sees; False where it stands there already."""
    with transaction.atomic():
        held = _hold(collection, by)
        shown = items_shown_to(by).filter(collection=collection).order_by("position", "pk")
        item = shown.filter(image=image).first()
        if held is None or item is None:
            return False
        behind = shown.exclude(before(item)).exclude(pk=item.pk)
        beside = {
            To.FIRST: shown.filter(before(item)).first(),
            To.EARLIER: shown.filter(before(item)).last(),
            To.LATER: behind.first(),
            To.LAST: behind.last(),
        }[to]
        if beside is None:
            return False
        return _place(held, image.pk, beside=beside.image_id, is_after=to in (To.LATER, To.LAST))


def _put_back(lying: Mapping[UUID, Sequence[Any]], collection: Collection) -> None:
    items = [
        CollectionItem(
            collection=collection,
            image_id=pk,
            added_at=datetime.fromisoformat(at),
            added_by_id=added_by,
            position=position,
        )
        for pk, (at, added_by, position, _is_cover) in lying.items()
    ]
    CollectionItem.objects.bulk_create(items, batch_size=_AT_ONCE)
    cover = next((pk for pk, (*_rest, is_cover) in lying.items() if is_cover), None)
    if cover:
        Collection.objects.filter(pk=collection.pk, cover=None).update(cover=cover)
    if items:
        _touch(collection)


def _change(collection: Collection, *, by: User, **fields: Any) -> bool:
    """What the owner alone does."""
    own = Collection.objects.filter(pk=collection.pk, owner=by)
    return bool(own.update(**fields, changed_at=timezone.now()))


def _hold(collection: Collection, by: User) -> Collection | None:
    """Its row, held until the end of the transaction, if the member may change what is in it.

    Positions are given out by whoever holds it, so that no two images get the same.
    """
    may_change = Collection.objects.changeable_by(by).filter(pk=collection.pk)
    return may_change.select_for_update(no_key=True).first()


def _touch(collection: Collection) -> None:
    Collection.objects.filter(pk=collection.pk).update(changed_at=timezone.now())


def _behind_the_last(held: Collection, *, room: int) -> int:
    last = _last_position(held)
    if last is not None and last + room * _STEP > _LAST:
        _renumber(held)
        last = _last_position(held)
    return _MIDDLE if last is None else last + _STEP


def _last_position(held: Collection) -> int | None:
    last: int | None = held.items.aggregate(last=Max("position"))["last"]
    return last


def _place(held: Collection, image: UUID, *, beside: UUID, is_after: bool) -> bool:
    others = held.items.exclude(image=image)
    if not held.items.filter(image=image).exists() or not others.filter(image=beside).exists():
        return False
    position = _free(others, beside, is_after=is_after)
    if position is None:
        _renumber(held)
        position = _free(others, beside, is_after=is_after)
    held.items.filter(image=image).update(position=position)
    _touch(held)
    return True


def _free(others: QuerySet[CollectionItem], beside: UUID, *, is_after: bool) -> int | None:
    """A position directly before or after an image's; None where no number is left."""
    at = others.get(image=beside).position
    if others.filter(position=at).count() > 1:
        return None
    if is_after:
        following = others.filter(position__gt=at).order_by("position").first()
        low, high = at, following.position if following else at + 2 * _STEP
    else:
        preceding = others.filter(position__lt=at).order_by("position").last()
        low, high = preceding.position if preceding else at - 2 * _STEP, at
    middle = (low + high) // 2
    return middle if low < middle and 0 <= middle <= _LAST else None


def _renumber(held: Collection) -> None:
    """Give every image a place of its own again, far from the next, in the order that they have."""
    items = list(held.items.order_by("position", "pk").only("pk"))
    start = _MIDDLE - len(items) // 2 * _STEP
    for index, item in enumerate(items):
        item.position = start + index * _STEP
    CollectionItem.objects.bulk_update(items, ["position"], batch_size=_AT_ONCE)
