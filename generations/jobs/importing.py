"""Takes in an export of a studio: a line at a time, each once, however often the archive is sent.

New ids are made of the member's and the old one: nobody's rows can be hit by ids that were made up, the parts
may come in any order, and what was imported is known again.
"""

import shutil
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from generations.jobs import asking, line
from generations.jobs.arguments import NotUnderstood
from generations.jobs.broken import Impossible
from generations.jobs.files import check_room, folder_of
from generations.jobs.opening import Opened
from generations.jobs.reading import Unreadable
from generations.jobs.taking_in import Importer
from generations.jobs.taking_names import take_names
from generations.models import Job, JobStatus
from generations.storage import StorageUnavailable, fetch, remove, store
from generations.uploads import WithoutRoom
from team.models import User

TURN = 8.0  # seconds
_LIST = "generations.jsonl"


def receive(upload: UploadedFile, *, member: User) -> Job:  # type: ignore[type-arg]
    """Keep an archive that was sent, and put its import into the line.

    Raises:
        NotUnderstood: it is too large, or the member has too many jobs.
        StorageUnavailable: it cannot be kept now.
    """
    if isinstance(upload, WithoutRoom):
        raise NotUnderstood(_("The studio's disk is full. Tell an administrator."))
    if (upload.size or 0) > settings.IMPORT_UPLOAD_BYTES or not isinstance(upload, TemporaryUploadedFile):
        most = {"most": filesizeformat(settings.IMPORT_UPLOAD_BYTES)}
        raise NotUnderstood(_("The file is larger than %(most)s, which no part of an export is.") % most)
    key = f"imports/{member.pk}/{uuid.uuid4()}.zip"
    store(Path(upload.temporary_file_path()), key)
    try:
        return asking.start("import", member=member, arguments={"key": key})
    except NotUnderstood:
        remove(key)
        raise


def forget(job: Job) -> None:
    """Delete what was sent, of an import that does not go on."""
    with suppress(StorageUnavailable):
        remove(job.arguments["key"])


def step(job: Job) -> bool:
    """Take in lines for some seconds; True at the end."""
    folder = folder_of(job)
    try:
        with Opened(_fetched(job, folder)) as archive:
            if job.total is None:
                line.commit(job, total=archive.count_lines(_LIST))
            is_done = _take_in(job, archive, folder)
        if is_done:
            _end(job, JobStatus.DONE)
        return is_done
    except Impossible as error:
        _end(job, JobStatus.FAILED, reason=error.reason)
        return True
    except line.Taken:
        # Cancelled: what was taken in stays, what was sent is of no use any more.
        if Job.objects.filter(pk=job.pk, status=JobStatus.CANCELLED).exists():
            remove(job.arguments["key"])
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _fetched(job: Job, folder: Path) -> Path:
    path = folder / "archive.zip"
    if not path.exists():
        check_room()
        part = folder / "archive.part"
        try:
            fetch(job.arguments["key"], part)
        except FileNotFoundError as exc:
            raise Impossible("gone") from exc
        part.rename(path)
    return path


def _take_in(job: Job, archive: Opened, folder: Path) -> bool:
    until = time.monotonic() + TURN
    importer = Importer(job.member, archive, folder)
    if not job.place:  # once: what the member has renamed or deleted since stays as it is
        take_names(job.member, archive)
    done = int(job.place.rpartition("|")[2] or 0)
    for record in archive.lines(_LIST, start=done):
        done += 1
        taken, told = _take_one(importer, record)
        with transaction.atomic():
            line.commit(
                job,
                place=f"{settings.STUDIO_HOST}|{done}",
                done=job.done + taken,
                left_out=job.left_out + (not taken),
                arguments={**job.arguments, "images_left_out": _left_out(job) + told},
            )
        if time.monotonic() > until:
            return False
    return True


def _take_one(importer: Importer, record: Mapping[str, Any] | None) -> tuple[bool, int]:
    """Return whether a line was taken in, and how many of its pictures were not."""
    if record is None:
        return False, 0
    try:
        return True, importer.take(record)
    except Unreadable:
        return False, 0


def _left_out(job: Job) -> int:
    return int(job.arguments.get("images_left_out", 0))


def _end(job: Job, status: JobStatus, **changes: Any) -> None:
    line.end(job, status, **changes)
    remove(job.arguments["key"])
    shutil.rmtree(folder_of(job), ignore_errors=True)
