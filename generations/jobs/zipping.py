"""Puts images into zip files of about two gigabytes, with a list, a table and sums of what went in."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone

from generations.jobs import line
from generations.jobs.actions import ACTIONS
from generations.jobs.archive import Archive
from generations.jobs.broken import Impossible
from generations.jobs.files import deliver
from generations.jobs.filling import Contents, fill, following
from generations.jobs.names import name_of
from generations.jobs.picking import Chunk, count, next_chunk
from generations.jobs.rows import COLUMNS, row_of
from generations.jobs.table import table
from generations.models import Image, Job
from generations.provenance import carry, packet
from generations.storage import fetch

logger = logging.getLogger(__name__)

CHUNK = 20  # images between two commits
_ROWS = "images"
FORMAT = "imagestudio-images"


def step(job: Job) -> bool:
    """Put images in for some seconds; True when the file is stored."""
    return fill(job, Contents(begin="", count=count, add_some=_add_some, deliver=_deliver))


def _add_some(job: Job, archive: Archive, folder: Path) -> bool:
    chunk = next_chunk(job, ACTIONS["zip"], after=archive.cursor, size=CHUNK)
    if chunk is None:
        return False
    added = _add(job, archive, chunk, folder)
    archive.cursor = str(chunk.place)
    left_out = job.left_out + chunk.asked - added
    line.commit(job, place=archive.place, done=job.done + added, left_out=left_out)
    return True


def _add(job: Job, archive: Archive, chunk: Chunk, folder: Path) -> int:
    """Fetch all of them first: when the storage fails in between, nothing of the chunk is in the file yet."""
    images = list(chunk.images)
    prefetch_related_objects(images, "tags")
    fetched = [(image, folder / f"source-{place}") for place, image in enumerate(images)]
    there = [(image, source) for image, source in fetched if _is_fetched(image, source)]
    for place, (image, source) in enumerate(there):
        _add_picture(job, archive, image, source, number=job.done + place + 1)
    return len(there)


def _is_fetched(image: Image, source: Path) -> bool:
    try:
        fetch(image.original, source)
    except FileNotFoundError:
        logger.error("image %s: its file is missing in the storage: %s", image.pk, image.original)
        return False
    return True


def _add_picture(job: Job, archive: Archive, image: Image, source: Path, *, number: int) -> None:
    """Add the file, with a packet in it where that can be, and with one beside it where it cannot."""
    name = name_of(image, job.arguments["pattern"], number=number, taken=archive.names)
    row: dict[str, Any] = {"file": name}
    chosen = source
    if job.arguments["metadata"]:
        words = packet(image)
        described = source.with_name("described")
        if carry(source, described, words):
            chosen = described
        else:
            row["sidecar"] = f"{name}.xmp"
            archive.add_text(words, row["sidecar"])
    row["file_sha256"] = archive.add_file(chosen, name, made_at=image.created_at)
    archive.hold(image.pk)
    archive.write_line(_ROWS, {**row, **row_of(image, job.member)})


def _deliver(job: Job, archive: Archive, is_last: bool) -> None:
    part = job.arguments.get("part", 1)
    if is_last and not job.done and part == 1:
        raise Impossible("nothing_left")
    archive.add_made("images.csv", table(COLUMNS, archive.lines(_ROWS)))
    archive.add_made("manifest.json", _manifest(job, archive, part=part, is_last=is_last))
    archive.finish()
    number = "" if is_last and part == 1 else f"-{part}"
    name = f"images-{timezone.localtime(job.created_at):%Y-%m-%d}{number}.zip"
    deliver(job, archive.path, name=name, following=None if is_last else following(job, archive.cursor))


def _manifest(job: Job, archive: Archive, *, part: int, is_last: bool) -> Iterator[str]:
    """One object, written line by line: there may be thousands of prompts in it."""
    yield f'{{"format":"{FORMAT}","version":1,"part":{part},"is_last":{str(is_last).lower()},'
    yield f'"made_at":"{timezone.now().isoformat()}","images":['
    for place, row in enumerate(archive.lines(_ROWS)):
        yield f"{',' if place else ''}\n{row}"
    yield "\n]}\n"
