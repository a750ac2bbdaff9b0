"""The end of what the check before sending does not let through: nothing has left, and nothing will."""

from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Now

from generations.execution.conclusion import refresh
from generations.images_api import Reason
from generations.models import Call, CallOutcome, CallStatus, PreCheck, move_call
from generations.moderation.stopping import record_check


def end_stopped(call: Call, check: PreCheck) -> None:
    """Settle, free of charge, all that was not sent of a generation, and keep its refusal for review.

    Whoever has lost the call settles nothing: then it was cancelled, or another worker has it.
    """
    with transaction.atomic():
        # All locks first: whoever claims one of these holds it while waiting for the generation's row.
        unsent = Call.objects.filter(
            generation=call.generation_id, status__in=(CallStatus.QUEUED, CallStatus.CLAIMED)
        ).order_by("pk")
        held = list(unsent.select_for_update(no_key=True))
        is_ours = any(
            one.pk == call.pk and one.epoch == call.epoch and one.status == CallStatus.CLAIMED for one in held
        )
        if not is_ours:
            return
        for one in held:
            move_call(
                one,
                CallStatus.SETTLED,
                new_epoch=True,  # another worker that is about to send one of them finds out
                outcome=CallOutcome.BLOCKED,
                reason=Reason.PRE_CHECKED,
                cost=Decimal(0),
                lease_until=None,
                settled_at=Now(),
            )
        record_check(check, of=sum(one.n for one in held))
        refresh(call.generation_id)
