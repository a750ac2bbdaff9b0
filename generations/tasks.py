"""Doorbells say that there is work; which, the database knows. Losing or doubling one is harmless."""

import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from generations import execution, workers

logger = logging.getLogger(__name__)


@shared_task(name="generations.run_call")
def run_call() -> None:
    """Take one call from the line; runs in the pool that is made for waiting."""
    done = execution.execute_next()
    if done is None:
        return
    if done.received:
        ring_for_settlement(done.call_id, done.host)
    ring()  # the end of one call may be the turn of another


@shared_task(name="generations.settle_call")
def settle_call(call_id: str) -> None:
    """Decode and store one answer; runs in the pool that may compute, on the host with the spool."""
    settled = execution.settle(UUID(call_id))
    if settled is not None and not settled.waits:
        ring()


@shared_task(name="generations.sweep")
def sweep() -> None:
    """Ring again for whatever waits; in a queue of its own, which no long call can keep waiting."""
    swept = execution.sweep()
    for _ in range(swept.startable):
        ring()
    for call_id, host in swept.received:
        ring_for_settlement(call_id, host)


def ring() -> None:
    """Say that a call waits. The row is saved, so an unreachable broker costs time and nothing else."""
    try:
        run_call.apply_async(retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("The broker is out of reach; the sweep rings again.")


def ring_for_settlement(call_id: UUID, host: str) -> None:
    """Say that an answer lies in the spool of that host."""
    try:
        settle_call.apply_async(args=(str(call_id),), queue=f"images.{host}", retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("The broker is out of reach; the sweep rings again.")


@worker_ready.connect
def say_that_the_pool_is_here(sender: Any, **_: Any) -> None:
    """Start the signs of life of this worker, which is named after its pool: calls@host or images@host."""
    pool = str(sender.hostname).partition("@")[0]
    workers.announce_for_ever(pool)
    if pool == "calls":
        execution.keep_claims_alive()
