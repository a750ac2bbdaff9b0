"""Deleting a collection, and bringing it back.

What it was is kept for a day beside the sessions, as one that belongs to nobody: those end by themselves, and
no table of the studio has to remember what is gone.
"""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from generations.models import Collection, CollectionItem, Generation, Image
from generations.models.generations import ACTIVE_STATUSES
from team.models import User

KEPT = timedelta(days=1)
_KEY = "deleted_collection"
_TOKEN = re.compile(r"[a-z0-9]{32}")


def delete(collection: Collection, *, by: User) -> str | None:
    """Delete a member's own collection, not its images; return what brings it back, or None."""
    with transaction.atomic():
        found = Collection.objects.filter(pk=collection.pk, owner=by).select_for_update().first()
        if found is None:
            return None
        remembered = SessionStore()
        remembered[_KEY] = _remember(found)
        remembered.set_expiry(KEPT)
        remembered.create()
        found.delete()
    return remembered.session_key


def name_of(token: str, *, by: User) -> str | None:
    """The name of what a token brings back; None when it is too late, or another's."""
    remembered = _remembered(token, by)
    return remembered["name"] if remembered and not _is_there(remembered) else None


def restore(token: str, *, by: User) -> Collection | None:
    """Bring a deleted collection back under its old address, with those of its images that still are."""
    with transaction.atomic():
        remembered = _remembered(token, by)
        if remembered is None:
            return None
        fields = {name: remembered[name] for name in ("name", "description", "access")}
        moments = {name: _moment(remembered[name]) for name in _MOMENTS}
        collection, is_new = Collection.objects.get_or_create(
            pk=UUID(remembered["id"]), owner=by, defaults={**fields, **moments}
        )
        if is_new:
            _fill(collection, remembered)
    return collection


_MOMENTS = ("created_at", "changed_at", "archived_at")


def _remember(collection: Collection) -> dict[str, Any]:
    items = collection.items.values_list("image_id", "position", "added_by_id", "added_at")
    waiting = Generation.objects.filter(collection=collection, status__in=ACTIVE_STATUSES)
    moments = {name: getattr(collection, name) for name in _MOMENTS}
    return {
        "id": str(collection.pk),
        "owner": collection.owner_id,
        "name": collection.name,
        "description": collection.description,
        "access": collection.access,
        "cover": str(collection.cover_id) if collection.cover_id else None,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "items": [(image.hex, position, by, at.isoformat()) for image, position, by, at in items],
        "generations": [str(pk) for pk in waiting.values_list("pk", flat=True)],
    }


def _remembered(token: str, by: User) -> dict[str, Any] | None:
    if not _TOKEN.fullmatch(token):
        return None
    found: dict[str, Any] | None = SessionStore(session_key=token).get(_KEY)
    return found if found and found["owner"] == by.pk else None


def _is_there(remembered: dict[str, Any]) -> bool:
    return Collection.objects.filter(pk=remembered["id"]).exists()


def _fill(collection: Collection, remembered: dict[str, Any]) -> None:
    asked = [image for image, *_rest in remembered["items"]]
    there = {pk.hex for pk in Image.objects.filter(pk__in=asked).values_list("pk", flat=True)}
    items = [
        CollectionItem(
            collection=collection,
            image_id=image,
            position=position,
            added_by_id=by,
            added_at=datetime.fromisoformat(at),
        )
        for image, position, by, at in remembered["items"]
        if image in there
    ]
    CollectionItem.objects.bulk_create(items, batch_size=500)
    collection.cover = Image.objects.filter(pk=remembered["cover"]).first() if remembered["cover"] else None
    collection.save(update_fields=["cover"])
    Generation.objects.filter(pk__in=remembered["generations"]).update(collection=collection)


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
