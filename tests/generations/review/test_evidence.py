"""Evidence: what a zip file of cases holds, who gets one, and what is written down about that."""

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
from pytest_django import Settings

from generations.jobs import evidence, line
from generations.models import Case, Decision, Generation, Image, Job, JobStatus, Look, PreCheck, Verdict
from generations.models.calls import lease
from generations.review import looks, undo
from team.models import User
from tests.generations.jobs.conftest import content_of, finished, run_jobs
from tests.generations.review.conftest import Making, say, signed_in

pytestmark = pytest.mark.django_db
MINORS = ("sexual/minors",)


@pytest.fixture(autouse=True)
def one_connection(settings: Settings) -> None:
    """A turn is over before the lease needs a sign of life, which comes over another connection."""
    settings.CALL_LEASE_SECONDS = 60


def asked(cases: list[Case], by: User, *, images: bool = True, severe_images: bool = False) -> Job:
    return evidence.ask([case.pk for case in cases], member=by, images=images, severe_images=severe_images)


def read(job: Job) -> tuple[list[dict[str, Any]], list[dict[str, str]], dict[str, bytes]]:
    """The cases of the manifest, the lines of the table, and all files by name; the sums are right."""
    with zipfile.ZipFile(content_of(job)) as made:
        assert made.testzip() is None
        files = {name: made.read(name) for name in made.namelist()}
    lines = [line.partition("  ") for line in files["SHA256SUMS"].decode().splitlines()]
    sums = {name: sha256 for sha256, _spaces, name in lines}
    assert sums == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "SHA256SUMS"
    }
    manifest = json.loads(files["manifest.json"])
    assert manifest["format"] == "imagestudio-evidence"
    table = list(csv.DictReader(io.StringIO(files["cases.csv"].decode("utf-8-sig"))))
    return manifest["cases"], table, files


def test_a_file_says_what_was_asked_refused_decided_and_delivered(
    make: Making, rui: User, ada: User, mei: User
) -> None:
    case = make.refused("=1+1", images=1)
    Generation.objects.update(size="1024x1024", cost="0.25")
    PreCheck.objects.create(
        generation=case.generation, model="omni", scores={"sexual": 0.7}, sentence="=1+1", milliseconds=12
    )
    undo(say(case, ada, Decision.UNCLEAR, note="First."), reviewer=ada)
    say(case, ada, Decision.RIGHT, note="-It was.")
    image = Image.objects.get()

    (told,), (row,), files = read(finished(asked([case], rui)))

    generation = case.generation
    assert (told["case"], told["generation"], told["prompt"]) == (case.pk, str(generation.pk), "=1+1")
    assert told["member"] == {"name": "Mei", "email": mei.email}
    assert (told["model"], told["endpoint"], told["cost"]) == ("gpt-image-1", "Test", "0.250000")
    assert told["parameters"]["size"] == "1024x1024"
    (refusal,) = told["refusals"]
    assert (refusal["stage"], refusal["reason"], refusal["categories"]) == (
        "withheld",
        "moderation_blocked",
        ["sexual"],
    )
    assert (refusal["code"], refusal["http_status"]) == ("moderation_blocked", 400)
    assert refusal["message"] == "Your request was rejected by the safety system."
    assert told["pre_check"]["scores"] == {"sexual": 0.7}
    assert [one["decision"] for one in told["verdicts"]] == ["unclear", "undo", "right"]
    assert told["verdicts"][2]["reviewer"]["email"] == ada.email
    assert told["verdicts"][2]["after"] == {"decision": "right"}
    assert (told["images"][0]["sha256"], told["images"][0]["file"]) == (
        image.sha256,
        f"images/{image.pk}.png",
    )
    with default_storage.open(image.original) as stored:
        assert files[f"images/{image.pk}.png"] == stored.read()
    assert (row["prompt"], row["note"], row["decision"]) == ("'=1+1", "'-It was.", "right")
    assert (row["decided_by"], row["stages"], row["image_sha256"]) == (ada.email, "withheld", image.sha256)


def test_request_ids_of_calls_are_in_it(make: Making, rui: User) -> None:
    case = make.refused()
    case.generation.calls.update(request_id="req_9", endpoint_code="x")

    (told,), _table, _files = read(finished(asked([case], rui)))

    assert told["request_ids"] == ["req_9"]
    assert told["refusals"][0]["request_id"] == "req_1"


