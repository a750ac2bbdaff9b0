"""What was done is taken back: as it was before, at once or as a job, never over what was changed since."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from generations import collecting, keeping
from generations.jobs import line, running, tasks, traces
from generations.models import Access, Collection, Generation, Image, Job, JobStatus
from generations.models.calls import lease
from team.models import User
from tests.generations.jobs.conftest import MakeImage, finished, run_jobs
from tests.generations.jobs.test_acting import _asked, post
from tests.generations.jobs.test_acting import small as small

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei_here(client: Client, mei: User) -> Client:
    client.force_login(mei)
    return client


def latest() -> Job:
    """What was asked for last, without what is only remembered."""
    return Job.objects.exclude(kind=line.TRACE).latest("created_at", "pk")


def ratings(images: list[Image]) -> list[int]:
    found = Image.objects.in_bulk([image.pk for image in images])
    return [found[image.pk].rating for image in images]


def tags(image: Image) -> list[str]:
    return sorted(image.tags.values_list("name", flat=True))


def test_a_rating_is_taken_back_to_what_each_image_had(mei_here: Client, make: MakeImage) -> None:
    images = [make(rating=3), make(), make(rating=5)]

    page = post(mei_here, "rate", images, rating="5")
    assert f'action="/jobs/{latest().pk}/undo/"' in page.text
    page = mei_here.post(f"/jobs/{latest().pk}/undo/", follow=True)

    assert ratings(images) == [3, 0, 5]
    assert Generation.objects.get(pk=images[0].generation_id).best_rating == 3
    assert "2 images are as they were before." in page.text


def test_what_was_taken_back_can_be_done_again(mei_here: Client, make: MakeImage) -> None:
    images = [make(rating=3), make()]
    post(mei_here, "rate", images, rating="5")
    mei_here.post(f"/jobs/{latest().pk}/undo/")

    mei_here.post(f"/jobs/{latest().pk}/undo/")

    assert ratings(images) == [5, 5]


def test_what_was_changed_since_is_left_as_it_is(mei_here: Client, mei: User, make: MakeImage) -> None:
    images = [make(), make(), make()]
    post(mei_here, "rate", images, rating="5")
    keeping.rate([images[0]], rating=1, by=mei)
    Image.objects.filter(pk=images[1].pk).update(trashed_at=timezone.now())

    page = mei_here.post(f"/jobs/{latest().pk}/undo/", follow=True)

    assert ratings(images) == [1, 5, 0]
    assert "1 image is as it was before. 2 were left as they are" in page.text


def test_only_the_tags_that_an_image_gained_are_taken_from_it(
    mei_here: Client, mei: User, make: MakeImage
) -> None:
    half, none = make(), make()
    keeping.tag([half], names=["Cat", "sea"], by=mei)

    post(mei_here, "tag", [half, none], tags="cat, 猫")
    assert (tags(half), tags(none)) == (["Cat", "sea", "猫"], ["Cat", "猫"])
    mei_here.post(f"/jobs/{latest().pk}/undo/")
    assert (tags(half), tags(none)) == (["Cat", "sea"], [])
    mei_here.post(f"/jobs/{latest().pk}/undo/")

    assert (tags(half), tags(none)) == (["Cat", "sea", "猫"], ["Cat", "猫"])


def test_what_changed_nothing_offers_no_way_back(mei_here: Client, make: MakeImage) -> None:
    page = post(mei_here, "rate", [make(rating=4)], rating="4")

    assert "0 images rated." in page.text
    assert f"/jobs/{latest().pk}/undo/" not in page.text


def test_two_clicks_on_undo_take_back_once(mei_here: Client, make: MakeImage) -> None:
    image = make(rating=2)
    post(mei_here, "rate", [image], rating="5")
    first = latest()

    mei_here.post(f"/jobs/{first.pk}/undo/")
    page = mei_here.post(f"/jobs/{first.pk}/undo/", follow=True)

    assert ratings([image]) == [2]
    assert "This cannot be undone any more." in page.text


@pytest.mark.parametrize(
    ("action", "arguments"),
    [("favourite", {}), ("rate", {"rating": 5}), ("tag", {"tags": ["猫", "sea"]}), ("collect", {})],
)
def test_a_long_job_is_taken_back_by_a_long_job(
    mei_here: Client,
    mei: User,
    make: MakeImage,
    small: None,
    action: str,
    arguments: dict[str, Any],
) -> None:
    wall = Collection.objects.create(owner=mei, name="Wall")
    images = [make(rating=place % 3) for place in range(5)]
    keeping.tag(images[:1], names=["sea"], by=mei)
    collecting.add(images[:2], wall, by=mei)
    told = {"collection": str(wall.pk)} if action == "collect" else arguments
    before = _state(images, wall)

    job = finished(_asked(mei, action, images, **told))
    after = _state(images, wall)
    assert "Undo" in mei_here.get(f"/jobs/{job.pk}/").text
    page = mei_here.post(f"/jobs/{job.pk}/undo/", follow=True)
    run_jobs()

    assert after != before
    assert _state(images, wall) == before
    undoing = latest()
    assert page.redirect_chain[-1][0] == f"/jobs/{undoing.pk}/"
    assert (undoing.status, undoing.total, undoing.done, undoing.left_out) == (JobStatus.DONE, 5, 5, 0)
    mei_here.post(f"/jobs/{undoing.pk}/undo/")
    run_jobs()
    again = _state(images, wall)
    assert [row[:3] for row in again] == [row[:3] for row in after]


def test_a_long_undo_leaves_what_was_changed_since_and_says_so(
    mei_here: Client, mei: User, make: MakeImage, small: None
) -> None:
    images = [make() for _ in range(5)]
    job = finished(_asked(mei, "rate", images, rating=5))
    keeping.rate(images[1:3], rating=1, by=mei)

    mei_here.post(f"/jobs/{job.pk}/undo/")
    run_jobs()

    assert ratings(images) == [0, 1, 1, 0, 0]
    page = mei_here.get(f"/jobs/{latest().pk}/").text
    assert "2 were left as they are" in page
    assert "Undo: Rate" in page


def test_what_a_cancelled_job_has_done_is_taken_back(
    mei_here: Client, mei: User, make: MakeImage, small: None
) -> None:
    images = [make() for _ in range(5)]
    job = _asked(mei, "favourite", images)
    claimed = line.claim()
    assert claimed is not None
    running._act(claimed)
    mei_here.post(f"/jobs/{job.pk}/cancel/")
    assert Image.objects.filter(is_favourite=True).count() == 2

    mei_here.post(f"/jobs/{job.pk}/undo/")
    run_jobs()

    assert not Image.objects.filter(is_favourite=True).exists()


def test_an_undo_whose_worker_dies_is_finished_by_another(
    mei_here: Client, mei: User, make: MakeImage, small: None
) -> None:
    images = [make(rating=place) for place in range(5)]
    job = finished(_asked(mei, "rate", images, rating=5))
    mei_here.post(f"/jobs/{job.pk}/undo/")
    dying = line.claim()
    assert dying is not None
    running._STEPS["undo"](dying)
    Job.objects.filter(pk=dying.pk).update(lease_until=lease(-1))

    run_jobs()

    assert ratings(images) == [0, 1, 2, 3, 4]
    with pytest.raises(line.Taken):
        running._STEPS["undo"](dying)
    assert ratings(images) == [0, 1, 2, 3, 4]


def test_images_of_others_come_back_into_a_collection_that_one_may_change(
    client: Client, mei: User, bo: User, make: MakeImage, small: None
) -> None:
    images = [make() for _ in range(3)]
    wall = Collection.objects.create(owner=mei, name="Wall", access=Access.EDIT)
    collecting.add(images, wall, by=mei)
    before = list(wall.items.values("image", "position", "added_by", "added_at"))
    job = finished(_asked(bo, "uncollect", images, collection=str(wall.pk)))
    assert not wall.items.exists()
    client.force_login(bo)

    client.post(f"/jobs/{job.pk}/undo/")
    run_jobs()

    assert list(wall.items.values("image", "position", "added_by", "added_at")) == before


def test_what_is_remembered_is_nobodys_page_and_ends_after_a_week(
    mei_here: Client, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make()
    post(mei_here, "rate", [image], rating="5")
    job, remembered = latest(), Job.objects.get(kind=line.TRACE)
    for address in ("", "now/"):
        assert mei_here.get(f"/jobs/{remembered.pk}/{address}").status_code == 404
    assert mei_here.post(f"/jobs/{remembered.pk}/undo/").status_code == 404
    assert str(remembered.pk) not in mei_here.get("/jobs/").text

    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - traces.KEPT - timedelta(minutes=1))
    Job.objects.filter(pk=remembered.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(tasks, "_last_look", -tasks._EVERY)
    tasks.sweep_jobs()
    page = mei_here.post(f"/jobs/{job.pk}/undo/", follow=True)

    assert not Job.objects.filter(kind=line.TRACE).exists()
    assert "This cannot be undone any more." in page.text
    assert ratings([image]) == [5]


def test_a_job_that_lost_a_worker_keeps_what_it_tells_of_itself(
    mei: User, make: MakeImage, small: None
) -> None:
    _asked(mei, "rate", [make() for _ in range(3)], rating=5)
    assert line.claim() is not None
    Job.objects.update(lease_until=lease(-1))

    run_jobs()

    job = latest()
    assert (job.status, job.arguments["traces"]) == (JobStatus.DONE, 2)
    assert "lost" not in job.arguments


def _state(images: list[Image], wall: Collection) -> list[tuple[Any, ...]]:
    items = dict(wall.items.values_list("image", "position"))
    rows = Image.objects.in_bulk([image.pk for image in images])
    return [
        (rows[image.pk].is_favourite, rows[image.pk].rating, tags(image), items.get(image.pk))
        for image in images
    ]
