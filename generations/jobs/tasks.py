"""The doorbells of jobs, and what looks after jobs when no bell rings."""

import time
from typing import Any

from celery import shared_task
from celery.signals import worker_init

from generations import lookout, tasks, trash
from generations.jobs import emptying, files, forgetting, line, running, traces

_EVERY = 600.0  # seconds between two looks at what is due to be removed
_last_look = -_EVERY


@shared_task(name="generations.run_job")
def run_job() -> None:
    """Give one job its turn; runs in the pool that may compute."""
    if running.run_next() and line.startable().exists():
        tasks.ring_for_job()


@shared_task(name="generations.sweep_jobs")
def sweep_jobs() -> None:
    """Ring for what waits or was lost, and remove what is due; in the queue of the sweep."""
    _look_after()
    if line.startable().exists():
        tasks.ring_for_job()


def look_for_jobs() -> None:
    """Without the broker, take jobs forward from here."""
    if not lookout.broker_answers():
        _look_after()
        running.run_next()


def _look_after() -> None:
    global _last_look
    if time.monotonic() - _last_look < _EVERY:
        return
    _last_look = time.monotonic()
    trash.bring_back_what_still_arrived()
    emptying.purge_what_is_due()
    forgetting.begin_if_due()
    files.remove_expired()
    traces.remove_expired()


@worker_init.connect
def look_out(sender: Any, **_: Any) -> None:
    """Images workers find jobs by themselves when Redis is away."""
    if sender.hostname.partition("@")[0] == "images":
        lookout.keep(look_for_jobs, name="look-for-jobs")
