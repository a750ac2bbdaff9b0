"""A job as pages show it: what it is, how far it has come, and what can be done with it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations.jobs import asking, line
from generations.jobs.actions import UNDO, action_of
from generations.jobs.broken import sentence
from generations.models import Job, JobStatus

_NAMES: dict[str, Promise] = {
    "zip": gettext_lazy("Download as a zip file"),
    "export": gettext_lazy("Export of everything"),
    "import": gettext_lazy("Import"),
    "evidence": gettext_lazy("Evidence of reviewed cases"),
    "empty": gettext_lazy("Empty the trash"),
}
_TONES = {
    JobStatus.WAITING: "muted",
    JobStatus.RUNNING: "running",
    JobStatus.DONE: "ok",
    JobStatus.FAILED: "bad",
    JobStatus.CANCELLED: "muted",
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """What a page says about a job."""

    pk: UUID
    name: str
    status: str
    tone: str
    is_open: bool
    processed: int  # of `total`
    total: int | None
    left_out: int
    explanation: str
    file_name: str  # empty when there is none to fetch
    bytes: int | None
    sha256: str
    expires_at: datetime | None
    has_expired: bool
    can_undo: bool
    created_at: datetime
    finished_at: datetime | None
    details: tuple[str, ...]  # sentences about what was left out


def line_of(job: Job) -> JobLine:
    """Return what a page says about a job."""
    has_expired = job.expires_at is not None and job.expires_at <= timezone.now()
    return JobLine(
        pk=job.pk,
        name=_name(job),
        status=job.get_status_display(),
        tone=_TONES[JobStatus(job.status)],
        is_open=job.status in line.OPEN,
        processed=job.done + job.left_out,
        total=job.total,
        left_out=0 if job.kind == UNDO else job.left_out,
        explanation=sentence(job.reason) if job.reason else "",
        file_name=job.file_name if job.file and not has_expired else "",
        bytes=job.bytes,
        sha256=job.arguments.get("sha256", ""),
        expires_at=job.expires_at,
        has_expired=has_expired,
        can_undo=asking.can_undo(job),
        created_at=job.created_at,
        finished_at=job.finished_at,
        details=tuple(_details(job)),
    )


def _name(job: Job) -> str:
    action = action_of(job)
    name = str(_NAMES.get(job.kind) or (action.label if action else job.kind))
    if job.kind == UNDO:
        return _("Undo: %(name)s") % {"name": name}
    part = job.arguments.get("part")
    return _("%(name)s, part %(part)s") % {"name": name, "part": part} if part else name


def _details(job: Job) -> Iterator[str]:
    yield from asking.changed_since(job)
    if number := job.arguments.get("images_left_out", 0):
        yield ngettext(
            "%(n)s image could not be used: it is damaged, or not what the list says.",
            "%(n)s images could not be used: they are damaged, or not what the list says.",
            number,
        ) % {"n": number}


def lines_of(jobs: Iterable[Job]) -> list[JobLine]:
    return [line_of(job) for job in jobs]
