"""The half of the studio below the queue: take a call, ask, keep what was paid for, settle the row."""

from generations.execution.calling import Executed, execute_next
from generations.execution.settling import Settled, settle
from generations.execution.sweeping import Swept, sweep
from generations.execution.worker import keep_claims_alive

__all__ = ["Executed", "Settled", "Swept", "execute_next", "keep_claims_alive", "settle", "sweep"]
