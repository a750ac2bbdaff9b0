"""The half of the studio above the queue: keep what the member asked for, then ring the doorbell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from generations import live, search, tasks
from generations.execution.conclusion import refresh
from generations.interventions import note_cancelled
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Collection,
    Endpoint,
    Generation,
    GenerationStatus,
    Operation,
    PromptVersion,
    Reference,
    ReferenceRole,
    ReferenceUse,
    Source,
    move_call,
    touch,
)
from generations.models.generations import ACTIVE_STATUSES
from generations.moderation.stopping import never_sent, record, stopped_by
from generations.moderation.strikes import why_not
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
    operation: Operation = Operation.GENERATIONS
    references: tuple[Reference, ...] = ()  # in the member's order
    mask: Reference | None = None  # of the first reference
    input_fidelity: str = ""
    source: Source = Source.FORM
    prompt_version: PromptVersion | None = None  # the saved prompt that it was filled in from
    collection: Collection | None = None  # where its images go as they arrive
    series: UUID | None = None  # what it is asked side by side with
    is_released: bool = False  # by a reviewer: the team's list does not stop it

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
            "operation": self.operation,
            "input_fidelity": self.input_fidelity,
        }


_AT_THE_ENDPOINT = (CallStatus.SENT, CallStatus.RECEIVED)


class ReferenceGone(Exception):
    """A picture was discarded after the form had been checked; nothing was submitted."""


class MayNotAsk(Exception):
    """Strikes stand against it; the message is a sentence for the member. Nothing was submitted."""


def submit(order: Order, *, member: User, token: UUID, retry_of: Generation | None = None) -> Generation:
    """Save a generation and its calls, and ring after commit.

    What the team's list stops is saved as blocked, without a call. The same token of the same member (a
    double click, F5, a resend by a proxy) answers the generation that the first one made.

    Raises ReferenceGone and, of what no reviewer has released, MayNotAsk.
    """
    known = Generation.objects.filter(member=member, submit_token=token)
    if (first := known.first()) is not None:
        return first
    stopping = () if order.is_released else stopped_by(order.prompt)
    try:
        with transaction.atomic():
            if not order.is_released and (why := why_not(member, in_turn=True)):
                if (first := known.first()) is not None:  # it came while this one waited for its turn
                    return first
                raise MayNotAsk(why)
            generation = Generation.objects.create(
                member=member,
                submit_token=token,
                retry_of=retry_of,
                **_fields(order),
                **(never_sent() if stopping else {}),
            )
            ReferenceUse.objects.bulk_create(_uses(order, generation))
            search.note(generation)
            if stopping:
                record(generation, stopping)
            calls = [] if stopping else _calls(generation)
            Call.objects.bulk_create(calls)
            transaction.on_commit(lambda: _announce(member, rings=len(calls)))
    except IntegrityError:
        return Generation.objects.get(member=member, submit_token=token)
    return generation


def again(generation: Generation, *, token: UUID) -> Generation:
    """Ask for the same once more, as a generation of its own that remembers where it comes from."""
    order = replace(order_of(generation), source=Source.RETRY)
    return submit(order, member=generation.member, token=token, retry_of=generation)


def order_of(generation: Generation) -> Order:
    """Return what a generation asked for, to ask for it or for something like it again."""
    return Order(
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
        operation=Operation(generation.operation),
        references=tuple(references_of(generation)),
        mask=mask_of(generation),
        input_fidelity=generation.input_fidelity,
        prompt_version=generation.prompt_version,
    )


def references_of(generation: Generation) -> list[Reference]:
    """Return the pictures that it was made from, in their order."""
    uses = generation.reference_uses.filter(role=ReferenceRole.REFERENCE).select_related("reference")
    return [use.reference for use in uses]


def mask_of(generation: Generation) -> Reference | None:
    """Return the mask of its first reference, if it had one."""
    use = generation.reference_uses.filter(role=ReferenceRole.MASK).select_related("reference").first()
    return use.reference if use else None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What a cancellation came to, in calls."""

    free: int  # had not been sent, and never will be
    paid: int  # are under way at the endpoint, or have just arrived; the member said whether they are kept


