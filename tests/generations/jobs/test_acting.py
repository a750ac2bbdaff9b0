"""What is done to many images: at once, as a job, for nobody else's images, and taken back."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from django.test import Client

from generations import keeping, search, trash
from generations.jobs import actions, asking, line, picking, running
from generations.models import Collection, Generation, Image, Job, JobStatus, Tag
from generations.models.calls import lease
from team.models import User
from tests.generations.jobs.conftest import MakeImage, finished, run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs from the second image on, in pieces of two."""
    few = {name: _with(action, at_once=0) for name, action in actions.ACTIONS.items()}
    monkeypatch.setattr(actions, "ACTIONS", few)
    for module in (asking, running):
        monkeypatch.setattr(module, "ACTIONS", few)
    monkeypatch.setattr("generations.jobs.picking.CHUNK", 2)
    monkeypatch.setattr("generations.views.jobs.ACTIONS", few)
    monkeypatch.setattr(running, "next_chunk", lambda *args, **kw: _next_chunk(*args, **kw, size=2))


def _with(action: actions.Action, **changes: Any) -> actions.Action:
    fields = {name: getattr(action, name) for name in action.__dataclass_fields__}
    return actions.Action(**{**fields, **changes})


_next_chunk = picking.next_chunk


def post(client: Client, action: str, images: list[Image], **fields: Any) -> Any:
    ids = [str(image.pk) for image in images]
    return client.post("/history/act/", {"action": action, "images": ids, **fields}, follow=True)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("favourite", {}),
        ("rate", {"rating": "4"}),
        ("tag", {"tags": "猫, cat"}),
        ("trash", {}),
    ],
)
def test_what_was_done_is_said_and_taken_back_without_scripts(
    client: Client, mei: User, make: MakeImage, action: str, fields: dict[str, str]
) -> None:
    client.force_login(mei)
    images = [make(), make()]
    before = _state(images)

    page = post(client, action, images, **fields)
    changed = _state(images)
    job = Job.objects.get(kind=action)
    assert f'action="/jobs/{job.pk}/undo/"' in page.content.decode()
    client.post(f"/jobs/{job.pk}/undo/")

    assert changed != before
    assert _state(images) == before


