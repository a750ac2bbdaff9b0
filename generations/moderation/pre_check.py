"""The check before sending: asked once for all calls of a generation, when nothing of it has left yet."""

import logging
import time
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from generations import cases
from generations.images_api import ImagesError, NotSent, PictureFile, Reason
from generations.models import Endpoint, Generation, ModerationPolicy, PreCheck
from generations.moderation import hanging, holding
from generations.moderation.releases import is_released
from generations.moderation.weighing import Weighed, checking_endpoint, weigh

logger = logging.getLogger(__name__)

SECONDS: Final = 10.0  # for all that is asked of one generation; the claim is kept alive meanwhile
_DIGITS: Final = 4  # of a score that is kept


class StoppedByCheck(Exception):
    """The check does not let it through: nothing of it may be sent."""

    def __init__(self, check: PreCheck) -> None:
        super().__init__(f"stopped for {', '.join(check.stopped_for)}")
        self.check = check


def pre_check(generation: Generation, pictures: Sequence[PictureFile] = ()) -> None:
    """Let a generation pass whose call is about to be sent, or say why it may not be.

    What was found is kept for its other calls, and what is sent although it was flagged is shown to the
    reviewers. Where the check does not answer, the team's policy says whether it is sent without one; of one
    that hangs not every call waits for that.

    Raises:
        StoppedByCheck: a category reaches its threshold.
        NotSent: the check is away, and nothing is sent without it; try again later.
    """
    policy = ModerationPolicy.current()
    endpoint = checking_endpoint(policy)
    if endpoint is None or is_released(generation):
        return
    check = PreCheck.objects.filter(generation=generation).first()
    if check is None:
        check = _checked(policy, endpoint, generation, pictures if policy.checks_pictures else ())
    if check is not None and check.stopped_for:
        raise StoppedByCheck(check)


def _checked(
    policy: ModerationPolicy, endpoint: Endpoint, generation: Generation, pictures: Sequence[PictureFile]
) -> PreCheck | None:
    if not generation.prompt.strip() and not pictures:
        return None
    if policy.fails_open and not hanging.may_be_asked(policy):
        logger.warning("generation %s: the check before sending hangs, and is not asked", generation.pk)
        return None
    begun = time.monotonic()
    try:
        found = weigh(policy, endpoint, generation.prompt, pictures, seconds=SECONDS)
    except (ImagesError, OSError) as error:
        why = error.reason if isinstance(error, ImagesError) else type(error).__name__
        logger.warning("generation %s: the check before sending is away: %s", generation.pk, why)
        if policy.fails_open:
            hanging.note_failure(policy, why, with_pictures=bool(pictures))
            return None
        raise NotSent.because(Reason.CHECK_AWAY) from error
    hanging.note_answer(policy)
    return _kept(policy, endpoint, generation, found, seconds=time.monotonic() - begun)


def _kept(
    policy: ModerationPolicy, endpoint: Endpoint, generation: Generation, found: Weighed, *, seconds: float
) -> PreCheck:
    """Write it down; of two calls that have asked at the same time the first one is believed by both."""
    held = holding.held_for(policy, found)
    with transaction.atomic():
        check, is_new = PreCheck.objects.get_or_create(
            generation=generation,
            defaults={
                "endpoint": endpoint,
                "model": policy.check_model,
                "scores": {name: round(score, _DIGITS) for name, score in found.scores.items()},
                "stopped_for": list(found.stopped_for),
                "flagged_for": list(found.flagged_for),
                "held_for": held,
                "held_from": policy.hold_from if held else None,
                "sentence": found.sentence,
                "milliseconds": round(seconds * 1000),
            },
        )
        # What is held is asked about once there is something to look at.
        if is_new and found.flagged_for and not (found.stopped_for or held):
            cases.flag(generation, list(found.flagged_for))
    return check
