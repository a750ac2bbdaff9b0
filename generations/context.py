"""What every page says about the studio itself."""

from functools import partial

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from generations import pauses
from generations.engine.words import Told, told
from generations.models import Case, Endpoint
from team.models import User

_MOST_TOLD = 999  # waiting cases, beside the word Review


def studio(request: HttpRequest) -> dict[str, object]:
    """Give templates what is asked only where it is shown.

    `studio.simulated`; for reviewers `studio.review_count`; for administrators `studio.pauses`, those which
    they must not overlook.
    """
    user = getattr(request, "user", None)
    reviewer = user if isinstance(user, User) and user.is_reviewer else None
    administrator = user if isinstance(user, User) and user.is_administrator else None
    return {
        "studio": {
            "simulated": SimpleLazyObject(_is_simulated),
            "review_count": SimpleLazyObject(partial(_waiting_for_review, reviewer)) if reviewer else 0,
            "pauses": SimpleLazyObject(partial(_pauses, administrator)) if administrator else (),
        }
    }


def _is_simulated() -> bool:
    return Endpoint.objects.filter(is_active=True, is_simulator=True).exists()


def _waiting_for_review(user: User) -> int | str:
    """What they may look at, counted as far as anybody wants to know."""
    waiting = Case.objects.for_reviewer(user).waiting().order_by().values("pk")
    counted = waiting[: _MOST_TOLD + 1].count()
    return f"{_MOST_TOLD}+" if counted > _MOST_TOLD else counted


def _pauses(user: User) -> list[Told]:
    """What stands still; that they are paused themselves is said to them as to everybody, in its place."""
    return [told(pause) for pause in pauses.to_be_told() if pause.member_id != user.pk]
