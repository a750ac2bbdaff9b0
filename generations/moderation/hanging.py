"""A check before sending that hangs: for a minute nothing that may be sent without it waits for it.

The end of that minute stands in the policy's row, on the database's clock, so that all workers know. When it
is over, one call asks again: it moves the end on before it does, so that no crowd waits with it.
"""

from typing import Final

from django.db.models.functions import Now

from generations.images_api import Reason
from generations.models import ModerationPolicy
from generations.models.calls import lease

AWAY: Final = 60.0  # seconds
# What takes all the time that there is; a connection that is refused at once slows nobody down.
_HANGING: Final = frozenset({Reason.TIMEOUT, Reason.UNREACHABLE})


def may_be_asked(policy: ModerationPolicy) -> bool:
    """Whether it is worth the wait; of all calls after the minute to one, which is the one that tries."""
    if policy.check_away_until is None:
        return True
    is_over = ModerationPolicy.objects.filter(pk=policy.pk, check_away_until__lte=Now())
    return bool(is_over.update(check_away_until=lease(AWAY)))


def note_failure(policy: ModerationPolicy, why: str, *, with_pictures: bool) -> None:
    """Begin the minute where it hung.

    With pictures that says nothing of the check: a member who sends large ones would switch it off for all.
    """
    if why not in _HANGING:
        note_answer(policy)
    elif not with_pictures:
        # Not where it is another one that is to be asked now.
        asked = ModerationPolicy.objects.filter(pk=policy.pk, check_endpoint=policy.check_endpoint_id)
        asked.update(check_away_until=lease(AWAY))


def note_answer(policy: ModerationPolicy) -> None:
    """End the minute: whatever it says, it says so in time."""
    if policy.check_away_until is not None:
        ModerationPolicy.objects.filter(pk=policy.pk).update(check_away_until=None)
