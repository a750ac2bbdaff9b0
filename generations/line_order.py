"""An administrator's word about the line: a waiting generation before everybody's turn, or behind it."""

from typing import Literal

from django.db import transaction
from django.db.models import Max, Min

from generations.models import Call, CallStatus, Generation, touch

End = Literal["front", "back"]
_FURTHEST = 30_000  # what the column holds, with room to spare


def move(generation: Generation, *, to: End) -> bool:
    """Move what waits of it to an end of the line; False when nothing of it waits any more."""
    with transaction.atomic():
        waiting = Call.objects.filter(status=CallStatus.QUEUED)
        others = waiting.exclude(generation=generation).aggregate(
            highest=Max("priority"), lowest=Min("priority")
        )
        if to == "front":
            priority = min(_FURTHEST, max(0, others["highest"] or 0) + 1)
        else:
            priority = max(-_FURTHEST, min(0, others["lowest"] or 0) - 1)
        moved = waiting.filter(generation=generation).update(priority=priority)
        if moved:
            touch(generation.pk, member_id=generation.member_id)
    return bool(moved)
