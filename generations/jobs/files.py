"""Files that jobs make: put together on a host's disk, kept in the storage for some days, then removed."""

import hashlib
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from generations.execution.worker import work_root
from generations.jobs import line
from generations.models import Job, JobStatus
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


def _folder_in_storage(job: Job) -> str:
    return f"jobs/{job.member_id}/{job.pk}"
