"""Other words for a prompt that was refused: a chat model proposes them once when its member asks.

waiting -> ready | failed. A row is claimed by `started_at` before anything is sent, so that nothing is asked
twice; who disappears after it leaves a row that is ended without being repeated. Ready and without a prompt:
the member has dropped it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from generations.images_api import ImagesError, NotSent, Reason
from generations.images_api.chat import Counted, propose
from generations.models import (
    Endpoint,
    Generation,
    ModerationPolicy,
    Pause,
    PreCheck,
    Rewrite,
    RewriteStatus,
    Stage,
)
from generations.moderation.advice import Group, groups_of
from generations.moderation.rewrite_words import english, messages_about
from generations.moderation.why import why_of
from generations.moderation.words import the_list
from generations.pricing import cost_of_words
from team.models import User

logger = logging.getLogger(__name__)

PER_HOUR: Final = 20  # proposals for one member
DEADLINE: Final = 60.0  # seconds for an answer
LOST_AFTER: Final = timedelta(minutes=3)  # no worker waits for so long
STALE_AFTER: Final = timedelta(minutes=10)  # nobody looks any more, so nothing is paid for it
RUNG_WITHIN: Final = timedelta(seconds=3)  # after which the bell is taken for lost


class NotProposed(Exception):
    """Nothing was asked; the message is a sentence for the member."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Whom an administrator has set to be asked."""

    endpoint: Endpoint
    model: str


def offer() -> Offer | None:
    """Return who proposes other words; None where nobody does, or the endpoint is not in use."""
    policy = ModerationPolicy.objects.select_related("rewrite_endpoint").filter(
        rewrite_endpoint__is_active=True
    )
    row = policy.first()
    model = row.rewrite_model.strip() if row else ""
    return Offer(row.rewrite_endpoint, model) if row and row.rewrite_endpoint and model else None


def can_be_said_otherwise(generation: Generation) -> bool:
    """Whether other words could help: a prompt of its own was refused, and not for a severe reason.

    Its refusals should be there already.
    """
    refusals = list(generation.refusals.all())
    categories = [category for one in refusals for category in one.categories]
    return (
        bool(generation.prompt.strip())
        and not generation.is_active
        and any(one.stage != Stage.ACCOUNT for one in refusals)
        and Group.MINORS not in groups_of(categories)
    )


def ask(generation: Generation, *, by: User, ring: Callable[[], None]) -> Rewrite:
    """Ask for other words, and `ring` after commit; what waits or lies ready already is not paid for again.

    Raises NotProposed.
    """
    known = latest(generation)
    if known is not None and _stands(known):
        return known
    chosen = offer()
    if chosen is None or not can_be_said_otherwise(generation) or _is_severe(generation):
        raise NotProposed(_("No other words are proposed for this. Nothing was sent."))
    if _stands_still(chosen):
        raise NotProposed(_("The endpoint of the chat model is paused. Nothing was sent."))
    an_hour_ago = timezone.now() - timedelta(hours=1)
    if Rewrite.objects.filter(asked_by=by, asked_at__gt=an_hour_ago).count() >= PER_HOUR:
        words = _("You have asked for other words %(n)s times within an hour. Ask again later.")
        raise NotProposed(words % {"n": PER_HOUR})
    try:
        with transaction.atomic():
            asked = Rewrite.objects.create(
                generation=generation, asked_by=by, endpoint=chosen.endpoint, model=chosen.model
            )
            transaction.on_commit(ring)
    except IntegrityError:  # a double click: one waits already
        return Rewrite.objects.filter(generation=generation).latest("asked_at")
    return asked


def latest(generation: Generation) -> Rewrite | None:
    """Return what was asked for last, if anything was."""
    return generation.rewrites.select_related("endpoint").order_by("-asked_at", "-pk").first()


def run_next() -> bool:
    """Take what has waited longest to the chat model and keep its answer; False when nothing waits."""
    rewrite = _claim()
    if rewrite is None:
        return False
    counted: list[Counted] = []  # at most one
    try:
        words = _proposed(rewrite, counted.append)
    except NotSent as error:
        logger.info("rewrite %s: %s", rewrite.pk, error.reason)
        _end(rewrite, RewriteStatus.FAILED, reason=error.reason, cost=Decimal(0))
    except ImagesError as error:
        logger.info("rewrite %s: %s", rewrite.pk, error.reason)
        _end(rewrite, RewriteStatus.FAILED, reason=error.reason, **_charged(rewrite, counted))
    else:
        forgotten = Generation.objects.filter(pk=rewrite.generation_id, forgotten_at__isnull=False)
        kept = "" if forgotten.exists() else words
        _end(rewrite, RewriteStatus.READY, prompt=kept, **_charged(rewrite, counted))
    return True


def is_overdue() -> bool:
    """Whether something waits that a bell should have brought to somebody."""
    return _unclaimed().filter(asked_at__lt=Now() - RUNG_WITHIN).exists()


