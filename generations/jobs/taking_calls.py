"""The calls and refusals of an imported generation. They have ended: nobody waits for an answer to them."""

import uuid

from generations.images_api import Reason
from generations.jobs import reading
from generations.jobs.reading import Record
from generations.jobs.records import CALL
from generations.jobs.taking_names import new_id
from generations.models import Call, CallOutcome, CallStatus, Generation, Refusal, Stage

_MOST = 100  # of one generation


def make_calls(generation: Generation, record: Record) -> dict[uuid.UUID, Call]:
    """Calls by their old ids. They have ended, whatever they say: nobody waits for an answer to them."""
    calls = {}
    for told in reading.records(record, "calls", _MOST):
        old = reading.identity(told, "id")
        texts = {name: reading.text(told, name, 20) for name in CALL if name.startswith("effective_")}
        calls[old] = Call.objects.create(
            pk=new_id(generation.member, old),
            generation=generation,
            member=generation.member,
            endpoint=generation.endpoint,
            position=reading.number(told, "position", most=1000),
            n=reading.number(told, "n", least=1, most=10),
            status=CallStatus.SETTLED,
            outcome=reading.choice(told, "outcome", CallOutcome.values, CallOutcome.FAILED),
            reason=reading.choice(told, "reason", set(Reason), ""),
            http_status=reading.perhaps_number(told, "http_status", most=999),
            request_id=reading.text(told, "request_id", 200),
            endpoint_code=reading.text(told, "endpoint_code", 200),
            endpoint_message=reading.text(told, "endpoint_message", 100_000),
            usage=reading.plain_json(told.get("usage")),
            cost=reading.money(told, "cost"),
            queued_at=reading.moment(told, "queued_at") or generation.created_at,
            sent_at=reading.moment(told, "sent_at"),
            received_at=reading.moment(told, "received_at"),
            settled_at=reading.moment(told, "settled_at") or generation.created_at,
            **texts,
        )
    return calls


def make_refusals(generation: Generation, record: Record, calls: dict[uuid.UUID, Call]) -> None:
    for told in reading.records(record, "refusals", _MOST):
        # Without a call where the studio itself had stopped the prompt.
        call = calls.get(reading.identity(told, "call")) if told.get("call") else None
        if call is None and told.get("call"):
            continue
        made = Refusal.objects.create(
            call=call,
            generation=generation,
            stage=reading.choice(told, "stage", Stage.values, Stage.UNKNOWN),
            categories=reading.texts(told, "categories", most=50, longest=200),
            reason=reading.text(told, "reason", 40) or (call.reason if call else ""),
            code=reading.text(told, "code", 200),
            message=reading.text(told, "message", 100_000),
            request_id=reading.text(told, "request_id", 200),
            http_status=reading.perhaps_number(told, "http_status", most=999),
            asked=reading.number(told, "asked", most=1000),
            withheld=reading.number(told, "withheld", most=1000),
        )
        at = reading.moment(told, "created_at") or generation.created_at
        Refusal.objects.filter(pk=made.pk).update(created_at=at)
