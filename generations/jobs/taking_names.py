"""What an export calls by names: collections and saved prompts, made once for the member who brings them."""

import uuid

from django.db import transaction
from django.utils import timezone

from generations.jobs import reading
from generations.jobs.opening import Opened
from generations.jobs.reading import Record, Unreadable
from generations.models import Access, Collection, PromptVersion, SavedPrompt
from team.models import User

_SPACE = uuid.UUID("5a0d3c1e-8f3b-4c65-9d52-7a1f0e9b4c21")
_MOST = 5_000  # collections, and prompts
_NAMELESS = "Import"


def new_id(member: User, old: uuid.UUID) -> uuid.UUID:
    """Return the id that a row of an export gets here: always the same, and never another member's."""
    return uuid.uuid5(_SPACE, f"{member.pk}:{old}")


def take_names(member: User, archive: Opened) -> None:
    """Make the collections and saved prompts that are not here yet."""
    for number, record in enumerate(archive.lines("collections.jsonl")):
        if record is not None and number < _MOST:
            _take_collection(member, record)
    for number, record in enumerate(archive.lines("prompts.jsonl")):
        if record is not None and number < _MOST:
            _take_prompt(member, record)


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
    with transaction.atomic():
        prompt, is_new = SavedPrompt.objects.get_or_create(pk=pk, defaults={"owner": member, **fields})
        if is_new:
            numbered = {version["number"]: version for version in versions}
            rows = [
                PromptVersion(saved_prompt=prompt, created_by=member, **version)
                for version in numbered.values()
            ]
            PromptVersion.objects.bulk_create(rows)
