"""Takes back what a long job has done: a piece at a time, as it was done."""

from django.db import transaction

from generations.jobs import line, traces
from generations.jobs.actions import Piece, action_of
from generations.jobs.broken import Impossible
from generations.models import Job, JobStatus


def step(job: Job) -> bool:
    """Take back the next piece; True at the end."""
    action = action_of(job)
    undone = Job.objects.filter(pk=job.arguments["of"], member=job.member).first()
    if action is None or action.memory is None or undone is None:
        raise Impossible("unknown_job")
    number = int(job.place or 0)
    if number >= undone.arguments["traces"]:
        line.end(job, JobStatus.DONE)
        return True
    with transaction.atomic():
        line.commit(job, arguments={**job.arguments, "traces": number + 1})
        trace = traces.find(undone, number)
        images = trace.images(action.memory, job.member)
        piece = Piece(images, job.arguments, job.member, job.pk, job.created_at)
        changed, _ = traces.take_back(action.memory, piece, trace, number=number)
        left = len(trace.changes) - changed
        line.commit(
            job,
            place=str(number + 1),
            done=job.done + trace.size - left,
            left_out=job.left_out + left,
        )
    return False
