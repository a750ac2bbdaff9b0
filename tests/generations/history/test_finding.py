"""What is found: every filter, every order, page by page, with its numbers and its neighbours."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from generations import keeping
from generations.entries import entries_of
from generations.history import finding
from generations.history.asked import Asked
from generations.history.counts import facets, months
from generations.history.finding import count, find, matching_images, page, place_of
from generations.history.marks import marks_of
from generations.models import Collection, Generation, Reference, ReferenceUse, Tag
from generations.neighbours import neighbours
from team.models import User
from tests.generations.history.conftest import Making

pytestmark = pytest.mark.django_db


def prompts(asked: Asked, user: User) -> set[str]:
    found = {one.prompt for one in page(asked, user).generations}
    assert found == {one.prompt for one in find(asked, user)}
    assert count(asked, user).number == len(found)
    return found


@pytest.mark.parametrize(
    ("filtered", "has"),
    [
        ({"status": ("failed",)}, {"status": "failed"}),
        ({"outcome": ("none",)}, {"outcome": "none"}),
        ({"category": ("hate",)}, {"refused": ("hate", "violence")}),
        ({"model": ("other",)}, {"model": "other"}),
        ({"size": ("1x1",)}, {"size": "1x1"}),
        ({"shape": ("portrait",)}, {"shape": "portrait"}),
        ({"quality": ("high",)}, {"quality": "high"}),
        ({"background": ("opaque",)}, {"background": "opaque"}),
        ({"n": (4, 5)}, {"n": 4}),
        ({"references": True}, {"operation": "edits"}),
        ({"source": ("remix",)}, {"source": "remix"}),
        ({"cost_from": Decimal(1)}, {"cost": Decimal(2)}),
        ({"cost_to": Decimal("0.1")}, {"cost": Decimal("0.1")}),
        ({"since": date(2020, 5, 1), "until": date(2020, 5, 1)}, {"created_at": "2020-05-01T12:00Z"}),
        ({"favourite": True}, {"favourites": 1}),
        ({"rating": 3}, {"best_rating": 3}),
        ({"words": "dog"}, {"revised": "a dog"}),
    ],
)
def test_a_filter_finds_what_fits_and_nothing_else(
    mei: User, make: Making, filtered: dict[str, Any], has: dict[str, Any]
) -> None:
    make("other")
    make("wanted", **has)
    make("in the trash", **has, trashed_at=timezone.now())

    assert prompts(Asked(**filtered), mei) == {"wanted"}


def test_favourite_rating_tags_and_collection_hold_of_one_image(mei: User, make: Making) -> None:
    both, apart = make("both", images=2), make("apart", images=2)
    tag = Tag.objects.create(member=mei, name="x", folded="x")
    collection = Collection.objects.create(owner=mei, name="c")
    for generation, index in ((both, 0), (apart, 1)):
        first, other = generation.images.get(index=0), generation.images.get(index=index)
        first.is_favourite, other.rating = True, 4
        for image in {first.pk: first, other.pk: other}.values():
            image.save()
        if first == other:
            first.rating = 4
            first.save()
        other.tags.add(tag)
        collection.items.create(image=first, added_by=mei)
    Generation.objects.update(favourites=1, best_rating=4)

    everything = Asked(favourite=True, rating=4, tag=(tag.pk,), collection=collection.pk)
    assert prompts(everything, mei) == {"both"}
    assert prompts(replace(everything, favourite=False, collection=None), mei) == {"both", "apart"}
    assert [image.index for image in matching_images(Asked(collection=collection.pk), mei)] == [0, 0]
    both.images.filter(index=0).update(trashed_at=timezone.now())
    assert prompts(everything, mei) == set()


@pytest.mark.parametrize("sort", ["newest", "oldest", "rating", "cost"])
@pytest.mark.parametrize("wanted", [{}, {"words": "cat"}, {"words": "cat", "status": ("succeeded",)}])
@pytest.mark.parametrize("nearest", [1, 3, 1000])
def test_pages_follow_each_other_in_every_order(
    mei: User,
    make: Making,
    monkeypatch: pytest.MonkeyPatch,
    sort: str,
    wanted: dict[str, Any],
    nearest: int,
) -> None:
    for name in ("NEAREST", "NAMED"):
        monkeypatch.setattr(finding, name, nearest)
    moment = timezone.now()
    for number in range(7):
        cost = None if number == 3 else Decimal(number % 3)
        make(
            f"cat {number}",
            best_rating=number % 3,
            cost=cost,
            created_at=moment - timedelta(hours=number // 2),
        )
    asked, after = Asked(sort=sort, **wanted), ""
    seen: list[Generation] = []

    while True:
        found = page(asked, mei, after, size=2)
        seen += found.generations
        if found.next_cursor is None:
            break
        after = found.next_cursor

    assert seen == list(find(asked, mei))
    assert len(seen) == 7
    if sort == "cost":
        assert seen[-1].cost is None
    assert place_of(seen[1], asked) == page(asked, mei, size=2).next_cursor


@pytest.mark.parametrize(
    "cursor", ["x", "r9~", "c-~AAAA", "o~" + "A" * 32, "A" * 32, "_" * 32, "\0", "é" * 9, "~" * 10**6]
)
@pytest.mark.parametrize("sort", ["newest", "oldest", "rating", "cost"])
def test_a_forged_cursor_is_answered_with_a_page(
    mei: User, bo: User, make: Making, sort: str, cursor: str
) -> None:
    make()
    make("theirs", member=bo)

    found = page(Asked(sort=sort), mei, cursor)

    assert {one.prompt for one in found.generations} <= {"a cat"}


def test_a_page_takes_as_many_queries_however_much_is_on_it(mei: User, make: Making) -> None:
    def queries(asked: Asked) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(asked, mei)
            count(asked, mei)
        return len(captured)

    make(refused=("hate",))
    make()
    few = [queries(Asked()), queries(Asked(words="cat"))]
    for _ in range(9):
        make(images=3)

    assert [queries(Asked()), queries(Asked(words="cat"))] == few


def test_a_page_brings_its_images_and_a_list_the_references(
    mei: User, make: Making, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make(refused=("hate",))
    make(images=2)
    edited = make(images=1, operation="edits")
    picture = Reference.objects.create(member=mei, width=1, height=1, bytes=1, sha256="0" * 64)
    ReferenceUse.objects.create(generation=edited, reference=picture)

    found = page(Asked(), mei).generations

    with django_assert_num_queries(0):
        assert [len(one.images.all()) for one in found] == [0, 2, 1]
    with django_assert_num_queries(1):
        entries_of(found[1:], Asked(), mei, as_list=True)
    with django_assert_num_queries(0):
        assert [len(one.reference_uses.all()) for one in found[1:]] == [0, 1]


def test_calls_and_refusals_are_read_of_what_did_not_simply_succeed(
    mei: User, make: Making, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make(refused=("hate",))
    make(images=2)
    found = page(Asked(), mei).generations

    with django_assert_num_queries(2):
        rows = entries_of(found, Asked(), mei)
    with django_assert_num_queries(0):
        assert [[len(one.calls.all()), len(one.refusals.all())] for one in found[:1]] == [[1, 1]]
    assert [one.standing is None for one in rows] == [False, True]


def test_values_are_counted_among_what_the_other_filters_leave(mei: User, bo: User, make: Making) -> None:
    make(model="one", quality="high")
    make(model="two", quality="high")
    make(model="two")
    make(refused=("hate", "violence"), model="two")
    make(member=bo, model="three")
    tag = Tag.objects.create(member=mei, name="Blue", folded="blue")
    make(images=2).images.get(index=1).tags.add(tag)

    of = facets(Asked(quality=("high",)), mei).of
    every = facets(Asked(), mei).of

    assert {one.value: one.count for one in of["model"]} == {"one": 1, "two": 1}
    assert [(one.value, one.count, one.is_chosen) for one in of["quality"]] == [("high", 2, True)]
    assert {one.value: one.count for one in every["category"]} == {"hate": 1, "violence": 1}
    assert [(one.label, one.count, one.address) for one in every["tag"]] == [("Blue", 1, f"tag={tag.pk}")]
    assert {one.value: one.count for one in every["model"]} == {"two": 3, "one": 1, "gpt-image-1": 1}


@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked(words="cat"),
        Asked(favourite=True),
        Asked(rating=4),
        Asked(references=True),
        Asked(references=False, rating=2),
        Asked(favourite=True, rating=3, status=("succeeded",)),
    ],
)
@pytest.mark.parametrize("is_tagged", [False, True])
def test_each_choice_says_how_many_it_would_find(
    asked: Asked, mei: User, make: Making, *, is_tagged: bool
) -> None:
    tag = Tag.objects.create(member=mei, name="Blue", folded="blue")
    for number, (prompt, operation) in enumerate(product(("a cat", "a dog"), ("generations", "edits"))):
        first, second = make(prompt, images=2, operation=operation).images.order_by("index")
        keeping.rate([first], rating=number + 1, by=mei)
        keeping.favourite([second if number % 2 else first], on=True, by=mei)
        (first if number < 3 else second).tags.add(tag)
    make("a cat", refused=("hate",))
    asked = replace(asked, tag=(tag.pk,)) if is_tagged else asked

    marks = marks_of(asked, mei)

    def found(**changes: Any) -> int:
        return count(replace(asked, **changes), mei).number

    assert marks.favourite == found(favourite=True)
    assert marks.ratings == tuple((stars, found(rating=stars)) for stars in (1, 2, 3, 4, 5))
    assert (marks.with_references, marks.without_references) == (
        found(references=True),
        found(references=False),
    )


def test_months_are_counted(mei: User, make: Making) -> None:
    for day in ("2026-03-01T12:00Z", "2026-03-31T12:00Z", "2025-12-31T12:00Z"):
        make(created_at=day)

    assert [(one.year, one.month, one.count) for one in months(Asked(), mei)] == [(2026, 3, 2), (2025, 12, 1)]


def test_more_than_can_be_counted_is_said_to_be_more(
    mei: User, make: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST_COUNTED", 2)
    for _ in range(3):
        make()

    assert count(Asked(), mei) == finding.Count(2, is_more=True)
    assert count(Asked(words="cat"), mei) == finding.Count(2, is_more=True)


def test_the_images_beside_one_follow_the_search(mei: User, make: Making) -> None:
    newest, _other, middle, oldest = make("cat"), make("dog"), make("cat", images=2), make("cat")
    asked = Asked(words="cat")

    siblings = list(middle.images.all())
    first = neighbours(siblings[0], siblings, in_history=True, asked=asked, user=mei)
    last = neighbours(siblings[1], siblings, in_history=True, asked=asked, user=mei)
    backwards = neighbours(
        siblings[1], siblings, in_history=True, asked=replace(asked, sort="oldest"), user=mei
    )

    assert (first.previous, first.next) == (newest.images.get().pk, siblings[1].pk)
    assert (last.previous, last.next) == (siblings[0].pk, oldest.images.get().pk)
    assert backwards.next == newest.images.get().pk
