"""Doorbells say that there is work; which, the database knows. Losing or doubling one is harmless."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from celery.signals import worker_ready
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from generations import execution, workers

logger = logging.getLogger(__name__)

# A page rings before it answers, so a broker that is away or hangs must not be waited for.
_IMPATIENT = {"max_retries": 0, "socket_timeout": 0.5, "socket_connect_timeout": 0.5}
_MOST_LYING = 100  # messages in a queue whose workers are away; more would only fill the broker


@shared_task(name="generations.run_call")
def run_call() -> None:
    """Take one call from the line; runs in the pool that is made for waiting."""
    done = execution.execute_next(ring_for_preview=ring_for_preview)
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


@shared_task(name="generations.make_preview")
def make_preview(call_id: str) -> None:
    """Show what has come of an image that is being made; runs in the pool that may compute."""
    execution.make_preview(UUID(call_id))


@shared_task(name="generations.sweep")
def sweep() -> None:
    """Ring again for whatever waits; in a queue of its own, which no long call can keep waiting."""
    swept = execution.sweep()
    by_host: defaultdict[str, list[tuple[str]]] = defaultdict(list)
    for call_id, host in swept.received:
        by_host[host].append((str(call_id),))
    ring(swept.startable)
    for host, arguments in by_host.items():
        _send(settle_call, arguments, queue=f"images.{host}")


def ring(times: int = 1) -> None:
    """Say that calls wait. The rows are saved, so an unreachable broker costs time and nothing else."""
    _send(run_call, [()] * times, queue="calls")


def ring_for_settlement(call_id: UUID, host: str) -> None:
    """Say that an answer lies in the spool of that host."""
    _send(settle_call, [(str(call_id),)], queue=f"images.{host}")


def ring_for_preview(call_id: UUID, host: str) -> bool:
    """Say that a partial image has come; False when the broker is out of reach, and nobody can know."""
    return _send(make_preview, [(str(call_id),)], queue=f"images.{host}")


def _send(task: Any, messages: Sequence[tuple[str, ...]], *, queue: str) -> bool:
    if not messages:
        return True
    try:
        with current_app.connection_for_write(transport_options=_IMPATIENT) as broker:
            channel: Any = broker.default_channel  # the stubs know no client, which only Redis's has
            room = _MOST_LYING - channel.client.llen(queue)
            for arguments in messages[: max(0, room)]:
                task.apply_async(args=arguments, queue=queue, connection=broker, retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("The broker is out of reach; the sweep rings again.")
        return False
    return True


@worker_ready.connect
def say_that_the_pool_is_here(sender: Any, **_: Any) -> None:
    """Start the signs of life of this worker, which is named after its pool: calls@host or images@host."""
    pool = str(sender.hostname).partition("@")[0]
    workers.announce_for_ever(pool)
    if pool == "calls":
        execution.keep_claims_alive()