def end_abandoned() -> None:
    """End what a worker took and did not finish, and what nobody took in time. Nothing is asked again."""
    waiting = Rewrite.objects.filter(status=RewriteStatus.WAITING)
    ended = {"status": RewriteStatus.FAILED, "ended_at": Now()}
    for lost in waiting.filter(started_at__lt=Now() - LOST_AFTER):
        waiting.filter(pk=lost.pk).update(reason=Reason.WORKER_LOST, **ended, **_charged(lost, []))
    untaken = waiting.filter(started_at__isnull=True, asked_at__lt=Now() - STALE_AFTER)
    untaken.update(reason=Reason.OVERLOADED, cost=Decimal(0), **ended)


def drop(given: str, *, generation: Generation) -> bool:
    """Forget the words that were proposed; what they cost stays. False when they were not there."""
    ready = Rewrite.objects.filter(generation=generation, status=RewriteStatus.READY).exclude(prompt="")
    pk = _uuid(given)
    return pk is not None and bool(ready.filter(pk=pk).update(prompt=""))


def proposed_to(member: User, given: str) -> Rewrite | None:
    """Return the proposal of this id, if it is ready and was made for a generation of the member."""
    ready = Rewrite.objects.filter(generation__member=member, status=RewriteStatus.READY)
    pk = _uuid(given)
    return ready.select_related("generation__endpoint").filter(pk=pk).first() if pk else None


def most_characters(generation: Generation) -> int:
    """Return how long a prompt may be for the model that refused the first one."""
    return generation.endpoint.family_of(generation.model).prompt_limit


def _stands(rewrite: Rewrite) -> bool:
    is_ready = rewrite.status == RewriteStatus.READY and bool(rewrite.prompt)
    return is_ready or rewrite.status == RewriteStatus.WAITING


def _is_severe(generation: Generation) -> bool:
    """Whether anybody else than the endpoint has taken it for severe: a reviewer, or the check before."""
    if generation.cases.filter(is_severe=True).exists():
        return True
    check = PreCheck.objects.filter(generation=generation).first()
    return check is not None and Group.MINORS in groups_of([*check.stopped_for, *check.flagged_for])


def _stands_still(chosen: Offer) -> bool:
    everything = Q(endpoint__isnull=True, model="", member__isnull=True)
    here = Q(endpoint=chosen.endpoint, model__in=("", chosen.model))
    return Pause.objects.standing().filter(everything | here).exists()


def _unclaimed() -> "QuerySet[Rewrite]":
    return Rewrite.objects.filter(
        status=RewriteStatus.WAITING, started_at__isnull=True, asked_at__gt=Now() - STALE_AFTER
    )


def _claim() -> Rewrite | None:
    """Take one for this worker. No row changed means that somebody else was first."""
    line = _unclaimed().select_related("endpoint", "generation__endpoint").order_by("asked_at", "pk")
    for rewrite in list(line[:PER_HOUR]):
        mine = Rewrite.objects.filter(pk=rewrite.pk, status=RewriteStatus.WAITING, started_at__isnull=True)
        if mine.update(started_at=Now()) == 1:
            return rewrite
    return None


def _proposed(rewrite: Rewrite, on_counted: Callable[[Counted], None]) -> str:
    generation = rewrite.generation
    if not rewrite.endpoint.is_active:
        raise NotSent("The endpoint is not in use.", reason=Reason.MODEL_UNAVAILABLE)
    with english():
        why = why_of(generation, the_list())
    # A rule of the team may have said meanwhile what kind of refusal it was.
    if why is None or not can_be_said_otherwise(generation):
        raise NotSent("It may not be said otherwise.", reason=Reason.CONTENT_POLICY)
    messages = messages_about(generation, why, most=most_characters(generation))
    agreed = rewrite.endpoint.connection()
    # A chat model may think for a minute: no connection to the database waits with it.
    if not connection.in_atomic_block:
        connection.close()
    return propose(agreed, rewrite.model, messages, on_counted=on_counted, deadline=DEADLINE)


def _charged(rewrite: Rewrite, counted: Sequence[Counted]) -> dict[str, Any]:
    """What was counted, and what that costs; None where nobody can say, as of an answer that never came."""
    said = counted[0] if counted else Counted()
    read, written = said.input_tokens, said.output_tokens
    cost = cost_of_words(rewrite.endpoint_id, rewrite.model, read=read, written=written, at=rewrite.asked_at)
    return {"input_tokens": read, "output_tokens": written, "cost": cost}


def _end(rewrite: Rewrite, status: RewriteStatus, **changes: Any) -> None:
    """An answer counts also when it comes after everybody has given it up: it was paid for."""
    unread = Rewrite.objects.filter(pk=rewrite.pk).exclude(status=RewriteStatus.READY)
    unread.update(status=status, ended_at=Now(), **({"reason": ""} | changes))


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None
