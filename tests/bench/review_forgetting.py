"""Measures the day's look for what is kept no longer, in the database that the environment names."""

import resource
import statistics
import sys
import time

from generations.jobs import forgetting, line
from generations.models import Generation, Job, ModerationPolicy
from team.models import User

_DAYS = 1  # that refusals are kept: all that were decided are older


def measure(by: User) -> None:
    """Forget what is decided among the refusals; write how long it took, in what steps and what memory."""
    ModerationPolicy.objects.update_or_create(pk=1, defaults={"keep_refused_days": _DAYS, "changed_by": by})
    Job.objects.filter(kind=line.FORGET).delete()
    forgetting.begin_if_due()
    job = line.claim()
    if job is None:
        raise RuntimeError("The day's look is not in the line.")
    before, begun, spent = _memory(), time.perf_counter(), time.process_time()
    steps, is_over = [], False
    while not is_over:
        at = time.perf_counter()
        is_over = forgetting.step(job)
        steps.append((time.perf_counter() - at) * 1000)
        if len(steps) == 1:
            before = _memory()  # of a process that has done everything once
    took, worked = time.perf_counter() - begun, time.process_time() - spent
    gone = Generation.objects.filter(forgotten_at__isnull=False).count()
    p95 = statistics.quantiles(steps, n=20, method="inclusive")[-1]
    told = (
        f"Forgotten: {gone:,} of {Generation.objects.count():,} in {took:.0f} s, of which this process worked"
        f" {worked:.0f} s.",
        f"{len(steps):,} steps, each a transaction: p50 {statistics.median(steps):.0f} ms, p95 {p95:.0f} ms,"
        f" longest {max(steps):.0f} ms.",
        f"Memory: {before:.0f} MiB after the first step, {_memory():.0f} MiB after the last.",
    )
    sys.stdout.write("\n" + "\n".join(told) + "\n")


def _memory() -> float:
    """The most that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
