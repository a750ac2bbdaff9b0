"""Everything of a member taken along and brought into another studio; and archives that are up to no good."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow
from PIL import ImageDraw
from pytest_django import Settings

from generations import collecting, keeping
from generations.jobs import asking, opening
from generations.models import (
    Call,
    Collection,
    Generation,
    Image,
    Job,
    JobStatus,
    Reference,
    Refusal,
    SavedPrompt,
)
from team.models import User
from tests.fake_endpoint import picture
from tests.generations.jobs.conftest import MakeImage, content_of, finished, stored

pytestmark = pytest.mark.django_db
A, B = str(UUID(int=1)), str(UUID(int=2))


@pytest.fixture
def exported(mei: User, make: MakeImage) -> bytes:
    """An export of what Mei has: two images in order, a refusal, a prompt."""
    image, plain = make(prompt="一只白猫", rating=4, is_favourite=True, note="for the wall"), make()
    keeping.tag([image], names=["猫"], by=mei)
    wall = Collection.objects.create(owner=mei, name="Wall", access="view")
    collecting.add([image], wall, by=mei)
    call = plain.call
    Call.objects.filter(pk=call.pk).update(cost="0.04", usage={"total_tokens": 7})
    Refusal.objects.create(
        call=call, generation=plain.generation, stage="withheld", categories=["violence"], asked=2, withheld=1
    )
    prompt = SavedPrompt.objects.create(owner=mei, name="Portrait")
    prompt.versions.create(number=1, text="{subject}", created_by=mei)
    job = finished(asking.start("export", member=mei, arguments={}))
    assert job.status == JobStatus.DONE
    return content_of(job).read()


def bring(member: User, content: bytes) -> Job:
    """Send an archive as the page does, and see its import to the end."""
    client = Client()
    client.force_login(member)
    upload = SimpleUploadedFile("export.zip", content, content_type="application/zip")
    answer = client.post("/data/import/", {"archive": upload})
    assert answer.url.startswith("/jobs/")  # type: ignore[attr-defined]
    return finished(Job.objects.get(pk=answer.url.split("/")[2]))  # type: ignore[attr-defined]


def test_an_export_holds_everything_and_checks_out(exported: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(exported)) as made:
        assert made.testzip() is None
        assert json.loads(made.read("manifest.json"))["format"] == "imagestudio-export"
        rows = [json.loads(row) for row in made.read("generations.jsonl").splitlines()]
        for image in (image for row in rows for image in row["images"]):
            assert made.read(image["file"]) == picture()
        assert b"Wall" in made.read("collections.jsonl")
        assert b"{subject}" in made.read("prompts.jsonl")
    assert {row["prompt"] for row in rows} == {"一只白猫", "a white cat"}


def test_another_member_brings_it_in_and_only_once(exported: bytes, bo: User) -> None:
    first, second = bring(bo, exported), bring(bo, exported)

    assert (first.status, first.done, first.left_out) == (JobStatus.DONE, 2, 0)
    assert second.done == 2
    own = Generation.objects.filter(member=bo)
    assert {row.source for row in own} == {"import"}
    image = Image.objects.get(generation__member=bo, rating=4)
    assert (image.generation.prompt, image.note, image.is_favourite) == ("一只白猫", "for the wall", True)
    assert [tag.name for tag in image.tags.all()] == ["猫"]
    collection = Collection.objects.get(owner=bo)
    assert (collection.name, collection.access, collection.items.get().image) == ("Wall", "private", image)
    assert stored(image.original) == picture()
    assert all(default_storage.exists(key) for key in (image.thumb_320, image.thumb_640))
    assert Refusal.objects.get(generation__member=bo).categories == ["violence"]
    assert Call.objects.get(generation__member=bo, usage__isnull=False).cost is not None
    assert SavedPrompt.objects.get(owner=bo).versions.get().text == "{subject}"


def test_what_is_brought_in_is_found_by_its_words_and_by_its_look(
    client: Client, mei: User, bo: User, make: MakeImage
) -> None:
    image = make(content=_drawing("gold"), prompt="一只白猫", revised_prompt="a snow-white feline")
    job = finished(asking.start("export", member=mei, arguments={}))
    bring(bo, content_of(job).read())
    client.force_login(bo)
    brought = Image.objects.get(generation__member=bo, sha256=image.sha256)
    alike = make(member=bo, content=_drawing("yellow"), look=brought.look)

    for words in ("白猫", "feline"):
        found = client.get("/history/", {"q": words}).context["days"]
        assert [batch.generation for _, batches in found for batch in batches] == [brought.generation], words
    similar = client.get(f"/images/{alike.pk}/similar/").context["alike"]
    assert similar == [brought]


def test_what_was_deleted_leaves_no_gap_where_it_is_brought_in(
    client: Client, mei: User, bo: User, make: MakeImage
) -> None:
    image = make()
    Generation.objects.filter(pk=image.generation_id).update(n=2, images_count=2, status="succeeded")
    job = finished(asking.start("export", member=mei, arguments={}))
    bring(bo, content_of(job).read())
    client.force_login(bo)

    page = client.get("/history/").text

    assert str(Image.objects.get(generation__member=bo).pk) in page
    assert "Missing" not in page


def test_what_was_sent_is_not_kept(exported: bytes, bo: User) -> None:
    job = bring(bo, exported)

    assert not default_storage.exists(job.arguments["key"])


def archive(files: dict[str, bytes], *, manifest: Any = None) -> bytes:
    """A zip file with a good manifest, unless another one is given."""
    told = {"format": "imagestudio-export", "version": 1} if manifest is None else manifest
    empty = {"generations.jsonl": b"", "collections.jsonl": b"", "prompts.jsonl": b""}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in {"manifest.json": json.dumps(told).encode(), **empty, **files}.items():
            made.writestr(name, content)
    return stream.getvalue()


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"nothing of the kind", "not_a_zip"),
        (_cut(archive({})), "not_a_zip"),
        (archive({}, manifest={"format": "other"}), "not_ours"),
        (archive({}, manifest=[1]), "not_ours"),
        (archive({}, manifest={"format": "imagestudio-export", "version": 99}), "newer"),
        (archive({}, manifest={"format": "imagestudio-export", "version": "1"}), "newer"),
        (archive({"../../etc/cron.d/x": b"x"}), "names"),
        (archive({"/etc/passwd": b"x"}), "names"),
        (archive({"..\\x": b"x"}), "names"),
        (archive({"manifest.json": b"[" * 200_000}), "not_ours"),
    ],
)
def test_a_hostile_archive_is_a_sentence(mei: User, content: bytes, reason: str) -> None:
    job = bring(mei, content)

    assert (job.status, job.reason) == (JobStatus.FAILED, reason)
    client = Client()
    client.force_login(mei)
    assert 'role="alert"' in client.get(f"/jobs/{job.pk}/").content.decode()
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [("MOST_ENTRIES", 3, "too_many"), ("MOST_BYTES", 50, "too_large"), ("MOST_OF_A_LINE", 40, "manifest")],
)
def test_what_would_unpack_to_too_much_is_a_sentence(
    mei: User, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, reason: str
) -> None:
    monkeypatch.setattr(opening, limit, value)

    assert bring(mei, archive({"generations.jsonl": b" " * 100})).reason == reason


def record(**changes: Any) -> dict[str, Any]:
    """A generation with one image, as an export says it."""
    image = {
        "id": B,
        "call": A,
        "index": 0,
        "file": "images/cat.png",
        "rating": 0,
        "created_at": "2026-01-01T00:00:00+00:00",
    }
    said = {
        "id": A,
        "model": "m",
        "prompt": "cat",
        "n": 1,
        "status": "succeeded",
        "created_at": "2026-01-01T00:00:00+00:00",
        "calls": [{"id": A, "position": 0, "n": 1, "status": "unknown", "outcome": "succeeded"}],
        "refusals": [],
        "references": [],
        "images": [image],
    }
    of_image = changes.pop("image", {})
    image |= of_image
    return {**said, **changes}


def with_record(files: dict[str, bytes], *records: Any) -> bytes:
    rows = b"".join(json.dumps(one).encode() + b"\n" for one in records)
    return archive({"generations.jsonl": rows, **files})


@pytest.mark.parametrize(
    ("content", "image"),
    [
        (picture(), {"sha256": "0" * 64}),
        (b"<svg onload=alert(1)>", {}),
        (picture()[:50], {}),
        (picture(), {"file": "../manifest.json"}),
        (picture(), {"file": "manifest.json"}),
        (picture(), {"file": 7}),
    ],
)
def test_a_picture_that_is_none_is_left_out(mei: User, content: bytes, image: dict[str, Any]) -> None:
    told = {"sha256": _sha256(content), **image}

    job = bring(mei, with_record({"images/cat.png": content}, record(image=told)))

    assert (job.status, job.done) == (JobStatus.DONE, 1)
    assert job.arguments["images_left_out"] == 1
    assert not Image.objects.exists()
    page = Client()
    page.force_login(mei)
    assert "1 image could not be used" in page.get(f"/jobs/{job.pk}/").content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"n": 99},
        {"n": "1"},
        {"id": "x"},
        {"id": None},
        {"created_at": "yesterday"},
        {"created_at": None},
        {"images": "none"},
        {"images": [{}] * 101},
        {"calls": [{"id": A, "position": 0, "n": 1}] * 2},
        {"cost": "NaN"},
        {"prompt": ["cat"]},
        {"image": {"rating": 99}},
        {"image": {"call": B}},
    ],
)
def test_a_record_that_cannot_be_is_left_out_and_the_rest_is_taken(
    mei: User, changes: dict[str, Any]
) -> None:
    content = picture()
    told = {"sha256": _sha256(content), **changes.get("image", {})}
    bad = record(**{**changes, "image": told})
    good = record(id=B, images=[], calls=[])

    job = bring(mei, with_record({"images/cat.png": content}, bad, good, [1], "x"))

    assert (job.status, job.done, job.left_out) == (JobStatus.DONE, 1, 3)
    assert not Image.objects.exists()
    assert Generation.objects.get().prompt == "cat"


def test_nobodys_rows_are_hit_by_ids_that_were_made_up(mei: User, bo: User, make: MakeImage) -> None:
    of_mei = make()
    content = picture()
    told = {"sha256": _sha256(content), "id": str(of_mei.pk), "call": str(of_mei.call_id)}
    calls = [{"id": str(of_mei.call_id), "position": 0, "n": 1}]

    bring(
        bo,
        with_record(
            {"images/cat.png": content},
            record(id=str(of_mei.generation_id), calls=calls, image=told, prompt="stolen"),
        ),
    )

    assert Generation.objects.get(pk=of_mei.generation_id).prompt == "a white cat"
    assert Image.objects.filter(generation__member=bo).count() == 1
    assert Image.objects.get(pk=of_mei.pk).generation.member == mei


def test_what_is_imported_waits_for_no_answer(mei: User) -> None:
    bring(mei, with_record({}, record(images=[], status="running", reason="x" * 9)))

    assert (Call.objects.get().status, Generation.objects.get().status) == ("settled", "failed")
    assert not Generation.objects.get().endpoint.is_active


def test_references_come_along_checked_as_any_upload(mei: User) -> None:
    content = picture(size=(300, 200))
    use = {
        "role": "reference",
        "position": 0,
        "name": "cat.png",
        "file": "references/cat.png",
        "sha256": _sha256(content),
    }
    bring(
        mei,
        with_record(
            {"references/cat.png": content}, record(images=[], references=[use, {**use, "sha256": ""}])
        ),
    )

    assert Reference.objects.get().uses.get().generation.member == mei


def test_a_file_larger_than_a_part_is_not_taken(client: Client, mei: User, settings: Settings) -> None:
    settings.IMPORT_UPLOAD_BYTES = 10
    client.force_login(mei)
    upload = SimpleUploadedFile("export.zip", b"x" * 100, content_type="application/zip")

    page = client.post("/data/import/", {"archive": upload}, follow=True).content.decode()

    assert "The file is larger than" in page
    assert "Choose the zip file" in client.post("/data/import/", follow=True).content.decode()
    assert not Job.objects.exists()


def test_nothing_is_left_on_the_disk(exported: bytes, bo: User, settings: Settings) -> None:
    bring(bo, exported)

    assert not list(Path(settings.SPOOL_ROOT).glob("work/job-*"))


def _drawing(color: str) -> bytes:
    """A picture with something to see in it, as PNG."""
    drawn = Pillow.new("RGB", (320, 240), "navy")
    ImageDraw.Draw(drawn).ellipse((32, 24, 160, 216), fill=color)
    stream = io.BytesIO()
    drawn.save(stream, "PNG")
    return stream.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
