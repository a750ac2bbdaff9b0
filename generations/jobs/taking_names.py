"""What an export calls by names: collections, saved prompts and searches; made once, for who brings them."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from django.core.exceptions import TooManyFieldsSent
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from generations import keeping
from generations.history.asked import Asked
from generations.history.saved import LONGEST_ADDRESS, LONGEST_NAME, MOST, is_name
from generations.history.values import MAX_VALUES
from generations.jobs import reading
from generations.jobs.exporting import SEARCHES
from generations.jobs.opening import Opened
from generations.jobs.reading import Record, Unreadable
from generations.jobs.records import anywhere
from generations.models import Access, Collection, PromptVersion, SavedPrompt, SavedSearch
from team.models import User

_SPACE = uuid.UUID("5a0d3c1e-8f3b-4c65-9d52-7a1f0e9b4c21")
_MOST = 5_000  # collections, and prompts
_NAMELESS = "Import"
_LONGEST_TAG = 60  # characters


def new_id(member: User, old: uuid.UUID) -> uuid.UUID:
    """Return the id that a row of an export gets here: always the same, and never another member's."""
    return uuid.uuid5(_SPACE, f"{member.pk}:{old}")


def take_names(member: User, archive: Opened) -> None:
    """Make the collections, saved prompts and saved searches that are not here yet."""
    for record in _records(archive, "collections.jsonl", _MOST):
        _take_collection(member, record)
    for record in _records(archive, "prompts.jsonl", _MOST):
        _take_prompt(member, record)
    told = archive.manifest.get("lists")  # archives of earlier versions say nothing of lists
    if isinstance(told, list) and SEARCHES in told:
        for record in _records(archive, SEARCHES, MOST):
            _take_search(member, record)


def _records(archive: Opened, name: str, most: int) -> Iterator[Record]:
    return (record for record in islice(archive.lines(name), most) if record is not None)


def _take_collection(member: User, record: Record) -> None:
    try:
        pk = new_id(member, reading.identity(record, "id"))
        fields = {
            "name": reading.text(record, "name", 120) or _NAMELESS,
            "description": reading.text(record, "description", 2000),
            "archived_at": reading.moment(record, "archived_at"),
            "created_at": reading.moment(record, "created_at") or timezone.now(),
            # Who may see it is said anew: the team is another one here.
            "access": Access.PRIVATE,
        }
    except Unreadable:
        return
    Collection.objects.get_or_create(pk=pk, defaults={"owner": member, **fields})


def _take_prompt(member: User, record: Record) -> None:
    try:
        pk = new_id(member, reading.identity(record, "id"))
        fields = {
            "name": reading.text(record, "name", 120) or _NAMELESS,
            "archived_at": reading.moment(record, "archived_at"),
            "created_at": reading.moment(record, "created_at") or timezone.now(),
            "access": Access.PRIVATE,
        }
        versions = [
            {
                "number": reading.number(told, "number", least=1, most=100_000),
                "text": reading.text(told, "text"),
                "note": reading.text(told, "note", 200),
                "created_at": reading.moment(told, "created_at") or timezone.now(),
            }
            for told in reading.records(record, "versions", 1000)
        ]
    except Unreadable:
        return
    if not versions:
        return  # every page reads the newest one
    with transaction.atomic():
        prompt, is_new = SavedPrompt.objects.get_or_create(pk=pk, defaults={"owner": member, **fields})
        if is_new:
            numbered = {version["number"]: version for version in versions}
            rows = [
                PromptVersion(saved_prompt=prompt, created_by=member, **version)
                for version in numbered.values()
            ]
            PromptVersion.objects.bulk_create(rows)


def _take_search(member: User, record: Record) -> None:
    """A name that the member has a search under already stays what it is."""
    own = SavedSearch.objects.filter(member=member)
    try:
        name = reading.text(record, "name", LONGEST_NAME).strip()
        if not is_name(name) or own.filter(name=name).exists() or own.count() >= MOST:
            return
        fields = {
            "query": _address(member, record),
            "is_pinned": reading.flag(record, "pinned"),
            "created_at": reading.moment(record, "created_at") or timezone.now(),
        }
    except Unreadable:
        return
    SavedSearch.objects.get_or_create(member=member, name=name, defaults=fields)


def _address(member: User, record: Record) -> str:
    """Return what it asks for here; raises Unreadable where no page would understand it."""
    asked = replace(
        anywhere(_parsed(reading.text(record, "query", LONGEST_ADDRESS), member)),
        tag=_tags(member, record),
        collection=_collection(member, record),
    )
    address = asked.address()
    if len(address) > LONGEST_ADDRESS or _parsed(address, member) != asked:
        raise Unreadable("query")
    return address


def _parsed(address: str, member: User) -> Asked:
    try:
        return Asked.parse(QueryDict(address), member)[0]
    except TooManyFieldsSent as exc:
        raise Unreadable("query") from exc


def _tags(member: User, record: Record) -> tuple[int, ...]:
    """Those of the images come after this, and find the tags made."""
    names = reading.texts(record, "tags", most=MAX_VALUES, longest=_LONGEST_TAG)
    found: set[int] = set()
    try:
        for start in range(0, len(names), keeping.MOST_AT_ONCE):
            some = names[start : start + keeping.MOST_AT_ONCE]
            found |= {tag.pk for tag in keeping.made(some, by=member)}
    except keeping.NotTaken as exc:
        raise Unreadable("tags") from exc
    return tuple(sorted(found))


def _collection(member: User, record: Record) -> uuid.UUID | None:
    if not record.get("collection"):
        return None
    pk = new_id(member, reading.identity(record, "collection"))
    return pk if Collection.objects.filter(pk=pk, owner=member).exists() else None
