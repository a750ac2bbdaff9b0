"""Cases of the review in zip files: what was asked and answered, who decided what, and pictures where wanted.

Whether whoever asked may still look at a case is looked at anew when its turn comes, and each is noted as
looked at. The pictures of severe cases come along only where that was asked for by itself.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from generations.jobs import asking, line
from generations.jobs.archive import Archive
from generations.jobs.arguments import NotUnderstood
from generations.jobs.broken import Impossible
from generations.jobs.evidence_records import COLUMNS, case_record, row_of
from generations.jobs.files import deliver
from generations.jobs.filling import Contents, fill, following
from generations.jobs.names import folded
from generations.jobs.table import table
from generations.models import Case, Image, Job
from generations.review import looks
from generations.review.sight import needs_two
from generations.storage import fetch
from team.models import Role, User

logger = logging.getLogger(__name__)

KIND: Final = "evidence"
MOST: Final = 1000  # cases of one job
CHUNK = 10  # cases between two commits
FORMAT = "imagestudio-evidence"
_CASES, _ROWS = "cases", "rows"


def ask(cases: Sequence[int], *, member: User, images: bool, severe_images: bool) -> Job:
    """Begin to put cases into a file; of severe ones the pictures only with `severe_images`.

    Raises:
        NotUnderstood: there are none, or more than fit.
    """
    ids = sorted(set(cases))
    if not 0 < len(ids) <= MOST:
        raise NotUnderstood(_("Choose at least one case, and %(most)s at most.") % {"most": MOST})
    arguments = {"cases": ids, "images": images, "severe_images": severe_images}
    return asking.start(KIND, member=member, arguments=arguments)


def may_fetch(job: Job, user: User) -> bool:
    """Whether somebody may fetch the file of a job of theirs: evidence only while they may look at it."""
    if job.kind != KIND:
        return True
    return user.is_reviewer and (user.is_administrator or "severe" not in job.arguments)


def step(job: Job) -> bool:
    """Put cases in for some seconds; True when the file is stored."""
    return fill(job, Contents(begin="0", count=_count, add_some=_add_some, deliver=_deliver))


def _count(job: Job) -> int:
    return len(job.arguments["cases"])


def _add_some(job: Job, archive: Archive, folder: Path) -> bool:
    ids = [pk for pk in job.arguments["cases"] if pk > int(archive.cursor)][:CHUNK]
    if not ids:
        return False
    cases = _allowed(ids, job)
    is_severe = _add(cases, job, archive, folder)
    archive.cursor = str(ids[-1])
    line.commit(
        job,
        place=archive.place,
        done=job.done + len(cases),
        left_out=job.left_out + len(ids) - len(cases),
        arguments={**job.arguments, **({"severe": True} if is_severe else {})},
    )
    return True


def _allowed(ids: Sequence[int], job: Job) -> list[Case]:
    """Those of some cases that whoever asked may look at now."""
    roles = (Role.REVIEWER, Role.ADMINISTRATOR)
    reader = User.objects.filter(pk=job.member_id, is_active=True, role__in=roles).first()
    if reader is None:
        raise Impossible("no_cases")
    job.member = reader
    found = Case.objects.for_reviewer(reader).filter(pk__in=ids).order_by("pk")
    cases = list(found.select_related("generation__member", "generation__endpoint", "opened_by"))
    prefetch_related_objects(
        cases,
        "verdicts__reviewer",
        "generation__calls",
        "generation__refusals__cases__verdicts",
        "generation__images",
        "generation__pre_check__endpoint",
        "generation__reference_uses__reference",
    )
    return cases


def _add(cases: Sequence[Case], job: Job, archive: Archive, folder: Path) -> bool:
    """Put in cases, and their pictures where they come along; return whether one of the cases is severe."""
    severe = {case.pk for case in cases if needs_two(case)}
    allowed = {case.pk for case in cases if case.pk not in severe or job.arguments["severe_images"]}
    seen = [case for case in cases if job.arguments["images"] and case.pk in allowed]
    pictures = _fetched(seen, job.member, folder)
    looks.note((case.generation for case in cases), reader=job.member)
    looks.note((case.generation for case in seen), reader=job.member, saw_images=True)
    names: dict[str, str] = {}
    for image, source in pictures:
        name = f"images/{image.pk}.{image.original.rpartition('.')[2]}"
        if folded(name) not in archive.names:
            archive.add_file(source, name, made_at=image.created_at)
            archive.hold(image.pk)
        names[str(image.pk)] = name
    for case in cases:
        files = names if case in seen else {}
        record = case_record(case, files, severe=case.pk in severe, currency=settings.STUDIO_CURRENCY)
        archive.write_line(_CASES, record)
        archive.write_line(_ROWS, row_of(record, case.latest_verdict))
    return bool(severe)


def _fetched(cases: Sequence[Case], reader: User, folder: Path) -> list[tuple[Image, Path]]:
    """Fetch all first: when the storage fails in between, nothing of the cases is in the file yet."""
    of_them = Image.objects.visible_to(reader).filter(generation__in={case.generation_id for case in cases})
    fetched = []
    for place, image in enumerate(of_them.order_by("pk").distinct()):
        source = folder / f"source-{place}"
        try:
            fetch(image.original, source)
        except FileNotFoundError:
            logger.error("evidence: image %s: its file is missing in the storage", image.pk)
            continue
        fetched.append((image, source))
    return fetched


def _deliver(job: Job, archive: Archive, is_last: bool) -> None:
    part = job.arguments.get("part", 1)
    if is_last and not job.done and part == 1:
        raise Impossible("no_cases")
    archive.add_made("cases.csv", table(COLUMNS, archive.lines(_ROWS)))
    archive.add_made("manifest.json", _manifest(job, archive, part=part, is_last=is_last))
    archive.finish(sums="SHA256SUMS")
    number = "" if is_last and part == 1 else f"-{part}"
    name = f"evidence-{timezone.localtime(job.created_at):%Y-%m-%d}{number}.zip"
    deliver(job, archive.path, name=name, following=None if is_last else following(job, archive.cursor))


def _manifest(job: Job, archive: Archive, *, part: int, is_last: bool) -> Iterator[str]:
    """One object, written line by line."""
    head = {
        "format": FORMAT,
        "version": 1,
        "part": part,
        "is_last": is_last,
        "made_at": timezone.now().isoformat(),
        "made_by": {"name": job.member.name, "email": job.member.email},
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "cases": ['
    for place, record in enumerate(archive.lines(_CASES)):
        yield f"{',' if place else ''}\n{record}"
    yield "\n]}\n"
