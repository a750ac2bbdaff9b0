"""What every page says about the studio itself."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from generations import pauses
from generations.engine.words import Told, told
from generations.models import Endpoint, Refusal
from team.models import User


def studio(request: HttpRequest) -> dict[str, object]:
    """Give templates what is asked only where it is shown.

    `studio.simulated`; for reviewers `studio.review_count`; for administrators `studio.pauses`, those which
    they must not overlook.
    """
    user = getattr(request, "user", None)
    reviewer = isinstance(user, User) and user.is_reviewer
    administrator = isinstance(user, User) and user.is_administrator
    return {
        "studio": {
            "simulated": SimpleLazyObject(_is_simulated),
            "review_count": SimpleLazyObject(_waiting_for_review) if reviewer else 0,
            "pauses": SimpleLazyObject(_pauses) if administrator else (),
        }
    }


def _is_simulated() -> bool:
    return Endpoint.objects.filter(is_active=True, is_simulator=True).exists()


def _waiting_for_review() -> int:
    return Refusal.objects.awaiting_review().count()


def _pauses() -> list[Told]:
    return [told(pause) for pause in pauses.to_be_told()]