def test_pictures_stay_out_where_they_are_not_wanted(make: Making, rui: User) -> None:
    case = make.refused(images=2)

    (told,), _table, files = read(finished(asked([case], rui, images=False)))

    assert [image["file"] for image in told["images"]] == [None, None]
    assert set(files) == {"manifest.json", "cases.csv", "SHA256SUMS"}
    assert not Look.objects.get().saw_images


def test_each_case_is_noted_as_looked_at(make: Making, rui: User) -> None:
    cases = [make.refused("one", images=1), make.refused("two", images=1)]

    run_jobs()
    finished(asked(cases, rui))

    assert set(Look.objects.values_list("reader", "generation", "saw_images")) == {
        (rui.pk, case.generation_id, True) for case in cases
    }


def test_severe_cases_are_administrators_and_their_pictures_are_asked_for_apart(
    make: Making, rui: User, ada: User
) -> None:
    cases = [make.refused(categories=MINORS, images=1), make.refused("plain", images=1)]

    only_plain = finished(asked(cases, rui))
    both = finished(asked(cases, ada))
    with_pictures = finished(asked(cases, ada, severe_images=True))

    assert (only_plain.done, only_plain.left_out) == (1, 1)
    assert [told["case"] for told in read(only_plain)[0]] == [cases[1].pk]
    severe, plain = read(both)[0]
    assert (severe["severe"], severe["images"][0]["file"]) == (True, None)
    assert plain["images"][0]["file"] is not None
    assert sum(name.startswith("images/") for name in read(with_pictures)[2]) == 2
    look = Look.objects.get(reader=ada, generation=cases[0].generation)
    assert look.saw_images


def test_two_cases_of_one_job_share_its_picture(make: Making, rui: User, mei: User) -> None:
    case = make.refused(images=1)
    appeal = Case.objects.create(
        kind="appeal", generation=case.generation, member=mei, model="x", refusal=case.refusal, opened_by=mei
    )

    told, _table, files = read(finished(asked([case, appeal], rui)))

    assert len({one["images"][0]["file"] for one in told}) == 1
    assert sum(name.startswith("images/") for name in files) == 1


def test_of_deleted_images_the_record_is_left(make: Making, rui: User) -> None:
    case = make.refused(images=1)
    image = Image.objects.get()
    say(case, rui, Decision.DELETE, reason=1, image=image.pk)

    (told,), _table, files = read(finished(asked([case], rui)))

    assert told["images"][0]["removed_at"] is not None
    assert (told["images"][0]["sha256"], told["images"][0]["file"]) == (image.sha256, None)
    assert not any(name.startswith("images/") for name in files)


def test_an_image_that_is_deleted_while_the_file_grows_is_not_in_it(
    make: Making, rui: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "CHUNK", 1)
    cases = [make.refused(prompt, images=1) for prompt in ("one", "two")]
    job = asked(cases, rui)
    monkeypatch.setattr("generations.jobs.filling.TURN", 0.0)
    monkeypatch.setattr("generations.jobs.filling.time.monotonic", iter(range(100_000)).__next__)
    claimed = line.claim()
    assert claimed is not None
    assert evidence.step(claimed) is False
    monkeypatch.undo()
    line.release(claimed)
    image = cases[0].generation.images.get()
    say(cases[0], rui, Decision.DELETE, reason=1, image=image.pk)

    files = read(finished(job))[2]

    assert f"images/{image.pk}.png" not in files
    assert sum(name.startswith("images/") for name in files) == 1


def test_whoever_is_no_reviewer_any_more_gets_nothing(make: Making, rui: User) -> None:
    case = make.refused()
    before, while_waiting = finished(asked([case], rui)), asked([case], rui)
    User.objects.filter(pk=rui.pk).update(role="member")

    late = finished(while_waiting)

    assert (late.status, late.reason, late.file) == (JobStatus.FAILED, "no_cases", "")
    client = signed_in(User.objects.get(pk=rui.pk))
    assert client.get(f"/jobs/{before.pk}/file/").status_code == 404
    assert "None of these cases may be exported by you" in client.get(f"/jobs/{late.pk}/").content.decode()


def test_a_file_with_severe_cases_is_fetched_by_administrators_only(make: Making, ada: User) -> None:
    job = finished(asked([make.refused(categories=MINORS)], ada))
    client, address = signed_in(ada), f"/jobs/{job.pk}/file/"

    User.objects.filter(pk=ada.pk).update(role="reviewer")
    assert client.get(address).status_code == 404
    User.objects.filter(pk=ada.pk).update(role="administrator")

    answer = client.get(address)
    assert answer.status_code == 200
    answer.close()