def test_undo_touches_only_what_was_changed(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    already, new = make(is_favourite=True), make()

    post(client, "favourite", [already, new])
    client.post(f"/jobs/{Job.objects.get(kind='favourite').pk}/undo/")

    assert [one.is_favourite for one in Image.objects.in_bulk([already.pk, new.pk]).values()].count(True) == 1
    assert Image.objects.get(pk=already.pk).is_favourite


def test_nobody_changes_what_is_somebody_elses(client: Client, mei: User, bo: User, make: MakeImage) -> None:
    client.force_login(bo)
    of_mei = make()
    before = _state([of_mei])

    for action in actions.ACTIONS:
        post(client, action, [of_mei], rating="5", tags="mine", collection=str(uuid4()), has_metadata="1")
    run_jobs()
    for job in Job.objects.all():
        client.force_login(mei)
        assert client.post(f"/jobs/{job.pk}/undo/").status_code == 404

    assert _state([of_mei]) == before
    assert not Job.objects.exclude(file="").exists()


def test_images_are_put_into_a_collection_and_out_again(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    images = [make(), make()]
    target = Collection.objects.create(owner=mei, name="猫")

    post(client, "collect", images, collection=str(target.pk))
    assert target.items.count() == 2
    client.post(f"/jobs/{Job.objects.get(kind='collect').pk}/undo/")

    assert target.items.count() == 0


def test_htmx_gets_a_fragment_with_the_way_back(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    fields = {"action": "trash", "images": str(make().pk), "next": "/history/?q=cat"}

    answer = client.post("/history/act/", fields, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in answer
    assert "1 image deleted." in answer
    assert 'value="/history/?q=cat"' in answer
    assert f'action="/jobs/{Job.objects.get().pk}/undo/"' in answer


def test_a_slip_is_told_in_words_and_leads_back_here_only(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    image = make()
    for fields in (
        {"action": "explode", "images": str(image.pk)},
        {"action": "favourite", "images": "nonsense"},
        {"action": "rate", "images": str(image.pk), "rating": "9"},
        {"action": "tag", "images": str(image.pk), "tags": " , "},
        {"action": "collect", "images": str(image.pk), "collection": "x"},
        {"action": "zip", "images": str(image.pk), "pattern": "{secret}", "has_metadata": "1"},
    ):
        answer = client.post("/history/act/", {**fields, "next": "https://evil.example/"}, follow=True)
        assert answer.redirect_chain == [("/history/", 302)], fields
        assert 'class="notice notice--bad"' in answer.content.decode(), fields


def test_a_search_is_acted_on_as_it_stood(client: Client, mei: User, make: MakeImage, small: None) -> None:
    client.force_login(mei)
    cats = [make() for _ in range(5)]
    dog = make(prompt="a dog")

    fields = {"action": "trash", "all": "1", "query": "model=gpt-image-2"}
    answer = client.post("/history/act/", fields)
    job = Job.objects.get()
    later = make()
    run_jobs()

    assert answer.url == f"/jobs/{job.pk}/"  # type: ignore[attr-defined]
    job.refresh_from_db()
    assert (job.status, job.total, job.done, job.left_out) == (JobStatus.DONE, 6, 6, 0)
    assert not Image.objects.kept().filter(pk__in=[one.pk for one in (*cats, dog)]).exists()
    assert Image.objects.kept().get() == later


def test_a_long_deletion_is_taken_back_as_a_whole(
    client: Client, mei: User, make: MakeImage, small: None
) -> None:
    client.force_login(mei)
    before = make(trashed_at=Now())
    images = [make() for _ in range(3)]
    job = finished(_asked(mei, "trash", images))

    client.post(f"/jobs/{job.pk}/undo/")
    run_jobs()

    assert Image.objects.kept().count() == 3
    assert trash.images_of(mei).get() == before
    assert not Generation.objects.filter(trashed_at__isnull=False).exists()


def test_what_is_gone_when_its_turn_comes_is_left_out(mei: User, make: MakeImage, small: None) -> None:
    images = [make() for _ in range(3)]
    job = _asked(mei, "favourite", images)
    images[1].delete()

    job = finished(job)

    assert (job.done, job.left_out, job.status) == (2, 1, JobStatus.DONE)


def test_a_cancelled_job_stops_where_it_is(client: Client, mei: User, make: MakeImage, small: None) -> None:
    client.force_login(mei)
    job = _asked(mei, "favourite", [make() for _ in range(4)])
    claimed = line.claim()
    assert claimed is not None
    running._act(claimed)

    client.post(f"/jobs/{job.pk}/cancel/")

    with pytest.raises(line.Taken):
        running._act(claimed)
    assert Image.objects.filter(is_favourite=True).count() == 2
    assert line.claim() is None
    assert "Cancelled" in client.get(f"/jobs/{job.pk}/").content.decode()


def test_a_worker_that_wakes_up_late_does_nothing(mei: User, make: MakeImage, small: None) -> None:
    _asked(mei, "again", [make() for _ in range(4)])
    late = line.claim()
    assert late is not None
    running._act(late)
    Job.objects.update(lease_until=lease(-1))

    run_jobs()
    asked = Generation.objects.count()
    with pytest.raises(line.Taken):
        running._act(late)

    job = Job.objects.get()
    assert (job.status, job.done, job.epoch) == (JobStatus.DONE, 4, 2)
    assert Generation.objects.count() == asked == 8


def test_a_job_that_takes_its_workers_down_is_given_up(mei: User, make: MakeImage, small: None) -> None:
    _asked(mei, "favourite", [make()])
    for _ in range(line.MOST_LOST):
        assert line.claim() is not None
        Job.objects.update(lease_until=lease(-1))

    run_jobs()

    assert Job.objects.get().reason == "worker_lost"


def test_jobs_take_turns(mei: User, bo: User, make: MakeImage, small: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "TURN", 0.0)
    long, short = (
        _asked(mei, "favourite", [make() for _ in range(6)]),
        _asked(bo, "favourite", [make(member=bo)]),
    )

    running.run_next()
    running.run_next()
    running.run_next()

    assert Job.objects.get(pk=short.pk).done == 1
    assert Job.objects.get(pk=long.pk).done == 4


def test_running_again_is_bounded_because_it_is_paid_for(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    ids = " ".join(str(uuid4()) for _ in range(201))

    page = client.post("/history/act/", {"action": "again", "images": ids}, follow=True)

    assert "Choose at most 200 images: each is paid for." in page.content.decode()
    assert not Job.objects.exists()


def test_a_generation_without_images_is_deleted_and_restored(
    client: Client, mei: User, make: MakeImage
) -> None:
    client.force_login(mei)
    failed = make().generation
    Image.objects.all().delete()

    client.post("/history/act/", {"action": "trash", "generations": str(failed.pk)})
    assert Generation.objects.get().trashed_at
    client.post(f"/jobs/{Job.objects.get().pk}/undo/")

    assert Generation.objects.get().trashed_at is None


def test_what_came_to_nothing_is_run_again_together_and_the_rest_is_named(
    client: Client, mei: User, bo: User, make: MakeImage
) -> None:
    client.force_login(mei)
    failed, unknown, blocked, of_bo = (make(member=one).generation for one in (mei, mei, mei, bo))
    Image.objects.all().delete()
    for generation, status in (
        (failed, "failed"),
        (unknown, "unknown"),
        (blocked, "blocked"),
        (of_bo, "failed"),
    ):
        Generation.objects.filter(pk=generation.pk).update(status=status)
    ids = " ".join(str(one.pk) for one in (failed, unknown, blocked, of_bo, failed))

    page = client.post("/history/act/", {"action": "again", "generations": ids}, follow=True).content.decode()

    asked = Generation.objects.filter(status="queued")
    assert {one.retry_of_id for one in asked} == {failed.pk, unknown.pk}
    assert (
        "2 generations are asked for again. 2 were left out: they cannot be asked again as they are." in page
    )


def test_what_cannot_be_run_again_says_so_and_costs_nothing(
    client: Client, mei: User, make: MakeImage
) -> None:
    client.force_login(mei)
    blocked = make().generation
    Image.objects.all().delete()
    Generation.objects.update(status="blocked")

    for ids, words in (
        (str(blocked.pk), "Nothing of this can be asked again as it is."),
        (" ".join(str(uuid4()) for _ in range(21)), "Choose at most 20 that have no image"),
    ):
        page = client.post("/history/act/", {"action": "again", "generations": ids}, follow=True)
        assert words in page.content.decode()

    assert Generation.objects.count() == 1
    assert not Job.objects.exists()


def test_of_all_that_match_only_images_are_meant(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    failed = make().generation
    Image.objects.all().delete()
    image = make()

    post(client, "trash", [], all="1", query="", generations=str(failed.pk))

    assert not Image.objects.get(pk=image.pk).is_kept
    assert Generation.objects.get(pk=failed.pk).trashed_at is None


def test_only_its_member_sees_a_job(client: Client, mei: User, bo: User, make: MakeImage) -> None:
    job = _asked(mei, "zip", [make()], pattern="{id}", metadata=True)
    job = finished(job)
    client.force_login(mei)
    assert client.get(f"/jobs/{job.pk}/").status_code == 200
    assert b"".join(client.get(f"/jobs/{job.pk}/file/")).startswith(b"PK")

    client.force_login(bo)
    for address in ("", "file/", "now/"):
        assert client.get(f"/jobs/{job.pk}/{address}").status_code == 404
    for address in ("cancel/", "undo/"):
        assert client.post(f"/jobs/{job.pk}/{address}").status_code == 404


def _asked(member: User, action: str, images: list[Image], **arguments: Any) -> Job:
    ids = [image.pk for image in images]
    return asking.ask(actions.ACTIONS[action], member=member, images=ids, arguments=arguments)


def _state(images: list[Image]) -> list[Any]:
    rows = Image.objects.filter(pk__in=[image.pk for image in images]).order_by("pk")
    tags = [sorted(tag.name for tag in row.tags.all()) for row in rows]
    values = list(rows.values_list("is_favourite", "rating", "trashed_at", "generation__trashed_at"))
    return [*values, tags, Tag.objects.filter(images__isnull=False).count()]


def test_of_a_long_search_no_filter_is_lost(client: Client, mei: User, make: MakeImage) -> None:
    images = [make(prompt="猫" * 400) for _ in range(2)]
    search.note_many([image.generation_id for image in images])
    keeping.favourite(images[:1], on=True, by=mei)
    models = [("model", letter * 100) for letter in "abcdefgh"] + [("model", images[0].generation.model)]
    query = urlencode([("q", "猫" * 400), *models, ("favourite", "1")])
    client.force_login(mei)

    assert len(query) > 4000
    post(client, "trash", [], all="1", query=query)

    assert [Image.objects.get(pk=one.pk).is_kept for one in images] == [False, True]


def test_a_search_of_any_length_is_refused_and_not_cut(client: Client, mei: User, make: MakeImage) -> None:
    image = make()
    client.force_login(mei)

    post(client, "trash", [], all="1", query="q=" + "%20" * 10_000)

    assert Image.objects.get(pk=image.pk).is_kept


def test_a_search_that_is_not_understood_is_not_acted_on(client: Client, mei: User, make: MakeImage) -> None:
    client.force_login(mei)
    image = make()

    page = post(client, "trash", [], all="1", query="status=nonsense")

    image.refresh_from_db()
    assert image.is_kept
    assert "A part of this search is not understood." in page.content.decode()


def test_a_job_over_the_teams_images_ends_with_the_role(ada: User, make: MakeImage, small: None) -> None:
    own = make(member=ada)
    query = "team=1"
    job = asking.ask(actions.ACTIONS["trash"], member=ada, query=query, arguments={})
    User.objects.filter(pk=ada.pk).update(role="member")

    run_jobs()

    own.refresh_from_db()
    assert own.is_kept
    assert finished(job).done == 0
