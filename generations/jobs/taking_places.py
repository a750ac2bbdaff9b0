"""Where what an export brings belongs: an image's tags and places in collections, and a generation's kin."""

import uuid
from typing import Any

from django.utils import timezone

from generations import collecting, keeping, series
from generations.jobs import reading
from generations.jobs.reading import Record, Unreadable
from generations.jobs.taking_names import new_id
from generations.models import Collection, Generation, Image
from team.models import User

_MOST = 1000  # tags, and collections, of one image


def put_in_place(image: Image, record: Record, *, by: User) -> None:
    """Give an image its tags, and its places in those collections that came along. Raises Unreadable."""
    _tag(image, reading.texts(record, "tags", most=_MOST, longest=60), by)
    told = reading.records(record, "places", _MOST) if "places" in record else []
    places = {reading.text(place, "collection", 40): place for place in told}
    for old in reading.texts(record, "collections", most=_MOST, longest=40):
        collection = _own_collection(reading.identity({"id": old}, "id"), by)
        if collection is None:
            continue
        if old in places:
            _lay(image, collection, places[old], by)
        else:
            collecting.add([image], collection, by=by)


def kin(member: User, record: Record) -> dict[str, Any]:
    """Return the fields of a generation that name what else is here by now. Raises Unreadable."""
    found: dict[str, Any] = {}
    if record.get("series"):
        found["series"] = _series(new_id(member, reading.identity(record, "series")))
    if record.get("retry_of"):
        earlier = new_id(member, reading.identity(record, "retry_of"))
        found["retry_of"] = Generation.objects.filter(pk=earlier, member=member).first()
    if record.get("collection"):
        found["collection"] = _own_collection(reading.identity(record, "collection"), member)
    return found


def _tag(image: Image, names: list[str], by: User) -> None:
    try:
        for start in range(0, len(names), keeping.MOST_AT_ONCE):
            keeping.tag([image], names=names[start : start + keeping.MOST_AT_ONCE], by=by)
    except keeping.NotTaken as exc:
        raise Unreadable("tags") from exc


def _lay(image: Image, collection: Collection, place: Record, by: User) -> None:
    added_at = reading.moment(place, "added_at") or timezone.now()
    position = reading.number(place, "position")
    place_here = [added_at.isoformat(), by.pk, position, reading.flag(place, "is_cover")]
    collecting.lie_anew([image], collection, {image.pk: place_here}, by=by)


def _own_collection(old: uuid.UUID, member: User) -> Collection | None:
    return Collection.objects.filter(pk=new_id(member, old), owner=member).first()


def _series(pk: uuid.UUID) -> uuid.UUID | None:
    """A page shows a whole series: none gets longer than those that are asked here."""
    return pk if Generation.objects.filter(series=pk).count() < series.MOST else None
