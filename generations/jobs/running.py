"""Takes jobs forward, a turn of seconds at a time, so that none keeps the others or the images waiting."""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import transaction

from generations.execution.worker import work_root
from generations.jobs import (
    emptying,
    evidence,
    exporting,
    forgetting,
    importing,
    line,
    traces,
    undoing,
    zipping,
)
from generations.jobs.actions import ACTIONS, UNDO, Piece
from generations.jobs.broken import Impossible
from generations.jobs.picking import count, next_chunk
from generations.models import Job, JobStatus
from generations.storage import StorageUnavailable
from generations.submission import MayNotAsk

logger = logging.getLogger(__name__)

TURN = 8.0  # seconds, after which the next job has its turn
RETRY_AFTER = 30.0  # seconds, when the storage or this host's disk does not work

Step = Callable[[Job], bool]  # goes one commit further; True when the job has ended


def run_next() -> bool:
    """Give the next job its turn; False when there is none, or another process of this host has one."""
    with _one_on_this_host() as is_free:
        job = line.claim() if is_free else None
        if job is None:
            return False
        try:
            with line.held(job):
                _take_forward(job)
        except line.Taken:
            logger.info("job %s: cancelled, or taken over by another worker", job.pk)
    return True


def _take_forward(job: Job) -> None:
    if job.arguments.get("lost", 0) >= line.MOST_LOST:
        line.end(job, JobStatus.FAILED, reason="worker_lost")
        if job.kind == "import":
            importing.forget(job)
        return
    step, until = _STEPS.get(job.kind, _act), time.monotonic() + TURN
    try:
        while not step(job):
            if time.monotonic() > until:
                line.release(job)
                return
    except Impossible as error:
        line.end(job, JobStatus.FAILED, reason=error.reason)
    except (StorageUnavailable, OSError) as error:
        logger.warning("job %s: %s It goes on later.", job.pk, error)
        line.release(job, seconds=RETRY_AFTER)


def _act(job: Job) -> bool:
    """Do the action to the next images: how far it has come and what was done are one transaction."""
    action = ACTIONS.get(job.kind)
    if action is None:
        raise Impossible("unknown_job")  # of a newer release
    if job.total is None:
        line.commit(job, total=count(job))
    chunk = next_chunk(job, action, after=job.place)
    if chunk is None:
        line.end(job, JobStatus.DONE)
        return True
    number = job.arguments.get("traces", 0)
    traced = {"traces": number + 1} if action.memory else {}
    try:
        with transaction.atomic():
            line.commit(
                job,
                place=str(chunk.place),
                done=job.done + len(chunk.images),
                left_out=job.left_out + chunk.asked - len(chunk.images),
                arguments={**job.arguments, **traced},
            )
            piece = Piece(chunk.images, job.arguments, job.member, job.pk, job.created_at)
            traces.act(action, piece, number=number)
    except MayNotAsk as error:
        raise Impossible("may_not_ask") from error
    return False


@contextmanager
def _one_on_this_host() -> Iterator[bool]:
    """The other processes of this host's pool are left to images that members wait for."""
    root = work_root()
    root.mkdir(parents=True, exist_ok=True)
    with (root.parent / "jobs.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


_STEPS: Mapping[str, Step] = {
    "zip": zipping.step,
    "export": exporting.step,
    "import": importing.step,
    evidence.KIND: evidence.step,
    "empty": emptying.step,
    UNDO: undoing.step,
    line.PURGE: emptying.step,
    line.FORGET: forgetting.step,
}