def cancel(generation: Generation, *, keep: bool = True, by: User | None = None) -> Cancelled:
    """Take out of the line what was not sent, free of charge, and note what to do with what was.

    Args:
        generation: whose calls are not to be made; asking for it again changes nothing more.
        keep: whether what still arrives is kept. It is paid for either way, and once it was said that it is
            not kept, that stands.
        by: who cancels; where that is not its member, the member is told.
    """
    _ask_to_cancel(generation, keep=keep, by=by)
    free = 0
    with transaction.atomic():
        # All locks first: whoever claims one of these holds it while waiting for the generation's row.
        unsent = generation.calls.filter(status__in=(CallStatus.QUEUED, CallStatus.CLAIMED)).order_by("pk")
        for call in list(unsent.select_for_update(no_key=True)):
            free += move_call(
                call,
                CallStatus.SETTLED,
                new_epoch=True,  # a worker that is about to send it finds out
                outcome=CallOutcome.CANCELLED,
                reason="",
                lease_until=None,
                settled_at=Now(),
            )
        refresh(generation.pk)
    return Cancelled(free=free, paid=generation.calls.filter(status__in=_AT_THE_ENDPOINT).count())


def _ask_to_cancel(generation: Generation, *, keep: bool, by: User | None) -> None:
    """In a transaction of its own: from its end on nothing is asked again, so no new call joins the line."""
    wanted = {} if keep else {"keeps_after_cancel": False}
    with transaction.atomic():
        active = Generation.objects.filter(pk=generation.pk, status__in=ACTIVE_STATUSES)
        is_first = active.filter(cancel_asked_at__isnull=True).update(cancel_asked_at=Now(), **wanted)
        if wanted and not is_first:
            active.update(**wanted)
        if is_first and by is not None and by.pk != generation.member_id:
            note_cancelled(generation, by=by)
        touch(generation.pk, member_id=generation.member_id)


def can_cancel(generation: Generation) -> bool:
    """Whether cancelling changes anything: something was not sent yet, or nothing was said about the rest."""
    return generation.is_active and (
        generation.cancel_asked_at is None
        or any(call.status in (CallStatus.QUEUED, CallStatus.CLAIMED) for call in generation.calls.all())
    )


def is_at_the_endpoint(generation: Generation) -> bool:
    """Whether something of it was sent and is not settled, so that a member who cancels has a choice."""
    return any(call.status in _AT_THE_ENDPOINT for call in generation.calls.all())


def can_repeat(generation: Generation) -> bool:
    """Whether asking again makes sense: it ended without everything, is known, and its endpoint is in use."""
    return (
        generation.forgotten_at is None
        and generation.endpoint.is_active
        and generation.status
        in (
            GenerationStatus.FAILED,
            GenerationStatus.UNKNOWN,
            GenerationStatus.CANCELLED,
            GenerationStatus.PARTIAL,
        )
    )


def _fields(order: Order) -> dict[str, Any]:
    return {
        "endpoint": order.endpoint,
        "model": order.model,
        "prompt": order.prompt,
        "n": order.n,
        "source": order.source,
        "prompt_version": order.prompt_version,
        "collection": order.collection,
        "series": order.series,
        **order.parameters(),
    }


def _uses(order: Order, generation: Generation) -> list[ReferenceUse]:
    """The rows of its pictures, which stay locked until they are used: unused ones are discarded some day."""
    pictures = [*order.references, *([order.mask] if order.mask else [])]
    wanted = {picture.pk for picture in pictures}
    locked = Reference.objects.select_for_update(no_key=True).filter(pk__in=wanted)
    if len(list(locked.values_list("pk"))) != len(wanted):
        raise ReferenceGone
    uses = [
        ReferenceUse(generation=generation, reference=reference, position=position)
        for position, reference in enumerate(order.references)
    ]
    if order.mask:
        uses.append(ReferenceUse(generation=generation, reference=order.mask, role=ReferenceRole.MASK))
    return uses


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
