"""What images were like before something was done to them, kept for a week so that it can be taken back.

A trace is a row beside the job's, one for each piece, written in the same transaction as what it tells of. It
says of every image that was changed what it was like before and after. What is taken back leaves one, too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone

from generations.jobs import line
from generations.jobs.actions import Action, Memory, Piece
from generations.models import Image, Job, JobStatus
from team.models import User

KEPT = timedelta(days=7)
_LONGER = timedelta(days=1)  # so that what is begun in the last minute finds all of it
_AT_ONCE = 1000  # rows


@dataclass(frozen=True, slots=True)
class Change:
    """What an image was like before and after."""

    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Trace:
    """What was done to one piece of a job."""

    changes: Mapping[UUID, Change]
    size: int  # images of the piece, also those that were not changed

    def images(self, memory: Memory, member: User) -> list[Image]:
        """Return those that the member may still change, as the database knows them now."""
        named = memory.among(Image.objects.filter(pk__in=self.changes), member)
        return list(named.select_related("generation").order_by("pk"))


def act(action: Action, piece: Piece, *, number: int) -> tuple[int, bool]:
    """Do something to a piece in the transaction that is open, leaving its trace.

    Returns how many images were changed, and whether that can be taken back.
    """
    if action.memory is None:
        return action.act(piece), False
    return _traced(action.memory, piece, lambda: action.act(piece), number=number)


def take_back(memory: Memory, piece: Piece, trace: Trace, *, number: int) -> tuple[int, bool]:
    """Make images be as they were before, but for those that have been changed since; as act() otherwise."""
    now = memory.read(piece)
    was = {
        image.pk: change.before
        for image in piece.images
        if memory.is_same(now.get(image.pk), (change := trace.changes[image.pk]).after)
    }
    return _traced(memory, piece, lambda: memory.put_back(piece, was), number=number)


def find(job: Job, number: int) -> Trace:
    """Return a trace of a job; an empty one where it is not kept any more."""
    row = Job.objects.filter(pk=_id(job.pk, number), member=job.member_id, kind=line.TRACE).first()
    if row is None:
        return Trace({}, 0)
    changes = {UUID(pk): Change(before, after) for pk, before, after in row.images}
    return Trace(changes, row.total or 0)


def remove_expired() -> None:
    """Delete what nobody may take back any more."""
    expired = Job.objects.filter(kind=line.TRACE, expires_at__lt=timezone.now()).order_by()
    Job.objects.filter(pk__in=list(expired.values_list("pk", flat=True)[:_AT_ONCE])).delete()


def _traced(memory: Memory, piece: Piece, do: Callable[[], int], *, number: int) -> tuple[int, bool]:
    before = memory.read(piece)
    changed = do()
    after = memory.read(piece)
    pairs = [(image.pk, before.get(image.pk), after.get(image.pk)) for image in piece.images]
    changes = [(str(pk), was, now) for pk, was, now in pairs if was != now]
    _write(piece, changes, number=number)
    return changed, bool(changes)


def _write(piece: Piece, changes: Sequence[tuple[str, Any, Any]], *, number: int) -> None:
    now = timezone.now()
    Job.objects.create(
        pk=_id(piece.job, number),
        member=piece.member,
        kind=line.TRACE,
        images=changes,
        total=len(piece.images),
        status=JobStatus.DONE,
        finished_at=now,
        expires_at=now + KEPT + _LONGER,
    )


def _id(job: UUID, number: int) -> UUID:
    return uuid5(job, f"trace {number}")
