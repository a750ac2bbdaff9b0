"""Deletes files in small steps: of a trash that is emptied or was not for thirty days, and of single images.

A step marks rows as removed, deletes their files, and only then commits how far it has come. Whoever goes on
after a crash begins at that place, and deletes anew what may be left of the files.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from generations import trash
from generations.jobs import files, line
from generations.models import Generation, Image, Job, JobStatus
from generations.models.images import ImageQuerySet

CHUNK = 50  # images, of three files each
_MEMBERS_AT_ONCE = 20


def step(job: Job) -> bool:
    """Remove the next images; True at the end."""
    if job.total is None:
        line.commit(job, total=_wanted(job).count())
    place = UUID(job.place) if job.place else UUID(int=0)
    images = list(_wanted(job).filter(pk__gt=place).select_related("generation").order_by("pk")[:CHUNK])
    if not images:
        line.end(job, JobStatus.DONE)
        return True
    if "at_once" in job.arguments:
        files.withdraw(images)
    line.commit(job)  # nobody deletes anything for a job that is not theirs any more
    trash.remove_files(images)
    line.commit(job, place=str(images[-1].pk), done=job.done + len(images))
    return False


def purge_what_is_due() -> None:
    """Put into the line, per member, what has lain in the trash for thirty days."""
    before = timezone.now() - trash.KEPT
    is_under_way = Job.objects.filter(
        member=OuterRef("generation__member"), kind=line.PURGE, status__in=line.OPEN
    )
    due = trash.lying().filter(~Exists(is_under_way), trashed_at__lt=before)
    for member in due.order_by().values_list("generation__member", flat=True).distinct()[:_MEMBERS_AT_ONCE]:
        Job.objects.create(member_id=member, kind=line.PURGE, arguments={"before": before.isoformat()})


def _wanted(job: Job) -> ImageQuerySet:
    """What lies there, and what this job has marked already, whose files may still be there."""
    if job.images:  # they were marked when the job was made
        return Image.objects.filter(pk__in=job.images, removed_at__isnull=False)
    before = datetime.fromisoformat(job.arguments["before"])
    marked = Q(removed_at__isnull=True) | Q(removed_at__gte=job.created_at - timedelta(minutes=10))
    own = Generation.objects.filter(member=job.member).values("pk")
    return Image.objects.filter(marked, generation__in=own, trashed_at__lt=before)
