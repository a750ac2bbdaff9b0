"""Takes one job of a zip to its end in this process, as a worker does, and tells what that took.

`python -m tests.bench.zip_job named` names the images, as many as a form may; `all` asks for the whole
history, as a search does.
"""

import json
import resource
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

from generations.jobs import asking, running
from generations.jobs.actions import ACTIONS
from generations.models import Image, Job, JobStatus
from generations.storage import open_object
from team.models import User

_MEGABYTE = 1_000_000


def main(how: str) -> int:
    member = User.objects.order_by("pk")[0]
    images = Image.objects.kept().filter(generation__member=member)
    before = _peak()
    told = {"pattern": "{date}-{words}-{id}", "metadata": True}
    if how == "named":
        ids = list(images.values_list("pk", flat=True)[: asking.MOST_NAMED])
        job = asking.ask(ACTIONS["zip"], member=member, images=ids, arguments=told)
    else:
        job = asking.ask(ACTIONS["zip"], member=member, query="", arguments=told)
    sys.stdout.write(f"{images.count():,} images, {how}; this process has {before:.0f} MB\n")
    _run(job)
    for part in Job.objects.filter(pk=job.pk) | Job.objects.filter(arguments__first=str(job.pk)):
        _tell(part)
    return 0


def _run(job: Job) -> None:
    """Give turns until nothing is left, and tell of each how far it came."""
    begun, processors = time.monotonic(), time.process_time()
    while running.run_next():
        job.refresh_from_db()
        spent = f"{time.monotonic() - begun:.0f} s, {time.process_time() - processors:.0f} of a processor"
        sys.stdout.write(f"  {job.done:>7,} of {job.total:,}  {spent}  most {_peak():.0f} MB\n")
        sys.stdout.flush()


def _tell(job: Job) -> None:
    """Read the file that was stored, and say what is in it; raises where it is not what was asked for."""
    assert job.status == JobStatus.DONE, (job.status, job.reason)
    with open_object(job.file) as stream, zipfile.ZipFile(stream) as made:
        assert made.testzip() is None
        names = Counter(Path(name).suffix for name in made.namelist())
        assert len(set(made.namelist())) == len(made.namelist())
        listed = json.loads(made.read("manifest.json"))["images"]
    assert len(listed) == job.done
    sys.stdout.write(
        f"  {job.file_name}: {(job.bytes or 0) / _MEGABYTE:.0f} MB, {dict(names)}, {job.left_out} left out\n"
    )


def _peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEGABYTE


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
