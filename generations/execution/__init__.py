"""The half of the studio below the queue: take a call, ask, keep what was paid for, settle the row."""

from generations.execution.calling import Executed, execute_next
from generations.execution.claiming import startable
from generations.execution.developing import make_preview
from generations.execution.settling import Settled, settle
from generations.execution.sweeping import Swept, sweep
from generations.execution.worker import (
    free_hands,
    is_stopping,
    keep_claims_alive,
    stop_claiming,
    take_at_most,
)

__all__ = [
    "Executed",
    "Settled",
    "Swept",
    "execute_next",
    "free_hands",
    "is_stopping",
    "keep_claims_alive",
    "make_preview",
    "settle",
    "startable",
    "stop_claiming",
    "sweep",
    "take_at_most",
]
