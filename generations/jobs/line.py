"""Whose turn it is among the jobs, and who holds one: leases by the database's clock, guarded by epochs.

waiting -> running -> waiting | done | failed | cancelled; a running job whose lease has ended is anybody's.

Every write of whoever runs a job asks for the epoch of its claim. A worker that wakes up after another has
taken the job over finds no row, and nothing that it does in the same transaction comes to be.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from generations import trash
from generations.forking import database_open
from generations.models import Job, JobStatus
from generations.models.calls import lease

logger = logging.getLogger(__name__)

PURGE = trash.PURGE
FORGET = "forget"
OWN = (PURGE, FORGET)  # what the studio does by itself, also for members who are suspended
TRACE = "trace"  # what a job remembers of one piece, see traces.py: never in the line
UNSEEN = (*OWN, TRACE)  # what is no matter of any page
OPEN = (JobStatus.WAITING, JobStatus.RUNNING)
MOST_LOST = 3  # workers in a row that a job may cost before it has come any further
# A job with files on a host's disk goes on there, unless that host is away for so long.
HOST_PATIENCE = timedelta(minutes=2)
_TRIES = 5


class Taken(Exception):
    """The job is somebody else's, or was cancelled: what is under way is dropped."""


def startable() -> QuerySet[Job]:
    """Return the jobs that this host may work on now, the one that has waited for longest first."""
    free = Q(status=JobStatus.WAITING) & (Q(lease_until__isnull=True) | Q(lease_until__lte=Now()))
    lost = Q(status=JobStatus.RUNNING, lease_until__lt=Now())
    here = ~Q(place__contains="|") | Q(place__startswith=f"{settings.STUDIO_HOST}|")
    here |= Q(lease_until__lt=Now() - HOST_PATIENCE)
    may = Q(member__is_active=True) | Q(kind__in=OWN)
    found = Job.objects.filter(free | lost, here, may, status__in=OPEN)
    return found.order_by(Coalesce("lease_until", "created_at"), "pk")


def claim() -> Job | None:
    """Take the job whose turn it is; None when there is nothing to do."""
    for job in startable().select_related("member")[:_TRIES]:
        if _take(job):
            return job
    return None


def commit(job: Job, **changes: Any) -> None:
    """Write how far a job has come, and prolong its lease.

    Called first in the transaction of what it tells of, so that the row is held until that is done.

    Raises:
        Taken: the job is not this worker's any more.
    """
    if job.arguments.pop("lost", None) is not None:
        told = changes.get("arguments", job.arguments)
        changes["arguments"] = {name: value for name, value in told.items() if name != "lost"}
    _write(job, lease_until=lease(settings.CALL_LEASE_SECONDS), **changes)


def release(job: Job, *, seconds: float = 0.0) -> None:
    """Put a job back into the line, for others to have their turn; not to be taken for so many seconds."""
    _write(job, status=JobStatus.WAITING, lease_until=lease(seconds))


def end(job: Job, status: JobStatus, **changes: Any) -> None:
    """Bring a job to its end. Raises Taken."""
    _write(job, status=status, lease_until=None, finished_at=Now(), **changes)


def cancel(job: Job) -> bool:
    """Stop a job where it is; False when it has ended already."""
    stopped = Job.objects.filter(pk=job.pk, status__in=OPEN).exclude(kind__in=OWN)
    changes = {"status": JobStatus.CANCELLED, "lease_until": None, "finished_at": Now()}
    return stopped.update(**changes, epoch=F("epoch") + 1) == 1


@contextmanager
def held(job: Job) -> Iterator[None]:
    """Prolong the lease for as long as the work takes, however long one step of it is."""
    is_over = threading.Event()
    beating = threading.Thread(target=_prolong, args=(job, is_over), name=f"job-{job.pk}", daemon=True)
    beating.start()
    try:
        yield
    finally:
        is_over.set()
        beating.join()


def _take(job: Job) -> bool:
    arguments = job.arguments
    if job.status == JobStatus.RUNNING:
        arguments = {**arguments, "lost": arguments.get("lost", 0) + 1}
    mine = Job.objects.filter(pk=job.pk, status=job.status, epoch=job.epoch)
    changes = {"epoch": job.epoch + 1, "status": JobStatus.RUNNING, "arguments": arguments}
    if mine.update(lease_until=lease(settings.CALL_LEASE_SECONDS), **changes) != 1:
        return False
    for name, value in changes.items():
        setattr(job, name, value)
    return True


def _write(job: Job, **changes: Any) -> None:
    mine = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING, epoch=job.epoch)
    if mine.update(**changes) != 1:
        raise Taken
    for name, value in changes.items():
        if not hasattr(value, "resolve_expression"):
            setattr(job, name, value)


def _prolong(job: Job, is_over: threading.Event) -> None:
    while not is_over.wait(settings.CALL_LEASE_SECONDS / 3):
        try:
            with database_open():
                held_by_us = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING, epoch=job.epoch)
                held_by_us.update(lease_until=lease(settings.CALL_LEASE_SECONDS))
        except DatabaseError:
            # The database's clock cannot reach the end of a lease while the database is away.
            logger.warning("job %s: the database is out of reach", job.pk)
