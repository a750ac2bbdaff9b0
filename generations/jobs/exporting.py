"""Everything of a member in zip files: a line of JSON for each generation, and its pictures as they came.

Every part can be read by itself: it also holds the names of collections, saved prompts and saved searches.
What a part says about an image names the file in the same part, its SHA-256, and its place in collections.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from generations.jobs import line
from generations.jobs.archive import Archive
from generations.jobs.files import deliver
from generations.jobs.filling import Contents, fill, following
from generations.jobs.names import PATTERN, folded, name_of
from generations.jobs.records import collection_record, generation_record, prompt_record, search_record
from generations.models import Collection, Generation, Image, Job, Reference, SavedPrompt, SavedSearch
from generations.models.generations import GenerationQuerySet
from generations.storage import fetch

logger = logging.getLogger(__name__)

CHUNK = 10  # generations between two commits
FORMAT = "imagestudio-export"
SEARCHES = "searches.jsonl"  # not in archives of earlier versions: the manifest says whether it is
VERSION = 1  # what was added since is left alone by those who do not know it


def step(job: Job) -> bool:
    """Put generations in for some seconds; True when the file is stored."""
    contents = Contents(begin=str(UUID(int=0)), count=_count, add_some=_add_some, deliver=_deliver)
    return fill(job, contents)


def _count(job: Job) -> int:
    return _wanted(job).count()


def _wanted(job: Job) -> GenerationQuerySet:
    own = Generation.objects.filter(member=job.member, created_at__lte=job.created_at).kept()
    return own.exclude(status__in=("queued", "running"))


def _add_some(job: Job, archive: Archive, folder: Path) -> bool:
    behind = _wanted(job).filter(pk__gt=archive.cursor).order_by("pk")
    generations = list(
        behind.select_related("endpoint", "collection", "prompt_version__saved_prompt")[:CHUNK]
    )
    if not generations:
        return False
    _add(archive, generations, folder)
    archive.cursor = str(generations[-1].pk)
    line.commit(job, place=archive.place, done=job.done + len(generations))
    return True


def _add(archive: Archive, generations: list[Generation], folder: Path) -> None:
    kept = Image.objects.filter(trashed_at__isnull=True, hidden_at__isnull=True).prefetch_related(
        "tags", "collection_items__collection"
    )
    prefetch_related_objects(
        generations,
        Prefetch("images", kept),
        "calls",
        "refusals__cases__verdicts",
        "reference_uses__reference__image",
    )
    fetched = _fetched(generations, folder)
    for generation in generations:
        files: dict[str, str] = {}  # name in the archive, by storage key
        for image in generation.images.all():
            if image.original in fetched:
                name = name_of(image, PATTERN, number=0, taken=archive.names, folder="images/")
                archive.add_file(fetched[image.original], name, made_at=image.created_at)
                archive.hold(image.pk)
                files[image.original] = name
        for use in generation.reference_uses.all():
            name = _reference_name(use.reference)
            if use.reference.original in fetched:
                if folded(name) not in archive.names:
                    source = fetched[use.reference.original]
                    archive.add_file(source, name, made_at=use.reference.created_at)
                files[use.reference.original] = name
        archive.write_line("generations", generation_record(generation, files))


def _fetched(generations: list[Generation], folder: Path) -> dict[str, Path]:
    """Fetch all first: when the storage fails in between, nothing of them is in the archive yet."""
    keys = {image.original for one in generations for image in one.images.all() if image.removed_at is None}
    pictures = [use.reference for one in generations for use in one.reference_uses.all()]
    # What a reviewer has hidden goes out of sight with the pictures that were taken from it.
    keys |= {one.original for one in pictures if one.image is None or one.image.hidden_at is None}
    fetched: dict[str, Path] = {}
    for place, key in enumerate(sorted(keys)):
        path = folder / f"source-{place}"
        try:
            fetch(key, path)
        except FileNotFoundError:
            logger.error("export: a file is missing in the storage: %s", key)
            continue
        fetched[key] = path
    return fetched


def _reference_name(reference: Reference) -> str:
    return f"references/{reference.sha256[:32]}.{reference.original.rpartition('.')[2]}"


def _deliver(job: Job, archive: Archive, is_last: bool) -> None:
    part = job.arguments.get("part", 1)
    archive.add_made("generations.jsonl", (f"{row}\n" for row in archive.lines("generations")))
    archive.add_made("collections.jsonl", _rows(map(collection_record, _collections(job))))
    archive.add_made("prompts.jsonl", _rows(map(prompt_record, _prompts(job))))
    archive.add_made(SEARCHES, _rows(map(search_record, _searches(job))))
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "part": part,
        "is_last": is_last,
        "made_at": timezone.now().isoformat(),
        "member": {"name": job.member.name, "email": job.member.email},
        "currency": settings.STUDIO_CURRENCY,
        "generations": job.done,
        "lists": ["generations.jsonl", "collections.jsonl", "prompts.jsonl", SEARCHES],
    }
    archive.add_text(json.dumps(manifest, ensure_ascii=False, indent=1).encode(), "manifest.json")
    archive.finish()
    name = f"export-{timezone.localtime(job.created_at):%Y-%m-%d}-{part}.zip"
    deliver(job, archive.path, name=name, following=None if is_last else following(job, archive.cursor))


def _rows(records: Iterator[dict[str, Any]]) -> Iterator[str]:
    return (f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)


def _collections(job: Job) -> Iterator[Collection]:
    return Collection.objects.filter(owner=job.member).order_by("pk").iterator(500)


def _prompts(job: Job) -> Iterator[SavedPrompt]:
    own = SavedPrompt.objects.filter(owner=job.member).order_by("pk")
    return own.prefetch_related("versions").iterator(500)


def _searches(job: Job) -> Iterator[SavedSearch]:
    own = SavedSearch.objects.filter(member=job.member).order_by("pk")
    return own.select_related("member").iterator(500)
