"""Doorbells say that there is work; which, the database knows. Losing or doubling one is harmless."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from celery import current_app, shared_task
from celery.signals import worker_init, worker_ready, worker_shutting_down
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from generations import execution, lookout, workers
from generations.moderation import rewriting

logger = logging.getLogger(__name__)

# A page rings before it answers, so a broker that is away or hangs must not be waited for.
_IMPATIENT = {"max_retries": 0, "socket_timeout": 0.5, "socket_connect_timeout": 0.5}
_MOST_LYING = 100  # messages in a queue whose workers are away; more would only fill the broker


@shared_task(name="generations.run_call")
def run_call() -> None:
    """Take one call from the line; runs in the pool that is made for waiting."""
    lookout.heard()
    if call_next():
        ring()  # the end of one call may be the turn of another


def call_next() -> bool:
    """See one call through to its answer; False when nothing may start now."""
    done = execution.execute_next(ring_for_preview=ring_for_preview)
    if done is None:
        return False
    if done.received:
        ring_for_settlement(done.call_id, done.host)
    return True


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


@shared_task(name="generations.run_rewrite")
def run_rewrite() -> None:
    """Ask a chat model for other words once; runs in the pool that is made for waiting."""
    if not execution.is_stopping():
        rewriting.run_next()


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


def ring_for_job() -> None:
    """Say that a job waits, to whichever images worker; the task stands in jobs, which this does not know."""
    _send(current_app.signature("generations.run_job"), [()], queue="sweep")


def ring_for_rewrite() -> None:
    """Say that somebody waits for other words; without a bell the calls workers look for them."""
    _send(run_rewrite, [()], queue="calls")


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


@worker_init.connect
def look_out(sender: Any, **_: Any) -> None:
    """Start what this worker does without Redis, for which a worker that starts may have to wait."""
    pool = _pool(sender.hostname)
    if pool not in workers.POOLS:
        return
    lookout.keep(lookout.sweep, name="sweep")
    if pool == "calls":
        execution.keep_claims_alive()
        # How many threads there are is known only later.
        lookout.keep(
            lambda: lookout.take_calls(call_next, at_once=int(sender.concurrency), ring=ring),
            name="look-for-calls",
        )
        lookout.keep(lookout.propose_other_words, name="look-for-rewrites")
    else:
        lookout.keep(lookout.settle_answers, name="look-for-answers")


@worker_ready.connect
def say_that_the_pool_is_here(sender: Any, **_: Any) -> None:
    """Start the signs of life that people see."""
    workers.announce_for_ever(_pool(sender.hostname))


@worker_shutting_down.connect
def take_nothing_more(**_: Any) -> None:
    """At the signal: what is in flight is finished first, and what has not been sent is left to others."""
    execution.stop_claiming()


def _pool(hostname: str) -> str:
    """A worker is named after its pool: calls@host or images@host."""
    return hostname.partition("@")[0]
