"""The only place where a status changes: UPDATE ... WHERE status = old; no row means somebody was first."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from generations import live
from generations.models.calls import Call, CallStatus
from generations.models.generations import Generation, GenerationStatus

_C = CallStatus
CALL_MOVES: dict[CallStatus, frozenset[CallStatus]] = {
    _C.QUEUED: frozenset({_C.CLAIMED, _C.SETTLED}),
    _C.CLAIMED: frozenset({_C.QUEUED, _C.SENT, _C.SETTLED}),
    _C.SENT: frozenset({_C.RECEIVED, _C.UNKNOWN}),
    # received -> received: another settler takes over, with a new epoch, or lets go until later.
    _C.RECEIVED: frozenset({_C.RECEIVED, _C.SETTLED, _C.UNKNOWN}),
    _C.UNKNOWN: frozenset({_C.RECEIVED}),
    _C.SETTLED: frozenset(),
}

_G = GenerationStatus
_ENDS = frozenset({_G.SUCCEEDED, _G.PARTIAL, _G.BLOCKED, _G.FAILED, _G.UNKNOWN, _G.CANCELLED})
GENERATION_MOVES: dict[GenerationStatus, frozenset[GenerationStatus]] = {
    _G.QUEUED: frozenset({_G.RUNNING}) | _ENDS,
    _G.RUNNING: frozenset({_G.QUEUED}) | _ENDS,
    # A late answer is paid for too: it turns "unknown" into what it really was.
    _G.UNKNOWN: frozenset({_G.RUNNING}) | _ENDS - {_G.UNKNOWN},
    _G.PARTIAL: frozenset({_G.RUNNING, _G.SUCCEEDED}),
    # One call may bring more than was asked of it, so that another's late answer finds everything there.
    _G.SUCCEEDED: frozenset({_G.RUNNING}),
    _G.BLOCKED: frozenset({_G.RUNNING, _G.PARTIAL}),
    # Failed for words that nobody knew, until a rule of the team said that it was a refusal.
    _G.FAILED: frozenset({_G.RUNNING, _G.PARTIAL, _G.BLOCKED}),
    _G.CANCELLED: frozenset({_G.RUNNING, _G.PARTIAL}),
}


def move_call(call: Call, new: CallStatus, *, new_epoch: bool = False, **changes: Any) -> bool:
    """Move a call from the status and epoch it was read with; False means that somebody else was first.

    Args:
        call: as it was read; its status, epoch and given fields are updated when the move succeeds.
        new: the status to reach; a move that the table does not know raises ValueError.
        new_epoch: fence out whoever held the call before.
        changes: other fields to write in the same statement.
    """
    old = CallStatus(call.status)
    if new not in CALL_MOVES[old]:
        raise ValueError(f"A call does not move from {old} to {new}.")
    epoch = call.epoch + 1 if new_epoch else call.epoch
    moved = Call.objects.filter(pk=call.pk, status=old, epoch=call.epoch).update(
        status=new, epoch=epoch, **changes
    )
    if moved != 1:
        return False
    call.status, call.epoch = new, epoch
    for name, value in changes.items():
        if not hasattr(value, "resolve_expression"):
            setattr(call, name, value)
    touch(call.generation_id, member_id=call.member_id)
    return True


def move_generation(generation: Generation, new: GenerationStatus, **changes: Any) -> bool:
    """Move a generation from the status it was read with; False means that somebody else was first."""
    old = GenerationStatus(generation.status)
    if new not in GENERATION_MOVES[old]:
        raise ValueError(f"A generation does not move from {old} to {new}.")
    moved = Generation.objects.filter(pk=generation.pk, status=old).update(
        status=new, changed_at=Now(), **changes
    )
    if moved != 1:
        return False
    generation.status = new
    transaction.on_commit(partial(live.announce, generation.member_id))
    return True


def touch(generation_id: Any, *, member_id: int) -> None:
    """Let open pages know, after commit, that something about this generation is new."""
    Generation.objects.filter(pk=generation_id).update(changed_at=Now())
    transaction.on_commit(partial(live.announce, member_id))
