"""What every page says about the studio itself."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from generations.models import Endpoint, Refusal
from team.models import User


def studio(request: HttpRequest) -> dict[str, object]:
    """Give templates `studio.simulated` and, for reviewers, `studio.review_count`; asked only where shown."""
    user = getattr(request, "user", None)
    reviewer = isinstance(user, User) and user.is_reviewer
    return {
        "studio": {
            "simulated": SimpleLazyObject(_is_simulated),
            "review_count": SimpleLazyObject(_waiting_for_review) if reviewer else 0,
        }
    }


def _is_simulated() -> bool:
    return Endpoint.objects.filter(is_active=True, is_simulator=True).exists()


def _waiting_for_review() -> int:
    return Refusal.objects.awaiting_review().count()
