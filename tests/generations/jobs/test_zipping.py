"""Zip files: what is in them, who gets them, and that they go on after a worker was lost."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image as Picture

from generations.jobs import archive, asking, files, filling, line, running, zipping
from generations.jobs.actions import ACTIONS
from generations.jobs.picking import next_chunk
from generations.models import Image, Job, JobStatus
from generations.models.calls import lease
from generations.storage import StorageUnavailable
from team.models import User
from tests.fake_endpoint import picture
from tests.generations.jobs.conftest import MakeImage, content_of, finished, run_jobs, stored

pytestmark = pytest.mark.django_db


def asked(member: User, images: list[Image], **arguments: Any) -> Job:
    told = {"pattern": "{words}-{id}", "metadata": True, **arguments}
    ids = [image.pk for image in images]
    return asking.ask(ACTIONS["zip"], member=member, images=ids, arguments=told)


def test_a_zip_holds_the_pictures_a_list_a_table_and_sums(mei: User, make: MakeImage) -> None:
    images = [make(prompt="一只白猫"), make(prompt="=1+1"), make(prompt="a/b")]

    job = finished(asked(mei, images))

    assert (job.status, job.done, job.left_out) == (JobStatus.DONE, 3, 0)
    with zipfile.ZipFile(content_of(job)) as made:
        assert made.testzip() is None
        pictures = [name for name in made.namelist() if name.endswith(".png")]
        assert any(name.startswith("一只白猫-") for name in pictures)
        assert {made.getinfo(name).compress_type for name in pictures} == {zipfile.ZIP_STORED}
        manifest = json.loads(made.read("manifest.json"))
        rows = list(csv.DictReader(io.StringIO(made.read("images.csv").decode("utf-8-sig"))))
        for told in manifest["images"]:
            assert hashlib.sha256(made.read(told["file"])).hexdigest() == told["file_sha256"]
            assert told["file_sha256"].encode() in made.read("SHA256SUMS.txt")
    assert {row["sha256"] for row in rows} == {image.sha256 for image in images}
    assert "'=1+1" in {row["prompt"] for row in rows}


@pytest.mark.parametrize("metadata", [True, False])
def test_the_switch_decides_whether_files_say_how_they_were_made(
    mei: User, make: MakeImage, metadata: bool
) -> None:
    image = make(prompt="a quiet lake")
    before = stored(image.original)

    job = finished(asked(mei, [image], metadata=metadata))

    with zipfile.ZipFile(content_of(job)) as made:
        (name,) = (name for name in made.namelist() if name.endswith(".png"))
        content = made.read(name)
    assert (b"a quiet lake" in content) is metadata
    assert (content == before) is not metadata
    assert Picture.open(io.BytesIO(content)).tobytes() == Picture.open(io.BytesIO(before)).tobytes()
    assert stored(image.original) == before


def test_what_cannot_hold_a_packet_has_one_beside_it(mei: User, make: MakeImage) -> None:
    signed = picture()[:33] + b"\0\0\0\0caBX\0\0\0\0" + picture()[33:]

    job = finished(asked(mei, [make(content=signed)]))

    with zipfile.ZipFile(content_of(job)) as made:
        (beside,) = (name for name in made.namelist() if name.endswith(".xmp"))
        assert made.read(beside.removesuffix(".xmp")) == signed
        assert b"a white cat" in made.read(beside)


def test_what_is_no_longer_the_members_is_left_out(mei: User, bo: User, make: MakeImage) -> None:
    images = [make(), make(), make(), make(member=bo)]
    job = asked(mei, images)
    default_storage.delete(images[0].original)
    Image.objects.filter(pk=images[1].pk).update(trashed_at=timezone.now())

    job = finished(job)

    assert (job.done, job.left_out) == (1, 3)


def test_nothing_to_put_in_is_said(client: Client, mei: User, bo: User, make: MakeImage) -> None:
    client.force_login(mei)

    job = finished(asked(mei, [make(member=bo)]))

    assert job.status == JobStatus.FAILED
    assert "None of these images is there any more." in client.get(f"/jobs/{job.pk}/").content.decode()


def test_a_large_zip_comes_in_parts(
    client: Client, mei: User, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(mei)
    monkeypatch.setattr(archive, "PART_ENTRIES", 2)
    monkeypatch.setattr(zipping, "CHUNK", 2)
    first = asked(mei, [make() for _ in range(5)])

    run_jobs()

    parts = sorted(Job.objects.all(), key=lambda job: job.arguments.get("part", 1))
    assert [part.done for part in parts] == [2, 2, 1]
    names = {
        name for part in parts for name in zipfile.ZipFile(content_of(part)).namelist() if ".png" in name
    }
    assert len(names) == 5
    page = client.get(f"/jobs/{first.pk}/").content.decode()
    assert all(f"/jobs/{part.pk}/file/" in page for part in parts)


def test_a_lost_worker_costs_nothing_but_time(
    mei: User, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipping, "CHUNK", 1)
    asked(mei, [make() for _ in range(4)])
    job = line.claim()
    assert job is not None
    monkeypatch.setattr(filling, "TURN", 0.0)
    with archive.Archive(files.folder_of(job), "") as half:  # dies in the middle, having committed one
        line.commit(job, total=4)
        chunk = next_chunk(job, ACTIONS["zip"], after="", size=1)
        assert chunk is not None
        zipping._add(job, half, chunk, files.folder_of(job))
        half.cursor = str(chunk.place)
        line.commit(job, place=half.place, done=1)
        half.close()
    with half.path.open("r+b") as cut:  # without its directory, as it is while it is written
        cut.truncate(half.path.stat().st_size - 10)
    Job.objects.update(lease_until=lease(-1))
    monkeypatch.setattr(filling, "TURN", 8.0)

    job = finished(job)

    assert (job.status, job.done) == (JobStatus.DONE, 4)
    with zipfile.ZipFile(content_of(job)) as made:
        assert made.testzip() is None
        assert sum(name.endswith(".png") for name in made.namelist()) == 4


def test_turns_of_one_zip_go_on_where_the_last_one_stood(
    mei: User, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (running, filling):
        monkeypatch.setattr(module, "TURN", 0.0001)
    monkeypatch.setattr(zipping, "CHUNK", 1)
    job = finished(asked(mei, [make() for _ in range(3)]))

    assert (job.status, job.done) == (JobStatus.DONE, 3)
    assert job.epoch >= 3


def test_a_storage_that_is_away_is_waited_for(
    mei: User, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = asked(mei, [make()])
    with monkeypatch.context() as patch:
        patch.setattr(zipping, "fetch", _away)
        running.run_next()
    job.refresh_from_db()
    assert (job.status, line.claim()) == (JobStatus.WAITING, None)

    Job.objects.update(lease_until=None)

    assert finished(job).status == JobStatus.DONE


def test_a_file_leaves_for_some_days_only(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    job = finished(asked(mei, [make()]))
    answer = client.get(f"/jobs/{job.pk}/file/")
    assert answer["Content-Disposition"] == f'attachment; filename="{job.file_name}"'
    assert int(answer["Content-Length"]) == len(b"".join(answer)) == job.bytes

    Job.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/jobs/{job.pk}/file/").status_code == 404
    files.remove_expired()

    assert not default_storage.exists(job.file)
    assert "The file has been removed." in client.get(f"/jobs/{job.pk}/").content.decode()


def test_a_form_asks_for_names_and_metadata_first(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    image = make()
    form = client.post("/history/act/", {"action": "zip", "images": [str(image.pk)]}).content.decode()
    assert "Download 1 image" in form
    assert "checked" in form

    fields = {"action": "zip", "images": str(image.pk), "has_metadata": "1", "pattern": "cat {number}"}
    client.post("/history/act/", fields)
    job = finished(Job.objects.get())

    assert job.arguments["metadata"] is False
    assert "cat 0001.png" in zipfile.ZipFile(content_of(job)).namelist()


def _away(*args: object) -> None:
    raise StorageUnavailable("away")
