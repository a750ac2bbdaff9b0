"""Favourites, ratings, tags and notes: a member's own, and the copies in the generation stay right."""

from functools import partial

import pytest
from django.utils import timezone

from generations import keeping
from generations.keeping import NotTaken
from generations.models import Generation, Image, Tag
from team.models import User
from tests.generations.order.conftest import MakeImages
from tests.team.test_at_once import at_once

pytestmark = pytest.mark.django_db


def copies(image: Image) -> tuple[int, int]:
    generation = Generation.objects.get(pk=image.generation_id)
    return generation.best_rating, generation.favourites


def tags_of(image: Image) -> list[str]:
    return list(image.tags.order_by("folded").values_list("name", flat=True))


def test_the_generation_knows_its_best_rating_and_its_favourites(make_images: MakeImages, mei: User) -> None:
    first, second, third = make_images(mei, 3)

    assert keeping.rate([first, second], rating=3, by=mei) == 2
    assert keeping.rate([second], rating=5, by=mei) == 1
    assert keeping.favourite([first, third], on=True, by=mei) == 2
    assert copies(first) == (5, 2)

    keeping.rate([second], rating=0, by=mei)
    keeping.favourite([first], on=False, by=mei)
    assert copies(first) == (3, 1)


def test_what_is_so_already_is_not_counted_as_changed(make_images: MakeImages, mei: User) -> None:
    images = make_images(mei, 2)
    keeping.favourite(images[:1], on=True, by=mei)

    assert keeping.favourite(images, on=True, by=mei) == 1
    assert keeping.rate(images, rating=0, by=mei) == 0
    assert keeping.tag(images[:1], names=["sea"], by=mei) == 1
    assert keeping.tag(images, names=["Sea"], by=mei) == 1


def test_nobody_notes_anything_of_another_members_image(
    make_images: MakeImages, mei: User, bo: User, ada: User
) -> None:
    (image,) = make_images(mei)
    for other in (bo, ada):
        assert keeping.favourite([image], on=True, by=other) == 0
        assert keeping.rate([image], rating=4, by=other) == 0
        assert keeping.tag([image], names=["sea"], by=other) == 0
        assert keeping.write_note(image, text="mine", by=other) == 0
    keeping.tag([image], names=["sea"], by=mei)
    assert keeping.untag([image], names=["sea"], by=bo) == 0

    image.refresh_from_db()
    assert (image.is_favourite, image.rating, image.note, tags_of(image)) == (False, 0, "", ["sea"])


def test_nothing_is_noted_of_what_lies_in_the_trash(make_images: MakeImages, mei: User) -> None:
    image, kept = make_images(mei, 2)
    Image.objects.filter(pk=image.pk).update(trashed_at=timezone.now(), rating=5, is_favourite=True)

    assert keeping.rate([image, kept], rating=2, by=mei) == 1
    assert keeping.tag([image], names=["sea"], by=mei) == 0
    assert copies(image) == (2, 0)


def test_the_copies_follow_what_is_deleted_and_restored(make_images: MakeImages, mei: User) -> None:
    best, other = make_images(mei, 2)
    keeping.rate([best], rating=5, by=mei)
    keeping.rate([other], rating=1, by=mei)

    Image.objects.filter(pk=best.pk).update(trashed_at=timezone.now())
    keeping.recount([best.generation_id])
    assert copies(best) == (1, 0)
    Image.objects.filter(pk=best.pk).update(trashed_at=None)
    keeping.recount([best.generation_id])
    assert copies(best) == (5, 0)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("sea, Sea,SEA ", ["sea"]),
        ("Ｓｅａ， 海、山；sea", ["Ｓｅａ", "山", "海"]),
        ("  two   words ,,", ["two words"]),
        ("100%, _, 'x' OR 1=1", ["'x' OR 1=1", "100%", "_"]),
        ("a\u200bb\u0000c", ["ab c"]),
        ("straße,STRASSE", ["straße"]),
        ("", []),
    ],
)
def test_tags_are_told_apart_by_what_one_sees(
    make_images: MakeImages, mei: User, written: str, kept: list[str]
) -> None:
    (image,) = make_images(mei)

    keeping.tag([image], names=keeping.split_names(written), by=mei)

    assert sorted(tags_of(image)) == sorted(kept)


@pytest.mark.parametrize("names", [["x" * 61], ["\ufdfa" * 60], [f"tag {n}" for n in range(21)]])
def test_tags_that_do_not_fit_are_refused_as_a_whole(
    make_images: MakeImages, mei: User, names: list[str]
) -> None:
    (image,) = make_images(mei)
    with pytest.raises(NotTaken):
        keeping.tag([image], names=["good", *names], by=mei)
    assert Tag.objects.count() == 0


@pytest.mark.parametrize("rating", [-1, 6, 10**9])
def test_a_rating_beyond_the_stars_is_refused(make_images: MakeImages, mei: User, rating: int) -> None:
    with pytest.raises(NotTaken):
        keeping.rate(make_images(mei), rating=rating, by=mei)


def test_tags_of_two_members_have_nothing_to_do_with_each_other(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    keeping.tag(make_images(mei), names=["secret client"], by=mei)
    keeping.tag(make_images(bo), names=["sea", "seal"], by=bo)

    assert [tag.name for tag in keeping.suggestions(bo, "")] == ["sea", "seal"]
    assert list(keeping.suggestions(bo, "sec")) == []


def test_the_tags_that_are_used_most_are_suggested_first(make_images: MakeImages, mei: User) -> None:
    images = make_images(mei, 3)
    keeping.tag(images, names=["Harbour"], by=mei)
    keeping.tag(images[:1], names=["Haze", "50%"], by=mei)
    keeping.tag(images[:1], names=["gone"], by=mei)
    keeping.untag(images, names=["GONE"], by=mei)

    assert [tag.name for tag in keeping.suggestions(mei, "HA")] == ["Harbour", "Haze"]
    assert [tag.name for tag in keeping.suggestions(mei, "%")] == ["50%"]
    assert list(keeping.suggestions(mei, "gone")) == []


def test_two_notes_of_many_lines_are_kept_as_written(make_images: MakeImages, mei: User) -> None:
    (image,) = make_images(mei)
    assert keeping.write_note(image, text=" Client likes it\r\n海报候选 ", by=mei) == 1
    image.refresh_from_db()
    assert image.note == "Client likes it\n海报候选"
    with pytest.raises(NotTaken):
        keeping.write_note(image, text="x" * 2001, by=mei)


@pytest.mark.django_db(transaction=True)
def test_ratings_of_two_images_at_once_leave_the_better_one(make_images: MakeImages, mei: User) -> None:
    for _ in range(3):
        first, second = make_images(mei, 2)
        answers = at_once(
            partial(keeping.rate, [first], rating=5, by=mei),
            partial(keeping.rate, [second], rating=2, by=mei),
            partial(keeping.favourite, [second], on=True, by=mei),
            partial(keeping.favourite, [first], on=True, by=mei),
        )
        assert answers == ["done"] * 4
        assert copies(first) == (5, 2)


@pytest.mark.django_db(transaction=True)
def test_the_same_new_tag_given_twice_at_once_is_one_tag(make_images: MakeImages, mei: User) -> None:
    first, second = make_images(mei, 2)
    answers = at_once(
        lambda: keeping.tag([first, second], names=["sea", "sky"], by=mei),
        lambda: keeping.tag([second, first], names=["Sky", "Sea"], by=mei),
    )
    assert answers == ["done", "done"]
    assert Tag.objects.count() == 2
    assert first.tags.count() == second.tags.count() == 2
