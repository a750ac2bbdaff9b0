"""The ends that an answered call can come to, each one transaction: the call, its refusal, the generation."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from generations import cases, pricing, search
from generations.execution import obstacles
from generations.execution.calling import pause_before_repeat
from generations.execution.conclusion import refresh
from generations.images_api import Answer, Busy, EndpointError, ImagesError, Reason, Refused, Rejected
from generations.models import (
    AnswerRule,
    Call,
    CallOutcome,
    CallStatus,
    Generation,
    Refusal,
    Stage,
    move_call,
)
from generations.models.calls import lease
from generations.moderation.rules import REFUSALS, stage_of

MAX_BUSY_REPEATS = 6
MAX_SERVER_ERROR_REPEATS = 2


class Unwanted(Exception):
    """The member has cancelled and does not want what still arrives; nothing was written."""


def is_unwanted(generation: Generation) -> bool:
    """Whether the member has cancelled it and does not want what still arrives."""
    return generation.cancel_asked_at is not None and not generation.keeps_after_cancel


def end_answered(call: Call, answer: Answer, *, reason: Reason | None = None) -> bool:
    """Settle a call that brought images; fewer than asked means that the endpoint withheld the rest.

    False means that somebody else has taken the call over.

    The endpoints' documents say so of requests for 2 to 10 images: what breaks the rules is left out, without
    an error. A `reason` says that something else made the images fewer; of an incomplete answer nobody knows
    what was withheld, and nothing is held against the prompt.

    Raises:
        Unwanted: the member has said so meanwhile.
    """
    withheld = 0 if answer.incomplete else max(0, call.n - len(answer.images))
    with transaction.atomic():
        if is_unwanted(_locked_generation(call)):
            raise Unwanted
        delivered = call.images.count()
        if not _settle(
            call,
            outcome=CallOutcome.PARTIAL if delivered < call.n else CallOutcome.SUCCEEDED,
            reason=reason or (Reason.WITHHELD if withheld else ""),
            **_told(call, answer),
        ):
            return False
        if withheld:
            _record(call, stage=Stage.WITHHELD, reason=Reason.WITHHELD, withheld=withheld, words=answer.said)
        refresh(call.generation_id)
    return True


def end_discarded(call: Call, answer: Answer) -> bool:
    """Settle a call whose images nobody wants any more: it was paid for, and its usage is kept.

    The images' files have to be gone already. False as above.
    """
    with transaction.atomic():
        if not _settle(call, outcome=CallOutcome.DISCARDED, reason="", **_told(call, answer)):
            return False
        call.images.all().delete()
        refresh(call.generation_id)
    return True


def end_refused(call: Call, error: Refused, *, rule: AnswerRule | None = None) -> None:
    """Settle a call that moderation stopped, and keep what the endpoint said about it.

    `rule` is the team's that has read the answer, if one has.
    """
    with transaction.atomic():
        if not _settle(call, outcome=CallOutcome.BLOCKED, reason=error.reason, **_words(error.endpoint)):
            return
        _record(
            call,
            stage=stage_of(rule, error.stage),
            reason=error.reason,
            withheld=call.n,
            categories=[rule.category] if rule and rule.category else list(error.categories),
            rule=rule,
            words=error.endpoint,
        )
        refresh(call.generation_id)


def read_anew(call: Call, rule: AnswerRule) -> bool:
    """Let a rule say what an answer was that nobody had understood. False when somebody else was first.

    Nothing is asked again for it; a refusal is recorded for the reviewers.
    """
    is_refusal = Reason(rule.reason) in REFUSALS
    outcome = CallOutcome.BLOCKED if is_refusal else call.outcome
    said = EndpointError(code=call.endpoint_code, message=call.endpoint_message, request_id=call.request_id)
    with transaction.atomic():
        stored = Call.objects.filter(pk=call.pk, status=CallStatus.SETTLED, reason=Reason.UNCLASSIFIED)
        if not stored.update(reason=rule.reason, outcome=outcome):
            return False
        if is_refusal:
            _record(
                call,
                stage=stage_of(rule, "unknown"),
                reason=Reason(rule.reason),
                withheld=call.n,
                categories=[rule.category] if rule.category else [],
                rule=rule,
                words=said,
            )
        refresh(call.generation_id)
    return True


def end_rejected(call: Call, error: Rejected) -> None:
    """Settle a call that was turned down; where that cost nothing and may pass, another takes its place.

    Not after the member has cancelled: then it ends as what never was sent does. An answer that the next
    call would get as well pauses the endpoint.
    """
    with transaction.atomic():
        obstacles.answered_with(call.endpoint_id, error.reason)
        is_cancelled = _locked_generation(call).cancel_asked_at is not None
        may_repeat = _may_repeat(call, error)
        again = may_repeat and not is_cancelled
        was_free = may_repeat and is_cancelled
        if not _settle(
            call,
            outcome=_outcome_of_rejection(again=again, was_free=was_free),
            reason="" if was_free else error.reason,
            **_words(error.endpoint),
        ):
            return
        if again:
            _repeat(call, at_least=error.retry_after or 0.0 if isinstance(error, Busy) else 0.0)
        refresh(call.generation_id)


def end_unusable(call: Call, *, reason: Reason, error: ImagesError | None = None) -> None:
    """Settle a call whose answer was paid for and cannot be used; its bytes stay in the spool."""
    with transaction.atomic():
        words = _words(error.endpoint if error else None)
        if _settle(call, outcome=CallOutcome.FAILED, reason=reason, **words):
            refresh(call.generation_id)


def end_unknown(call: Call, *, reason: Reason, error: ImagesError | None = None) -> bool:
    """Say honestly that nobody knows whether the endpoint made and charged for this; False as above."""
    with transaction.atomic():
        words = _words(error.endpoint if error else None)
        if not move_call(
            call,
            CallStatus.UNKNOWN,
            lease_until=None,
            reason=reason,
            settled_at=Now(),
            cost=pricing.cost_of(call),
            **words,
        ):
            return False
        refresh(call.generation_id)
    return True


def _locked_generation(call: Call) -> Generation:
    """Lock the call and then its generation, as everybody does who writes to both."""
    list(Call.objects.select_for_update(no_key=True).filter(pk=call.pk).values_list("pk"))
    return Generation.objects.select_for_update(no_key=True).get(pk=call.generation_id)


def _settle(call: Call, **changes: Any) -> bool:
    if "cost" not in changes:
        changes["cost"] = pricing.cost_of(call)
    return move_call(call, CallStatus.SETTLED, lease_until=None, settled_at=Now(), **changes)


def _outcome_of_rejection(*, again: bool, was_free: bool) -> CallOutcome:
    if again:
        return CallOutcome.REPEATED
    return CallOutcome.CANCELLED if was_free else CallOutcome.FAILED


def _may_repeat(call: Call, error: Rejected) -> bool:
    if isinstance(error, Busy):
        return call.repeats < MAX_BUSY_REPEATS
    return (
        error.repeatable_where_free
        and call.endpoint.repeat_server_errors
        and call.repeats < MAX_SERVER_ERROR_REPEATS
    )


def _repeat(call: Call, *, at_least: float) -> None:
    Call.objects.create(
        generation_id=call.generation_id,
        member_id=call.member_id,
        endpoint_id=call.endpoint_id,
        position=call.position,
        n=call.n,
        repeats=call.repeats + 1,
        priority=call.priority,
        reason=call.reason,
        not_before=lease(pause_before_repeat(call.repeats, at_least=at_least)),
    )


def _record(
    call: Call,
    *,
    stage: Stage,
    reason: Reason,
    withheld: int,
    categories: list[str] | None = None,
    rule: AnswerRule | None = None,
    words: EndpointError | None = None,
) -> None:
    refusal = Refusal.objects.create(
        call=call,
        generation_id=call.generation_id,
        stage=stage,
        reason=reason,
        categories=categories or [],
        rule=rule,
        code=words.code[:200] if words else "",
        message=words.message if words else "",
        request_id=(words.request_id[:200] if words else "") or call.request_id,
        http_status=call.http_status,
        asked=call.n,
        withheld=withheld,
    )
    cases.open_for(refusal)
    if categories:
        search.note_many([call.generation_id])


def _told(call: Call, answer: Answer) -> dict[str, Any]:
    return {
        "cost": pricing.cost_of(call, answer),
        "usage": asdict(answer.usage) if answer.usage else None,
        "effective_size": answer.size or "",
        "effective_quality": answer.quality or "",
        "effective_background": answer.background or "",
        "effective_output_format": answer.output_format or "",
        **_words(answer.said),
    }


def _words(endpoint: EndpointError | None) -> dict[str, Any]:
    if endpoint is None:
        return {}
    return {"endpoint_code": endpoint.code[:200], "endpoint_message": endpoint.body or endpoint.message}
