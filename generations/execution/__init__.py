"""The half of the studio below the queue: take a call, ask, keep what was paid for, settle the row."""

from generations.execution.calling import Executed, execute_next
from generations.execution.claiming import startable
from generations.execution.developing import make_preview
from generations.execution.settling import Settled, settle
from generations.execution.sweeping import Swept, sweep
from generations.execution.worker import (
    calls_in_hand,
    is_stopping,
    keep_claims_alive,
    stop_claiming,
)

__all__ = [
    "Executed",
    "Settled",
    "Swept",
    "calls_in_hand",
    "execute_next",
    "is_stopping",
    "keep_claims_alive",
    "make_preview",
    "settle",
    "startable",
    "stop_claiming",
    "sweep",
]
