"""What stands still: everything, an endpoint or a model; by a person's word or by the studio's own.

At most one pause of each stands. Ended ones are kept: they say who stopped what, and why.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from generations.models import Endpoint, Pause
from generations.models.line import PauseQuerySet
from team.models import User

_TRIES = 5  # a pause can end between "there is one" and reading it, and hardly five times in a row


@dataclass(frozen=True, slots=True)
class Paused:
    """What nothing is sent to at the moment."""

    everything: bool
    endpoints: frozenset[int]
    models: frozenset[tuple[int, str]]  # the endpoint's id and the model's name

    def covers(self, endpoint: int, model: str) -> bool:
        """Whether a call for the model of the endpoint has to wait."""
        return self.everything or endpoint in self.endpoints or (endpoint, model) in self.models


def pause(
    *, endpoint: Endpoint | None = None, model: str = "", by: User | None = None, reason: str = ""
) -> Pause:
    """Let nothing more be sent to the model, to the endpoint, or at all; what was sent goes on.

    Args:
        endpoint: None stops everything.
        model: "" stops the whole endpoint; a model without an endpoint is a ValueError.
        by: the person who asked for it.
        reason: the Reason for which the studio did it by itself; "" when a person did.

    Returns the pause that stands, which is an older one when there was one already.
    """
    if model and endpoint is None:
        raise ValueError("A model is paused at an endpoint.")
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return Pause.objects.standing().get_or_create(
                    endpoint=endpoint, model=model, defaults={"paused_by": by, "reason": reason}
                )[0]
        except IntegrityError:
            continue  # somebody else's stood for a moment, and has ended since
    raise IntegrityError("The pause of somebody else comes and goes.")


@transaction.atomic
def resume(standing: Pause, *, by: User | None) -> bool:
    """End a pause; False means that somebody else was first. An endpoint's refusals count anew."""
    if standing.endpoint_id is not None:  # locked first, as everybody does who pauses one
        Endpoint.objects.filter(pk=standing.endpoint_id).update(refused_connects=0)
    return bool(Pause.objects.standing().filter(pk=standing.pk).update(ended_at=Now(), ended_by=by))


def try_again(endpoint: Endpoint, *, by: User) -> None:
    """End what the studio itself has paused of an endpoint: it has another key or address now."""
    for standing in Pause.objects.standing().filter(endpoint=endpoint).exclude(reason=""):
        resume(standing, by=by)


def what_is_paused() -> Paused:
    """Return all that stands still, from one query."""
    standing = Pause.objects.standing().only("endpoint_id", "model")
    scopes = {(row.endpoint_id, row.model) for row in standing}
    return Paused(
        everything=(None, "") in scopes,
        endpoints=frozenset(endpoint for endpoint, model in scopes if endpoint is not None and not model),
        models=frozenset((endpoint, model) for endpoint, model in scopes if endpoint is not None and model),
    )


def to_be_told() -> PauseQuerySet:
    """What administrators must not overlook: pauses that nobody asked for, and the one of everything."""
    standing = Pause.objects.standing().filter(~Q(reason="") | Q(endpoint=None))
    return standing.select_related("endpoint", "paused_by").order_by("paused_at", "pk")
