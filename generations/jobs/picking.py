"""Which images a job is about, a piece at a time and in an order that no change of them can disturb."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from generations import trash
from generations.history.asked import Asked
from generations.history.finding import matching_images
from generations.jobs.actions import Action
from generations.jobs.arguments import NotUnderstood
from generations.models import Image, Job
from generations.models.images import ImageQuerySet
from team.models import User

CHUNK = 100  # images between two commits
_LONGEST = 20_000  # characters of a search's address


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next images of a job; those that are gone or not the member's any more are only counted."""

    images: Sequence[Image]
    asked: int
    place: UUID  # the last of them


def found_by(query: str, member: User) -> ImageQuerySet:
    """Return the images of a search, in no order.

    Raises:
        NotUnderstood: a part of it says nothing, and without it more would be found than is meant.
    """
    asked, errors = Asked.parse(QueryDict(query), member) if len(query) <= _LONGEST else (Asked(), {"": ""})
    if errors:
        raise NotUnderstood(_("A part of this search is not understood. Nothing was done."))
    return matching_images(asked, member).order_by()


def count(job: Job) -> int:
    """Return how many images a job is about."""
    return len(job.images) if _is_list(job) else _searched(job).count()


def next_chunk(job: Job, action: Action, *, after: str, size: int = CHUNK) -> Chunk | None:
    """Return the next images behind a place, looked at anew; None at the end."""
    place = UUID(after) if after else UUID(int=0)
    if _is_list(job):
        # As text they are in the same order, and as many as ten thousand are read for each piece.
        here = str(place)
        ids = [UUID(pk) for pk in sorted(pk for pk in job.images if pk > here)[:size]]
    else:
        behind = _searched(job).filter(pk__gt=place).order_by("pk")
        ids = list(behind.values_list("pk", flat=True)[:size])
    if not ids:
        return None
    return Chunk(allowed(ids, action, job.member), asked=len(ids), place=ids[-1])


def allowed(ids: Sequence[UUID], action: Action, member: User) -> list[Image]:
    """Return those of some images that the action may touch, as the database knows them now."""
    found = action.among(Image.objects.filter(pk__in=ids), member)
    return list(found.select_related("generation__endpoint", "generation__member").order_by("pk").distinct())


def _is_list(job: Job) -> bool:
    return not job.query and "undoes" not in job.arguments and "all" not in job.arguments


def _searched(job: Job) -> ImageQuerySet:
    if "undoes" in job.arguments:  # what was deleted together has the same moment
        undone = Job.objects.filter(pk=job.arguments["undoes"], member=job.member).first()
        return trash.lying().filter(
            generation__member=job.member, trashed_at=undone.created_at if undone else None
        )
    try:
        found = found_by(job.query, job.member)
    except NotUnderstood:  # the member may not see others' any more
        return Image.objects.none()
    # As it stood when it was asked for: what has been made since does not belong to it.
    return found.filter(created_at__lte=job.created_at)
