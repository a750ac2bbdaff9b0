"""What stands still: everything, an endpoint, a model or a member; by a person's word or the studio's own.

At most one pause of each stands. Ended ones are kept: they say who stopped what, and why.
"""

from dataclasses import dataclass
from datetime import datetime

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
    members: frozenset[int] = frozenset()  # of whom nothing is sent, wherever to

    def covers(self, endpoint: int, model: str) -> bool:
        """Whether a call for the model of the endpoint has to wait."""
        return self.everything or endpoint in self.endpoints or (endpoint, model) in self.models


def pause(
    *,
    endpoint: Endpoint | None = None,
    model: str = "",
    member: User | None = None,
    by: User | None = None,
    reason: str = "",
) -> Pause:
    """Let nothing more be sent to a model, to an endpoint, for a member, or at all; what was sent goes on.

    Args:
        endpoint: None, without a member, stops everything.
        model: "" stops the whole endpoint; a model without an endpoint is a ValueError.
        member: whose calls wait, wherever they go; one with an endpoint is a ValueError.
        by: the person who asked for it.
        reason: the Reason for which the studio did it by itself; "" when a person did.

    Returns the pause that stands, which is an older one when there was one already.
    """
    return begin(endpoint=endpoint, model=model, member=member, by=by, reason=reason)[0]


def begin(
    *,
    endpoint: Endpoint | None = None,
    model: str = "",
    member: User | None = None,
    by: User | None = None,
    reason: str = "",
) -> tuple[Pause, bool]:
    """Pause as above; the second value says whether this is what has begun it, to one of all who try."""
    if model and endpoint is None:
        raise ValueError("A model is paused at an endpoint.")
    if member is not None and endpoint is not None:
        raise ValueError("A member is paused wherever their calls go.")
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return Pause.objects.standing().get_or_create(
                    endpoint=endpoint,
                    model=model,
                    member=member,
                    defaults={"paused_by": by, "reason": reason},
                )
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
    standing = list(Pause.objects.standing().only("endpoint_id", "model", "member_id"))
    scopes = {(row.endpoint_id, row.model) for row in standing if row.endpoint_id is not None}
    return Paused(
        everything=any(row.is_of_everything for row in standing),
        endpoints=frozenset(endpoint for endpoint, model in scopes if not model),
        models=frozenset((endpoint, model) for endpoint, model in scopes if model),
        members=frozenset(row.member_id for row in standing if row.member_id is not None),
    )


def pause_of_member(member: User) -> Pause | None:
    """Return what keeps the calls of one member waiting, wherever they go; None where nothing does."""
    return Pause.objects.standing().filter(member=member).first()


def last_end(*, endpoint: int | None = None, model: str = "", member: int | None = None) -> datetime | None:
    """Return when the last pause of exactly this ended; None where there never was one."""
    ended = Pause.objects.filter(endpoint=endpoint, model=model, member=member, ended_at__isnull=False)
    return ended.order_by("-ended_at").values_list("ended_at", flat=True).first()


def to_be_told() -> PauseQuerySet:
    """What administrators must not overlook: pauses that nobody asked for, and the one of everything."""
    standing = Pause.objects.standing().filter(~Q(reason="") | Q(endpoint=None, member=None))
    return standing.select_related("endpoint", "paused_by", "member").order_by("paused_at", "pk")
