"""The half of the studio above the queue: keep what the member asked for, then ring the doorbell."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from generations import live, tasks
from generations.execution.conclusion import refresh
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Endpoint,
    Generation,
    GenerationStatus,
    move_call,
)
from team.models import User


@dataclass(frozen=True, slots=True)
class Order:
    """What the form was filled in with, validated. An empty parameter is left to the endpoint."""

    endpoint: Endpoint
    model: str
    prompt: str
    n: int
    size: str = ""  # WIDTHxHEIGHT, one of the family's or one of the member's own
    aspect_ratio: str = ""
    quality: str = ""
    style: str = ""
    background: str = ""
    moderation: str = ""
    output_format: str = ""
    output_compression: int | None = None

    def parameters(self) -> Mapping[str, str | int | None]:
        """The parameters that the member may leave alone."""
        return {
            "size": self.size,
            "aspect_ratio": self.aspect_ratio,
            "quality": self.quality,
            "style": self.style,
            "background": self.background,
            "moderation": self.moderation,
            "output_format": self.output_format,
            "output_compression": self.output_compression,
        }


def submit(order: Order, *, member: User, token: UUID, retry_of: Generation | None = None) -> Generation:
    """Save a generation and its calls, and ring after commit.

    The same token of the same member (a double click, F5, a resend by a proxy) answers the generation that
    the first one made.
    """
    known = Generation.objects.filter(member=member, submit_token=token).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            generation = Generation.objects.create(
                member=member,
                submit_token=token,
                endpoint=order.endpoint,
                model=order.model,
                prompt=order.prompt,
                n=order.n,
                retry_of=retry_of,
                **order.parameters(),
            )
            calls = _calls(generation)
            Call.objects.bulk_create(calls)
            transaction.on_commit(lambda: _announce(member, rings=len(calls)))
    except IntegrityError:
        return Generation.objects.get(member=member, submit_token=token)
    return generation


def again(generation: Generation, *, token: UUID) -> Generation:
    """Ask for the same once more, as a generation of its own that remembers where it comes from."""
    order = Order(
        endpoint=generation.endpoint,
        model=generation.model,
        prompt=generation.prompt,
        n=generation.n,
        size=generation.size,
        aspect_ratio=generation.aspect_ratio,
        quality=generation.quality,
        style=generation.style,
        background=generation.background,
        moderation=generation.moderation,
        output_format=generation.output_format,
        output_compression=generation.output_compression,
    )
    return submit(order, member=generation.member, token=token, retry_of=generation)


def cancel(generation: Generation) -> bool:
    """Take what still waits out of the line, free of charge; False when nothing waited any more."""
    cancelled = False
    with transaction.atomic():
        # All locks first: whoever claims one of these holds it while waiting for the generation's row.
        waiting = generation.calls.filter(status=CallStatus.QUEUED).order_by("pk")
        for call in list(waiting.select_for_update(no_key=True)):
            cancelled |= move_call(
                call, CallStatus.SETTLED, outcome=CallOutcome.CANCELLED, reason="", settled_at=Now()
            )
        refresh(generation.pk)
    return cancelled


def can_cancel(generation: Generation) -> bool:
    """Whether something of it still waits in line."""
    return generation.is_active and any(call.status == CallStatus.QUEUED for call in generation.calls.all())


def can_repeat(generation: Generation) -> bool:
    """Whether asking again makes sense: it ended without everything, and its endpoint is in use."""
    return generation.endpoint.is_active and generation.status in (
        GenerationStatus.FAILED,
        GenerationStatus.UNKNOWN,
        GenerationStatus.CANCELLED,
        GenerationStatus.PARTIAL,
    )


def _calls(generation: Generation) -> list[Call]:
    """Split n images into calls: one with n, or n calls of one where the endpoint or the model wants that."""
    most = generation.endpoint.family_of(generation.model).n_max
    one_each = generation.endpoint.one_image_per_call or most < generation.n
    sizes = [1] * generation.n if one_each else [generation.n]
    return [
        Call(
            generation=generation,
            member_id=generation.member_id,
            endpoint_id=generation.endpoint_id,
            position=position,
            n=n,
        )
        for position, n in enumerate(sizes)
    ]


def _announce(member: User, *, rings: int) -> None:
    live.announce(member.pk)
    tasks.ring(rings)
