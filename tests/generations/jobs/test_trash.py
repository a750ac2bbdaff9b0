"""The trash: hidden at once, restored, emptied with a count first; no file is lost or shown broken."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from generations import trash
from generations.jobs import emptying, line, running
from generations.models import Generation, Image, Job, JobStatus, Reference, ReferenceUse
from generations.models.calls import lease
from generations.storage import StorageUnavailable
from team.models import User
from tests.generations.jobs.conftest import MakeImage, finished, run_jobs

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=31)


def deleted(image: Image, *, ago: timedelta = timedelta(0)) -> Image:
    trash.put([image], by=image.generation.member, at=timezone.now() - ago)
    image.refresh_from_db()
    return image


def files_of(image: Image) -> list[bool]:
    return [default_storage.exists(key) for key in (image.original, image.thumb_320, image.thumb_640)]


def test_a_generation_goes_with_its_last_image_and_comes_back_with_any(mei: User, make: MakeImage) -> None:
    first = make(is_favourite=True, rating=5)
    second = make(generation=first.generation, rating=2)

    deleted(first)
    generation = Generation.objects.get()
    assert (generation.trashed_at, generation.favourites, generation.best_rating) == (None, 0, 2)
    deleted(second)
    assert Generation.objects.get().trashed_at is not None
    trash.restore([first], by=mei)

    generation = Generation.objects.get()
    assert (generation.trashed_at, generation.favourites, generation.best_rating) == (None, 1, 5)


def test_what_is_under_way_stays_when_its_images_are_deleted(mei: User, make: MakeImage) -> None:
    image = make()
    Generation.objects.update(status="running")

    deleted(image)
    assert trash.put_generations([image.generation], by=mei, at=timezone.now()) == 0

    assert Generation.objects.get().trashed_at is None


def test_a_late_image_brings_its_generation_back(mei: User, make: MakeImage) -> None:
    image = deleted(make())
    make(generation=image.generation)

    trash.bring_back_what_still_arrived()

    assert Generation.objects.get().trashed_at is None


def test_the_trash_is_emptied_after_saying_how_much_there_is(
    client: Client, mei: User, make: MakeImage
) -> None:
    client.force_login(mei)
    lying, kept = deleted(make()), make()

    question = client.post("/trash/empty/").content.decode()
    assert "Remove 1 image for good" in question
    assert client.get("/trash/empty/").headers["Location"] == "/trash/"
    assert files_of(lying) == [True] * 3
    client.post("/trash/empty/", {"sure": "1"})
    run_jobs()

    assert files_of(lying) == [False] * 3
    assert files_of(kept) == [True] * 3
    assert Image.objects.get(pk=lying.pk).removed_at is not None
    assert client.get(f"/media/{lying.pk}/320/").status_code == 404
    assert client.get(f"/images/{lying.pk}/").status_code == 404
    assert "The trash is empty" in client.get("/trash/").content.decode()


def test_a_trash_of_generations_without_images_is_emptied_too(
    client: Client, mei: User, bo: User, make: MakeImage
) -> None:
    client.force_login(mei)
    refused, anothers = make().generation, make(member=bo).generation
    Image.objects.all().delete()
    for one in (refused, anothers):
        trash.put_generations([one], by=one.member, at=timezone.now())

    assert 'formaction="/trash/empty/"' in client.get("/trash/").text
    question = client.post("/trash/empty/").text
    assert "1 generation without images leaves the trash" in question
    assert trash.generations_of(mei).count() == 1
    emptied = client.post("/trash/empty/", {"sure": "1"}, follow=True)

    assert "The trash is empty" in emptied.text
    assert Generation.objects.get(pk=refused.pk).trashed_at is not None
    assert trash.generations_of(bo).count() == 1
    assert not Job.objects.exists()


def test_a_trash_of_both_says_how_many_there_are_of_each_and_is_emptied_of_both(
    client: Client, mei: User, make: MakeImage
) -> None:
    client.force_login(mei)
    refused = make().generation
    refused.images.all().delete()
    trash.put_generations([refused], by=mei, at=timezone.now())
    deleted(make())

    question = client.post("/trash/empty/").text
    client.post("/trash/empty/", {"sure": "1"})
    run_jobs()

    assert "Remove 1 image for good" in question
    assert "1 generation without images leaves the trash" in question
    assert "The trash is empty" in client.get("/trash/").text


def test_files_go_by_themselves_after_thirty_days(mei: User, bo: User, make: MakeImage) -> None:
    old, young = deleted(make(), ago=LONG_AGO), deleted(make())
    of_bo = deleted(make(member=bo), ago=LONG_AGO)
    User.objects.filter(pk=bo.pk).update(is_active=False)

    emptying.purge_what_is_due()
    emptying.purge_what_is_due()
    assert Job.objects.count() == 2
    run_jobs()

    assert [any(files_of(image)) for image in (old, of_bo, young)] == [False, False, True]


def test_a_crash_between_row_and_files_leaves_neither_litter_nor_lies(
    mei: User, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [deleted(make(), ago=LONG_AGO) for _ in range(3)]
    emptying.purge_what_is_due()
    job = line.claim()
    assert job is not None
    with monkeypatch.context() as patch:
        patch.setattr(trash, "remove", _dies)
        with pytest.raises(KeyboardInterrupt):
            emptying.step(job)
    # The rows say so already: no page shows what may be half gone.
    assert not Image.objects.filter(removed_at__isnull=True).exists()
    Job.objects.update(lease_until=lease(-1))

    run_jobs()

    assert Job.objects.get().status == JobStatus.DONE
    assert not any(any(files_of(image)) for image in images)


def test_what_is_restored_in_time_keeps_its_files(
    mei: User, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = deleted(make(), ago=LONG_AGO)
    emptying.purge_what_is_due()
    stale = [Image.objects.get()]
    trash.restore([image], by=mei)

    assert trash.remove_files(stale) == 0
    run_jobs()

    assert files_of(image) == [True] * 3


def test_a_storage_that_is_away_is_tried_again(
    mei: User, make: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = deleted(make(), ago=LONG_AGO)
    emptying.purge_what_is_due()
    with monkeypatch.context() as patch:
        patch.setattr(trash, "remove", _away)
        running.run_next()
    Job.objects.update(lease_until=None)

    assert finished(Job.objects.get()).status == JobStatus.DONE
    assert not any(files_of(image))


def test_files_that_others_need_stay(client: Client, mei: User, make: MakeImage) -> None:
    """References have files of their own; should one share an image's, it keeps them."""
    client.force_login(mei)
    image = deleted(make(), ago=LONG_AGO)
    twin = make(original=image.original)
    reference = Reference.objects.create(
        member=mei,
        image=image,
        media_type="image/png",
        width=1,
        height=1,
        bytes=1,
        sha256="0" * 64,
        original="references/none.png",
        thumb_320=image.thumb_320,
    )
    ReferenceUse.objects.create(generation=twin.generation, reference=reference)

    emptying.purge_what_is_due()
    run_jobs()

    assert files_of(image) == [True, True, False]
    with closing(client.get(f"/references/{reference.pk}/320/")) as answer:
        assert answer.status_code == 200


def test_nobody_restores_or_empties_for_another(client: Client, mei: User, bo: User, make: MakeImage) -> None:
    image = deleted(make())
    client.force_login(bo)

    client.post("/trash/restore/", {"images": str(image.pk), "generations": str(image.generation_id)})
    client.post("/trash/empty/", {"sure": "1"})
    run_jobs()

    assert str(image.pk) not in client.get("/trash/").content.decode()
    assert Image.objects.get().trashed_at is not None
    assert files_of(image) == [True] * 3


def _dies(*args: object) -> None:
    raise KeyboardInterrupt


def _away(*args: object) -> None:
    raise StorageUnavailable("away")
