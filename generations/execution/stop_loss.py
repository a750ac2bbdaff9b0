"""Ends a loop of refusals: a pause of the member, or of the model, when too many come one after the other."""

import logging
from functools import partial
from uuid import UUID

from django.db import transaction

from generations import live, pauses
from generations.execution.obstacles import tell_administrators
from generations.images_api import Reason
from generations.models import Generation, ModerationPolicy
from generations.moderation import in_a_row

logger = logging.getLogger(__name__)


def refused(generation: Generation, *, reason: str) -> None:
    """Look at the row that a generation, which has just been refused, may be the last of.

    After commit, so that of two refusals at once at least the second one is seen with the first.
    """
    if reason not in in_a_row.FREE:
        transaction.on_commit(partial(look, generation.pk), robust=True)


def look(generation_id: UUID) -> None:
    """Pause the member or the model of a refused generation where the team's policy wants that."""
    policy = ModerationPolicy.current()
    if not (policy.stop_member_after or policy.stop_model_after):
        return
    generation = Generation.objects.select_related("member", "endpoint").get(pk=generation_id)
    if policy.stop_member_after:
        _stop_member(generation, after=policy.stop_member_after)
    if policy.stop_model_after:
        _stop_model(generation, after=policy.stop_model_after)


def _stop_member(generation: Generation, *, after: int) -> None:
    """It stops a loop, not a person: whoever is paused goes on when they want to, and is counted anew."""
    member = generation.member
    since = pauses.last_end(member=member.pk)
    if len(in_a_row.by_member(member.pk, since=since, most=after)) < after:
        return
    _pause, is_new = pauses.begin(member=member, reason=Reason.REFUSED_IN_A_ROW)
    if is_new:
        logger.warning("member %s is paused after %s refusals in a row", member.pk, after)
        live.announce(member.pk)


def _stop_model(generation: Generation, *, after: int) -> None:
    endpoint, model = generation.endpoint, generation.model
    since = pauses.last_end(endpoint=endpoint.pk, model=model)
    if len(in_a_row.at_model(endpoint.pk, model, since=since, most=after)) < after:
        return
    _pause, is_new = pauses.begin(endpoint=endpoint, model=model, reason=Reason.REFUSED_IN_A_ROW)
    if is_new:
        logger.warning("%s at endpoint %s is paused after %s refusals in a row", model, endpoint.pk, after)
        tell_administrators(endpoint, Reason.REFUSED_IN_A_ROW, model=model)
