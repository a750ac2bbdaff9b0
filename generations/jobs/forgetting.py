"""Once a day, looks through what is old and forgets what the team's policy keeps no longer.

A step forgets some generations and commits how far it has come in one transaction, with the jobs that delete
the files. Whoever goes on after a crash begins at that place; the next day's look begins anew, since what was
wanted then may not be wanted any more.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generations import trash
from generations.jobs import line
from generations.models import Generation, Job, JobStatus, ModerationPolicy
from generations.models.generations import GenerationQuerySet
from generations.moderation import retention
from team.models import Role, User

CHUNK = 200  # generations between two commits
EVERY = timedelta(days=1)


def begin_if_due() -> None:
    """Put the day's look into the line, unless nothing is kept for a time only, or it was made already."""
    policy = ModerationPolicy.current()
    if not retention.forgets(policy):
        return
    recent = Q(created_at__gt=timezone.now() - EVERY) | Q(status__in=line.OPEN)
    if Job.objects.filter(recent, kind=line.FORGET).exists():
        return
    # A job is somebody's; nobody sees this one.
    by = policy.changed_by or User.objects.filter(role=Role.ADMINISTRATOR).order_by("pk").first()
    if by is not None:
        Job.objects.create(member=by, kind=line.FORGET)


def step(job: Job) -> bool:
    """Forget the next generations; True at the end."""
    policy, at = ModerationPolicy.current(), timezone.now()
    found = list(_behind(job.place, retention.due(policy, at=at)).only("pk", "created_at")[:CHUNK])
    if not found or not retention.forgets(policy):
        line.end(job, JobStatus.DONE, total=job.done)
        return True
    with transaction.atomic():
        line.commit(job, place=_place(found[-1]))
        number, images = retention.forget([row.pk for row in found], policy, at=at)
        trash.remove_for_good(images)
        line.commit(job, done=job.done + number)
    return False


def _behind(place: str, due: GenerationQuerySet) -> GenerationQuerySet:
    if not place:
        return due
    moment, _space, pk = place.partition(" ")
    at = datetime.fromisoformat(moment)
    later = Q(created_at__gt=at) | Q(created_at=at, id__gt=pk)
    # The first condition alone tells an index where to begin.
    return due.filter(later, created_at__gte=at)


def _place(last: Generation) -> str:
    return f"{last.created_at.isoformat()} {last.pk}"
