"""What a member asks to be done to images: at once where that is quick, and as a job where it is not.

Either way a row says what was asked and what came of it, so that it can be taken back.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import tasks, trash
from generations.jobs.actions import ACTIONS, Action, Piece
from generations.jobs.arguments import NotUnderstood
from generations.jobs.picking import allowed, found_by
from generations.models import Generation, Image, Job, JobStatus
from team.models import User

MOST_NAMED = 10_000  # images that one form may name; more are asked for by their search
MOST_OPEN = 20  # jobs of one member that wait or run


def ask(
    action: Action,
    *,
    member: User,
    images: Sequence[UUID] = (),
    query: str | None = None,
    arguments: Mapping[str, Any],
) -> Job:
    """Do something to images that are named, or to all that a search finds.

    Raises:
        NotUnderstood: there is nothing to do, or more than may be done.
    """
    ids = list(dict.fromkeys(images))
    if query is not None:
        ids = list(
            found_by(query, member).values_list("pk", flat=True)[: max(action.at_once, action.most) + 1]
        )
    _check(ids, action)
    if len(ids) <= action.at_once:
        return _do(action, member=member, ids=ids, arguments=arguments)
    more = {} if query is None else {"all": True}
    return start(
        action.name,
        member=member,
        images=[] if query is not None else [str(pk) for pk in ids],
        query=query or "",
        arguments={**arguments, **more},
    )


def start(kind: str, *, member: User, arguments: Mapping[str, Any], **fields: Any) -> Job:
    """Put a job into the line and ring. Raises NotUnderstood where the member has too many."""
    waiting = Job.objects.filter(member=member, status__in=(JobStatus.WAITING, JobStatus.RUNNING))
    if waiting.count() >= MOST_OPEN:
        raise NotUnderstood(_("You have very many jobs already. Wait until some are done, or cancel some."))
    with transaction.atomic():
        job = Job.objects.create(member=member, kind=kind, arguments=dict(arguments), **fields)
        transaction.on_commit(tasks.ring_for_job)
    return job


def delete_generations(ids: Sequence[UUID], *, member: User) -> Job:
    """Delete whole generations, also those without an image."""
    now = timezone.now()
    with transaction.atomic():
        own = Generation.objects.filter(pk__in=ids, member=member)
        changed = trash.put_generations(list(own), by=member, at=now)
        if not changed:
            raise NotUnderstood(_("There is nothing to delete. What is under way is cancelled first."))
        return _record(
            "trash",
            member=member,
            at=now,
            changed=changed,
            images=[],
            asked=len(ids),
            arguments={"generations": True},
        )


def can_undo(job: Job) -> bool:
    """Whether what was done can be taken back by a button."""
    action = ACTIONS.get(job.kind)
    if action is None or not action.undo or "undone" in job.arguments or "undoes" in job.arguments:
        return False
    if job.kind == "trash" and timezone.now() - job.created_at > trash.KEPT:
        return False
    return job.status in (JobStatus.DONE, JobStatus.CANCELLED) and (
        "changed" in job.arguments or action.undone_at_any_size
    )


def undo(job: Job) -> Job:
    """Take back what a job did, for the images that it has changed. Raises NotUnderstood."""
    if not can_undo(job):
        raise NotUnderstood(_("This cannot be undone any more."))
    action = ACTIONS[ACTIONS[job.kind].undo]
    with transaction.atomic():
        if job.kind == "trash":
            taken_back = _bring_back(job, action)
        else:
            arguments = {name: job.arguments[name] for name in action.takes}
            ids = [UUID(pk) for pk in job.images]
            taken_back = _do(action, member=job.member, ids=ids, arguments=arguments)
        Job.objects.filter(pk=job.pk).update(arguments={**job.arguments, "undone": True})
    return taken_back


def said(job: Job) -> str:
    """Return the sentence that says what a finished job has done, or that one has begun."""
    action = ACTIONS[job.kind]
    if job.status in (JobStatus.WAITING, JobStatus.RUNNING):
        return _("This takes a while. You can leave the page: it goes on by itself.")
    if "generations" in job.arguments:
        n = job.arguments["changed"]
        return ngettext("%(n)s generation deleted.", "%(n)s generations deleted.", n) % {"n": n}
    sentence = action.done(int(job.arguments.get("changed", job.done)))
    if job.left_out:
        left_out = ngettext(
            "%(n)s was left out: it is gone, or not yours to change.",
            "%(n)s were left out: they are gone, or not yours to change.",
            job.left_out,
        )
        sentence = f"{sentence} {left_out % {'n': job.left_out}}"
    return sentence


def _check(ids: Sequence[UUID], action: Action) -> None:
    if not ids:
        raise NotUnderstood(_("Choose at least one image."))
    if len(ids) > MOST_NAMED:
        raise NotUnderstood(_("These are too many at once. Narrow the search and choose all that match."))
    if action.most and len(ids) > action.most:
        most = {"most": action.most}
        raise NotUnderstood(_("Choose at most %(most)s images: each is paid for.") % most)


def _do(action: Action, *, member: User, ids: Sequence[UUID], arguments: Mapping[str, Any]) -> Job:
    now = timezone.now()
    with transaction.atomic():
        images = allowed(ids, action, member)
        fitting = Image.objects.filter(pk__in=[image.pk for image in images]).filter(
            action.changes(arguments)
        )
        changing = [str(pk) for pk in fitting.values_list("pk", flat=True).distinct()]
        job = _record(
            action.name,
            member=member,
            at=now,
            changed=0,
            images=changing,
            asked=len(ids),
            arguments=arguments,
        )
        changed = action.act(Piece(images, arguments, member, job.pk, now))
        job.arguments["changed"] = changed
        job.done, job.left_out = len(images), len(ids) - len(images)
        job.save(update_fields=["arguments", "done", "left_out"])
    return job


def _record(
    kind: str,
    *,
    member: User,
    at: Any,
    changed: int,
    images: list[str],
    asked: int,
    arguments: Mapping[str, Any],
) -> Job:
    return Job.objects.create(
        kind=kind,
        member=member,
        created_at=at,
        finished_at=at,
        status=JobStatus.DONE,
        images=images,
        total=asked,
        done=changed,
        arguments={**arguments, "changed": changed},
    )


def _bring_back(job: Job, action: Action) -> Job:
    """What was deleted together lies in the trash with the same moment."""
    without_images = Generation.objects.filter(member=job.member, trashed_at=job.created_at)
    if "generations" in job.arguments:
        changed = trash.restore_generations(list(without_images), by=job.member)
        return _record(
            action.name,
            member=job.member,
            at=timezone.now(),
            changed=changed,
            images=[],
            asked=changed,
            arguments={},
        )
    lying = trash.lying().filter(generation__member=job.member, trashed_at=job.created_at)
    ids = list(lying.values_list("pk", flat=True)[: action.at_once + 1])
    if len(ids) <= action.at_once:
        return _do(action, member=job.member, ids=ids, arguments={})
    return start(action.name, member=job.member, arguments={"undoes": str(job.pk)})