def test_it_goes_on_after_a_worker_was_lost(make: Making, rui: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "CHUNK", 1)
    job = asked([make.refused(str(number), images=1) for number in range(3)], rui)
    real = looks.note

    def dies(*args: Any, **kwargs: Any) -> None:
        if Look.objects.count() == 1:
            raise KeyboardInterrupt
        real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(looks, "note", dies)
        with pytest.raises(KeyboardInterrupt):
            run_jobs()
    Job.objects.update(lease_until=lease(-1))

    told, table, _files = read(finished(job))

    assert len(told) == len(table) == 3
    assert Job.objects.get().done == 3


def test_a_file_is_asked_for_at_a_case_in_the_queue_and_in_the_log(
    make: Making, reviewer: Client, rui: User
) -> None:
    cases = [make.refused(prompt) for prompt in ("one", "two", "three")]
    say(cases[2], rui, Decision.RIGHT)

    def named(address: str, form: dict[str, Any]) -> str:
        page = reviewer.post(f"/review/evidence/{address}", form).content.decode()
        return page.partition('name="cases" value="')[2].partition('"')[0]

    numbers = [str(case.pk) for case in cases]
    assert named("", {"case": numbers[0]}) == numbers[0]
    assert named("", {"case": [f"{pk}:0" for pk in numbers[:2]]}) == " ".join(numbers[:2])
    assert named("?state=waiting", {"all": "1"}) == " ".join(numbers[:2])
    assert named("?state=all", {"all": "1"}) == " ".join(numbers)
    assert named("?decision=right", {"log": "1"}) == numbers[2]
    for page in (f"/review/{cases[0].pk}/", "/review/", "/review/?state=decided", "/review/log/"):
        assert "/review/evidence/" in reviewer.get(page).content.decode(), page


def test_the_question_leads_to_a_job(make: Making, reviewer: Client, rui: User) -> None:
    case = make.refused(images=1)

    answer = reviewer.post("/review/evidence/", {"cases": f"{case.pk} 99 x", "sure": "1"})

    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert job.arguments == {"cases": [case.pk], "images": False, "severe_images": False}
    run_jobs()
    assert "Evidence of reviewed cases" in reviewer.get(f"/jobs/{job.pk}/").content.decode()


def test_severe_pictures_are_off_until_they_are_asked_for(make: Making, reviewer: Client, ada: User) -> None:
    severe, plain = make.refused(categories=MINORS), make.refused()
    numbers = {"cases": f"{severe.pk} {plain.pk}"}

    page = signed_in(ada).post("/review/evidence/", numbers).content.decode()
    of_reviewer = reviewer.post("/review/evidence/", numbers).content.decode()

    assert 'name="images" value="1" checked' in page
    assert 'name="severe_images" value="1" aria' in page
    assert 'name="severe_images"' not in of_reviewer
    assert f'name="cases" value="{plain.pk}"' in of_reviewer


@pytest.mark.parametrize("form", [{}, {"case": "x"}, {"cases": "-1 ² 9999999999999999999999"}], ids=str)
def test_nothing_to_export_is_said(reviewer: Client, form: dict[str, str]) -> None:
    answer = reviewer.post("/review/evidence/", form, follow=True)

    assert "Choose at least one case." in answer.content.decode()
    assert not Job.objects.exists()


def test_more_than_fit_are_not_begun(
    make: Making, reviewer: Client, rui: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "MOST", 2)
    for number in range(3):
        make.refused(str(number))

    answer = reviewer.post("/review/evidence/", {"all": "1", "sure": "1"}, follow=True)

    assert "These are more than 2 cases. Narrow the filters." in answer.content.decode()
    assert not Job.objects.exists()


def test_members_export_no_evidence(make: Making, mei: User) -> None:
    case = make.refused()

    assert signed_in(mei).post("/review/evidence/", {"case": case.pk, "sure": "1"}).status_code == 404
    assert not Job.objects.exists()


def test_a_forgotten_case_is_said_to_be_forgotten(make: Making, rui: User) -> None:
    case = make.refused()
    Generation.objects.update(prompt="", forgotten_at=timezone.now() - timedelta(days=1))

    (told,), _table, _files = read(finished(asked([case], rui)))

    assert told["prompt"] == ""
    assert told["forgotten_at"] is not None
    assert not Verdict.objects.exists()
