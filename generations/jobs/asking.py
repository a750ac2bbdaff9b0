"""What a member asks to be done to images: at once where that is quick, and as a job where it is not.

Either way a row says what was asked and what came of it, so that it can be taken back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations import tasks, trash
from generations.jobs import line, traces
from generations.jobs.actions import ACTIONS, UNDO, Action, Memory, Piece, action_of, ask_again
from generations.jobs.arguments import NotUnderstood
from generations.jobs.picking import allowed, found_by
from generations.models import Generation, Image, Job, JobStatus
from generations.moderation.strikes import why_not
from generations.submission import MayNotAsk, can_repeat
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
    if action.pays and (why := why_not(member, asking=_generations(ids))):
        raise NotUnderstood(why)
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
    waiting = Job.objects.filter(member=member, status__in=line.OPEN).exclude(kind__in=line.OWN)
    if waiting.count() >= MOST_OPEN:
        raise NotUnderstood(_("You have very many jobs already. Wait until some are done, or cancel some."))
    with transaction.atomic():
        job = Job.objects.create(member=member, kind=kind, arguments=dict(arguments), **fields)
        transaction.on_commit(tasks.ring_for_job)
    return job


def for_generations(action: Action, ids: Sequence[UUID], *, member: User) -> Job | None:
    """Do something to whole generations, also those without an image; None where that needs an image.

    Raises:
        NotUnderstood: there is nothing to do, or more than may be done.
    """
    does = {"trash": delete_generations, "again": _run_again}.get(action.name)
    if does is None or not ids:
        return None
    if len(ids) > MOST_NAMED:
        raise NotUnderstood(_("These are too many at once. Narrow the search and choose all that match."))
    return does(list(dict.fromkeys(ids)), member=member)


def _run_again(ids: Sequence[UUID], *, member: User) -> Job:
    """Ask once more for what ended without an image, for as many as a request may wait for."""
    action = ACTIONS["again"]
    if len(ids) > action.at_once:
        most = {"most": action.at_once}
        raise NotUnderstood(_("Choose at most %(most)s that have no image: each is paid for.") % most)
    own = Generation.objects.filter(pk__in=ids, member=member).kept()
    found = [one for one in own.select_related("endpoint", "member").order_by("pk") if can_repeat(one)]
    if not found:
        raise NotUnderstood(_("Nothing of this can be asked again as it is. Nothing was sent."))
    if why := why_not(member, asking=len(found)):
        raise NotUnderstood(why)
    given: dict[str, Any] = {"arguments": {"repeats": True}, "asked": len(ids), "images": []}
    with transaction.atomic():
        job = _record(action.name, member=member, at=timezone.now(), **given)
        try:
            changed = ask_again(found, job=job.pk)
        except MayNotAsk as error:
            raise NotUnderstood(str(error)) from error
        _conclude(job, changed=changed, traced=False, done=changed, left_out=len(ids) - changed)
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
    action = action_of(job)
    if action is None or job.finished_at is None or "undone" in job.arguments:
        return False
    if action.memory:
        return bool(job.arguments.get("traces")) and timezone.now() - job.finished_at <= traces.KEPT
    if job.kind == "trash":  # what was deleted together lies there with the same moment, however much it is
        return timezone.now() - job.created_at <= trash.KEPT
    return bool(action.undo) and "changed" in job.arguments


def undo(job: Job) -> Job:
    """Take back what a job did, for the images that it has changed. Raises NotUnderstood."""
    with transaction.atomic():
        job = Job.objects.select_related("member").select_for_update(of=("self",)).get(pk=job.pk)
        action = action_of(job)
        if action is None or not can_undo(job):
            raise NotUnderstood(_("This cannot be undone any more."))
        if action.memory:
            taken_back = _take_back(job, action, action.memory)
        elif job.kind == "trash":
            taken_back = _bring_back(job, ACTIONS[action.undo])
        else:
            ids = [UUID(pk) for pk in job.images]
            taken_back = _do(ACTIONS[action.undo], member=job.member, ids=ids, arguments={})
        Job.objects.filter(pk=job.pk).update(arguments={**job.arguments, "undone": True})
    return taken_back


def said(job: Job) -> str:
    """Return the sentence that says what a finished job has done, or that one has begun."""
    if job.status in line.OPEN:
        return _("This takes a while. You can leave the page: it goes on by itself.")
    if "generations" in job.arguments:
        n = job.arguments["changed"]
        return ngettext("%(n)s generation deleted.", "%(n)s generations deleted.", n) % {"n": n}
    if job.kind == UNDO:
        return _said_of_undo(job)
    sentence = ACTIONS[job.kind].done(int(job.arguments.get("changed", job.done)))
    return f"{sentence} {_left_out(job) % {'n': job.left_out}}" if job.left_out else sentence


def _left_out(job: Job) -> str:
    if "repeats" in job.arguments:
        return ngettext(
            "%(n)s was left out: it cannot be asked again as it is.",
            "%(n)s were left out: they cannot be asked again as they are.",
            job.left_out,
        )
    return ngettext(
        "%(n)s was left out: it is gone, or not yours to change.",
        "%(n)s were left out: they are gone, or not yours to change.",
        job.left_out,
    )


def _said_of_undo(job: Job) -> str:
    n = int(job.arguments.get("changed", job.done))
    sentence = ngettext("%(n)s image is as it was before.", "%(n)s images are as they were before.", n)
    return " ".join([sentence % {"n": n}, *changed_since(job)])


def changed_since(job: Job) -> list[str]:
    """Return what is said of images that could not be taken back, if there are any."""
    if job.kind != UNDO or not job.left_out:
        return []
    left = ngettext(
        "%(n)s was left as it is: it has been changed since, or is gone.",
        "%(n)s were left as they are: they have been changed since, or are gone.",
        job.left_out,
    )
    return [left % {"n": job.left_out}]


def _check(ids: Sequence[UUID], action: Action) -> None:
    if not ids:
        raise NotUnderstood(_("Choose at least one image."))
    if len(ids) > MOST_NAMED:
        raise NotUnderstood(_("These are too many at once. Narrow the search and choose all that match."))
    if action.most and len(ids) > action.most:
        most = {"most": action.most}
        raise NotUnderstood(_("Choose at most %(most)s images: each is paid for.") % most)


def _generations(ids: Sequence[UUID]) -> int:
    return Image.objects.filter(pk__in=ids).values("generation").distinct().count()


def _do(action: Action, *, member: User, ids: Sequence[UUID], arguments: Mapping[str, Any]) -> Job:
    now = timezone.now()
    with transaction.atomic():
        images = allowed(ids, action, member)
        named = [str(image.pk) for image in images]
        job = _record(action.name, member=member, at=now, images=named, asked=len(ids), arguments=arguments)
        piece = Piece(images, arguments, member, job.pk, now)
        try:
            changed, is_traced = traces.act(action, piece, number=0)
        except MayNotAsk as error:
            raise NotUnderstood(str(error)) from error
        _conclude(job, changed=changed, traced=is_traced, done=len(images), left_out=len(ids) - len(images))
    return job


def _take_back(job: Job, action: Action, memory: Memory) -> Job:
    """What was done at once is taken back at once."""
    told = {name: job.arguments[name] for name in action.takes}
    arguments = {**told, "action": action.name, "of": str(job.pk)}
    if "changed" not in job.arguments:
        return start(UNDO, member=job.member, arguments=arguments, total=job.done)
    now, trace = timezone.now(), traces.find(job, 0)
    images = trace.images(memory, job.member)
    named = [str(image.pk) for image in images]
    asked = len(trace.changes)
    taken_back = _record(UNDO, member=job.member, at=now, images=named, asked=asked, arguments=arguments)
    piece = Piece(images, arguments, job.member, taken_back.pk, now)
    changed, is_traced = traces.take_back(memory, piece, trace, number=0)
    _conclude(taken_back, changed=changed, traced=is_traced, done=changed, left_out=asked - changed)
    return taken_back


def _conclude(job: Job, *, changed: int, traced: bool, done: int, left_out: int) -> None:
    job.arguments |= {"changed": changed, **({"traces": 1} if traced else {})}
    job.done, job.left_out = done, left_out
    job.save(update_fields=["arguments", "done", "left_out"])


def _record(
    kind: str,
    *,
    member: User,
    at: datetime,
    images: list[str],
    asked: int,
    arguments: Mapping[str, Any],
    changed: int = 0,
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
