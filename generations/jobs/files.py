"""Files that jobs make: put together on a host's disk, kept in the storage for some days, then removed."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from generations.execution.worker import work_root
from generations.jobs import line
from generations.models import Case, CollectionItem, Image, Job, JobStatus
from generations.models.sharing import SHARED
from generations.storage import StorageUnavailable, remove, remove_folder, store

KEPT = timedelta(days=7)
RESERVE = 1024**3  # bytes of the disk that are left alone: answers that are paid for are written there
_AT_ONCE = 50


def folder_of(job: Job) -> Path:
    """Return the folder of this host in which a job works; the sweep deletes what is left for a day."""
    folder = work_root() / f"job-{job.pk}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_room() -> None:
    """Raise OSError where the disk is so full that calls could not be made any more."""
    if shutil.disk_usage(work_root()).free < RESERVE:
        raise OSError("the disk is nearly full.")


def deliver(job: Job, path: Path, *, name: str, following: Mapping[str, Any] | None = None) -> None:
    """Store what a job has made and end the job; `following` are the fields of the one that goes on.

    Raises:
        StorageUnavailable: it is tried again later.
        Taken: the file is removed again.
    """
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    key = f"{_folder_in_storage(job)}/{sha256[:16]}.zip"
    remove_folder(_folder_in_storage(job))  # of an attempt that died
    store(path, key)
    try:
        with transaction.atomic():
            line.end(
                job,
                JobStatus.DONE,
                file=key,
                file_name=name,
                bytes=path.stat().st_size,
                expires_at=timezone.now() + KEPT,
                arguments={**job.arguments, "sha256": sha256},
            )
            if following is not None:
                Job.objects.create(**following)
    except line.Taken:
        remove(key)
        raise
    shutil.rmtree(folder_of(job), ignore_errors=True)


def remove_expired() -> None:
    """Delete the files that nobody may fetch any more; the rows say that there was one."""
    expired = Job.objects.filter(expires_at__lt=timezone.now()).exclude(file="")
    for job in expired[:_AT_ONCE]:
        try:
            remove(job.file)
        except StorageUnavailable:
            return
        Job.objects.filter(pk=job.pk, file=job.file).update(file="")


def withdraw(images: Sequence[Image]) -> None:
    """Let nobody fetch the files any more that hold one of these images, or may hold one; they are deleted.

    A search is not told again what it had found: of zip files made by one, all of those who saw the image go.
    """
    now = timezone.now()
    kinds = ("zip", "export", "evidence")
    held = Job.objects.filter(kind__in=kinds, expires_at__gt=now).exclude(file="").iterator(chunk_size=50)
    stale = [job.pk for job in held if _may_hold(job, images)]
    Job.objects.filter(pk__in=stale).update(expires_at=now)


def _may_hold(job: Job, images: Sequence[Image]) -> bool:
    if job.kind == "evidence":
        asked = Case.objects.filter(generation__in=[image.generation_id for image in images])
        return bool(job.arguments.get("images")) and asked.filter(pk__in=job.arguments["cases"]).exists()
    if job.images:
        return not {str(image.pk) for image in images}.isdisjoint(job.images)
    own = any(image.generation.member_id == job.member_id for image in images)
    shared = CollectionItem.objects.filter(image__in=images, collection__access__in=SHARED)
    return own or (job.kind == "zip" and shared.exists())


def _folder_in_storage(job: Job) -> str:
    return f"jobs/{job.member_id}/{job.pk}"
