"""How a job fills a zip file turn by turn, whatever goes into it, and goes on in the next part."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from generations.jobs import line
from generations.jobs.archive import Archive
from generations.jobs.files import check_room, folder_of
from generations.models import Image, Job

TURN = 8.0  # seconds


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into the file."""

    begin: str  # the cursor before the first
    count: Callable[[Job], int]
    # Puts some more in, and tells how far that came in the job's row; False when nothing is left.
    add_some: Callable[[Job, Archive, Path], bool]
    # Closes the file and stores it; the flag says whether this part is the last.
    deliver: Callable[[Job, Archive, bool], None]


def fill(job: Job, contents: Contents) -> bool:
    """Put things in for some seconds; True when the file is stored."""
    folder = folder_of(job)
    try:
        if job.total is None:
            line.commit(job, total=contents.count(job))
        with Archive(folder, job.place) as archive:
            if not archive.cursor:
                line.commit(job, place="", done=0, left_out=0)
                archive.cursor = job.arguments.get("after", contents.begin)
            is_last = _fill(job, archive, folder, contents)
            if is_last is None:
                return False
            if _is_stale(archive):
                line.commit(job, place="", done=0, left_out=0)
                line.release(job)
                return True
            contents.deliver(job, archive, is_last)
        return True
    except line.Taken:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _fill(job: Job, archive: Archive, folder: Path, contents: Contents) -> bool | None:
    """Return whether this part is the last, or None when it is not full yet."""
    until = time.monotonic() + TURN
    while time.monotonic() < until:
        check_room()
        if archive.is_full:
            return False
        if not contents.add_some(job, archive, folder):
            return True
    return None


def _is_stale(archive: Archive) -> bool:
    """Whether an image in the file was removed while the file grew: then it begins anew, without that."""
    held = archive.held()
    while some := list(islice(held, 1000)):
        if Image.objects.filter(pk__in=some, removed_at__isnull=False).exists():
            return True
    return False


def following(job: Job, cursor: str) -> dict[str, Any]:
    """Return the fields of the job that makes the next part, which begins where this one ends."""
    first = job.arguments.get("first", str(job.pk))
    part = job.arguments.get("part", 1) + 1
    left = None if job.total is None else max(0, job.total - job.done - job.left_out)
    # `sha256` is of this part's file.
    kept = {name: value for name, value in job.arguments.items() if name not in ("sha256", "lost")}
    return {
        "member": job.member,
        "kind": job.kind,
        "images": [pk for pk in job.images if UUID(pk) > UUID(cursor)],
        "query": job.query,
        "total": left,
        "created_at": job.created_at,  # a search stands as it stood then
        "arguments": {**kept, "first": first, "part": part, "after": cursor},
    }
