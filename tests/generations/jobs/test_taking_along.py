"""What is no image comes along too: saved searches, the order of collections by hand, and kin."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations import collecting, keeping
from generations.collecting import To
from generations.history.asked import Asked
from generations.jobs import archive as archives
from generations.jobs import asking, exporting
from generations.models import (
    Collection,
    CollectionItem,
    Generation,
    Image,
    Job,
    JobStatus,
    SavedPrompt,
    SavedSearch,
    Tag,
)
from team.models import User
from tests.fake_endpoint import picture
from tests.generations.jobs.conftest import MakeImage, content_of, finished, run_jobs
from tests.generations.jobs.test_leaving import _sha256, archive, bring, record

pytestmark = pytest.mark.django_db
A, B, C = (str(UUID(int=number)) for number in (1, 2, 3))
LISTS = ["generations.jsonl", "collections.jsonl", "prompts.jsonl", "searches.jsonl"]
MANIFEST = {"format": "imagestudio-export", "version": 1, "lists": LISTS}


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def with_searches(*records: Any) -> bytes:
    return archive({"searches.jsonl": lines(*records)}, manifest=MANIFEST)


def export_of(member: User) -> bytes:
    return content_of(finished(asking.start("export", member=member, arguments={}))).read()


def save(member: User, name: str, asked: Asked, **fields: Any) -> SavedSearch:
    return SavedSearch.objects.create(member=member, name=name, query=asked.address(), **fields)


def asked_by(search: SavedSearch) -> Asked:
    asked, errors = Asked.parse(QueryDict(search.query), search.member)
    assert (asked.address(), errors) == (search.query, {})
    return asked


def prompts_in_order(collection: Collection) -> list[str]:
    items = collection.items.select_related("image__generation").order_by("position", "pk")
    return [item.image.generation.prompt for item in items]


def page(member: User, address: str) -> int:
    client = Client()
    client.force_login(member)
    return int(client.get(address).status_code)


@pytest.fixture
def ordered(mei: User, make: MakeImage) -> Collection:
    """A collection of six images in an order by hand, the fourth of which is the cover."""
    images = [make(prompt=str(number)) for number in range(6)]
    collection = Collection.objects.create(owner=mei, name="Wall")
    collecting.add(images, collection, by=mei)
    collecting.move(images[5], collection, to=To.FIRST, by=mei)
    collecting.choose_cover(images[3], collection, by=mei)
    return collection


def test_a_prompt_without_versions_is_left_out_and_the_library_opens(mei: User) -> None:
    empty = {"id": A, "name": "Portrait", "versions": []}
    whole = {"id": B, "name": "Cat", "versions": [{"number": 1, "text": "a {color} cat"}]}

    bring(mei, archive({"prompts.jsonl": lines(empty, whole)}))

    assert [prompt.name for prompt in SavedPrompt.objects.all()] == ["Cat"]
    assert page(mei, "/library/") == 200


def test_saved_searches_come_along_and_ask_for_the_same_by_the_ids_of_here(
    mei: User, bo: User, make: MakeImage
) -> None:
    image = make()
    keeping.tag([image], names=["猫", "Wall art"], by=mei)
    wall = Collection.objects.create(owner=mei, name="Wall")
    tags = tuple(sorted(Tag.objects.values_list("pk", flat=True)))
    cats_asked = Asked(words='白猫 "a b" -dog', rating=4, tag=tags, collection=wall.pk)
    save(mei, "Cats 猫", cats_asked, is_pinned=False)
    save(mei, "Dear", Asked(model=("gpt-image-2",), sort="cost"))

    bring(bo, export_of(mei))

    dear, cats = SavedSearch.objects.filter(member=bo)
    asked = asked_by(cats)
    assert (cats.name, cats.is_pinned, asked.words, asked.rating) == ("Cats 猫", False, '白猫 "a b" -dog', 4)
    assert asked.collection == Collection.objects.get(owner=bo).pk
    own = Tag.objects.filter(pk__in=asked.tag)
    assert {(tag.name, tag.member) for tag in own} == {("猫", bo), ("Wall art", bo)}
    assert set(own) == set(Image.objects.get(generation__member=bo).tags.all())
    assert (dear.name, dear.is_pinned) == ("Dear", True)
    assert asked_by(dear) == Asked(model=("gpt-image-2",), sort="cost")
    assert page(bo, "/history/searches/") == 200


def test_what_a_search_says_of_other_members_and_endpoints_is_left_out(
    mei: User, bo: User, make: MakeImage
) -> None:
    endpoint = make().generation.endpoint
    of_bo = Collection.objects.create(owner=bo, name="Bo's", access="view")
    tag = keeping.made(["mine"], by=bo)[0]
    asked = Asked(words="cat", endpoint=(endpoint.pk,), collection=of_bo.pk, tag=(tag.pk,))
    save(mei, "Much", asked)

    bring(bo, export_of(mei))

    assert asked_by(SavedSearch.objects.get(member=bo)) == Asked(words="cat")


def test_numbers_that_were_made_up_point_at_nobody(mei: User, bo: User) -> None:
    of_mei = Collection.objects.create(owner=mei, name="Mei's", access="view")
    tag = keeping.made(["mine"], by=mei)[0]
    query = f"q=cat&tag={tag.pk}&collection={of_mei.pk}&person={mei.pk}&endpoint=1&team=1&nothing=1&rating=9"

    bring(bo, with_searches({"name": "Hers", "query": query, "collection": str(of_mei.pk)}))

    assert SavedSearch.objects.get().query == "q=cat"


def test_a_name_that_has_a_search_here_stays_what_it_is(mei: User) -> None:
    mine = save(mei, "Cats", Asked(words="cat"))

    for _time in range(2):
        bring(mei, with_searches({"name": "Cats", "query": "q=dog"}, {"name": " Dogs ", "query": "q=dog"}))

    assert {(one.name, one.query) for one in SavedSearch.objects.all()} == {
        ("Cats", mine.query),
        ("Dogs", "q=dog"),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": " \0 "},
        {"name": "x" * 81},
        {"name": "a\nb"},
        {"name": ["a"]},
        {"query": ["q=cat"]},
        {"query": "q=cat" + "&a" * 1000},
        {"query": "q=" + "x" * 4000},
        {"query": "&".join(f"model={number}{'x' * 90}" for number in range(42)), "tags": ["a" * 60] * 9},
        {"tags": [f"t{number}" for number in range(51)]},
        {"tags": ["x" * 61]},
        {"tags": "cat"},
        {"tags": ["\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 60]},
        {"collection": "x"},
        {"collection": 7},
        {"created_at": "yesterday"},
    ],
)
def test_a_search_that_cannot_be_is_left_out_and_the_rest_is_taken(
    mei: User, changes: dict[str, Any]
) -> None:
    job = bring(
        mei,
        with_searches(
            {"name": "Bad", "query": "q=cat", **changes}, [1], "x", {"name": "Good", "query": "q=dog"}
        ),
    )

    assert job.status == JobStatus.DONE
    assert {one.name for one in SavedSearch.objects.all()} == {"Good"}
    assert page(mei, "/history/searches/") == 200


def test_a_search_with_more_parts_than_a_page_takes_is_left_out(mei: User) -> None:
    fields = ("category", "model", "size", "quality", "background")
    query = "&".join(f"{field}={number}" for field in fields for number in range(50))
    many = {"name": "Many", "query": query, "tags": [f"t{number}" for number in range(50)]}

    bring(mei, with_searches({**many, "query": f"{query}&n=1"}, {**many, "name": "Fewer", "tags": []}))

    assert [one.name for one in SavedSearch.objects.all()] == ["Fewer"]
    assert page(mei, "/history/searches/") == 200


def test_nobody_gets_more_searches_than_the_studio_keeps(mei: User) -> None:
    for beginning in ("a", "b"):
        told = ({"name": f"{beginning}{number}", "query": f"q={number}"} for number in range(70))
        bring(mei, with_searches(*told))

    assert SavedSearch.objects.count() == 100


def test_a_search_of_an_administrator_is_one_of_their_own_for_a_member(ada: User, bo: User) -> None:
    save(ada, "All", Asked(words="cat", team=True))
    save(ada, "Hers", Asked(words="dog", person=bo.pk))

    bring(bo, export_of(ada))

    assert {one.query for one in SavedSearch.objects.filter(member=bo)} == {"q=cat", "q=dog"}


def test_a_collection_keeps_its_order_by_hand_and_its_cover(ordered: Collection, mei: User, bo: User) -> None:
    before = prompts_in_order(ordered)

    bring(bo, export_of(mei))

    collection = Collection.objects.get(owner=bo)
    assert prompts_in_order(collection) == before == ["5", "0", "1", "2", "3", "4"]
    assert collection.cover is not None
    assert collection.cover.generation.prompt == "3"
    assert set(collection.items.values_list("added_by", flat=True)) == {bo.pk}


def test_parts_may_come_in_any_order(
    ordered: Collection, mei: User, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "PART_ENTRIES", 2)
    monkeypatch.setattr(exporting, "CHUNK", 2)
    before = prompts_in_order(ordered)
    asking.start("export", member=mei, arguments={})
    run_jobs()
    parts = sorted(Job.objects.filter(kind="export"), key=lambda job: -job.arguments.get("part", 1))
    assert len(parts) > 2

    for part in parts:
        bring(bo, content_of(part).read())

    collection = Collection.objects.get(owner=bo)
    assert prompts_in_order(collection) == before
    assert collection.cover is not None
    assert collection.cover.generation.prompt == "3"


def test_what_was_put_in_another_order_since_stays_so(ordered: Collection, mei: User, bo: User) -> None:
    content = export_of(mei)
    bring(bo, content)
    collection = Collection.objects.get(owner=bo)
    first = collection.items.order_by("position")[0].image
    collecting.move(first, collection, to=To.LAST, by=bo)
    collecting.choose_cover(None, collection, by=bo)

    bring(bo, content)

    collection.refresh_from_db()
    assert prompts_in_order(collection) == ["0", "1", "2", "3", "4", "5"]
    assert collection.cover is None


def told_of_image(**changes: Any) -> bytes:
    """An archive with one image in two collections."""
    content = picture()
    image = {"sha256": _sha256(content), "collections": [B, C], **changes}
    collections = lines({"id": B, "name": "One"}, {"id": C, "name": "Two"})
    files = {"images/cat.png": content, "collections.jsonl": collections}
    return archive({"generations.jsonl": lines(record(image=image)), **files})


def test_an_archive_from_before_there_were_places_is_taken_in(mei: User) -> None:
    bring(mei, told_of_image())

    assert {item.collection.name for item in CollectionItem.objects.all()} == {"One", "Two"}
    assert not SavedSearch.objects.exists()
    assert [row.cover for row in Collection.objects.all()] == [None, None]


def test_a_place_in_a_collection_that_holds_something_is_one_among_its_images(
    mei: User, make: MakeImage
) -> None:
    bring(mei, archive({"collections.jsonl": lines({"id": B, "name": "One"})}))
    one = Collection.objects.get()
    collecting.add([make(prompt="mine")], one, by=mei)
    place = {"collection": B, "position": 2**30, "is_cover": True}

    bring(mei, told_of_image(places=[place]))

    image = Image.objects.get(generation__source="import")
    one.refresh_from_db()
    assert one.cover == image
    assert prompts_in_order(one) == ["mine", "cat"]
    assert collecting.move(image, one, to=To.FIRST, by=mei)
    assert prompts_in_order(one) == ["cat", "mine"]


@pytest.mark.parametrize(
    "places",
    [
        "here",
        [7],
        [{"collection": B}],
        [{"collection": B, "position": -1}],
        [{"collection": B, "position": 2**31}],
        [{"collection": B, "position": "1"}],
        [{"collection": [B], "position": 1}],
        [{"collection": B, "position": 1, "added_at": "yesterday"}],
    ],
)
def test_a_place_that_cannot_be_is_left_out_with_its_record(mei: User, places: Any) -> None:
    job = bring(mei, told_of_image(places=places))

    assert (job.status, job.done, job.left_out) == (JobStatus.DONE, 0, 1)
    assert not Image.objects.exists()


def test_a_place_in_a_collection_that_did_not_come_along_is_none(mei: User, bo: User) -> None:
    of_bo = Collection.objects.create(owner=bo, name="Bo's", access="edit")
    place = {"collection": str(of_bo.pk), "position": 5, "is_cover": True}

    bring(mei, told_of_image(collections=[str(of_bo.pk)], places=[place]))

    of_bo.refresh_from_db()
    assert (of_bo.items.count(), of_bo.cover, Image.objects.count()) == (0, None, 1)


def test_an_image_with_more_tags_than_are_given_at_once_comes_with_all_of_them(
    mei: User, bo: User, make: MakeImage
) -> None:
    image = make()
    for start in (0, 20):
        keeping.tag([image], names=[f"tag {number}" for number in range(start, start + 20)], by=mei)

    bring(bo, export_of(mei))

    assert Image.objects.get(generation__member=bo).tags.count() == 40


def test_what_was_asked_side_by_side_is_side_by_side_again(mei: User, bo: User, make: MakeImage) -> None:
    series = uuid4()
    for prompt in ("one", "two"):
        Generation.objects.filter(pk=make(prompt=prompt).generation_id).update(series=series)

    bring(bo, export_of(mei))

    found = set(Generation.objects.filter(member=bo).values_list("series", flat=True))
    assert len(found) == 1
    assert not {None, series} & found
    assert page(bo, f"/series/{found.pop()}/") == 200


def test_a_generation_knows_what_it_repeats_and_where_it_was_collected(
    mei: User, bo: User, make: MakeImage
) -> None:
    wall = Collection.objects.create(owner=mei, name="Wall")
    of_bo = Collection.objects.create(owner=bo, name="Bo's", access="edit")
    first, second = sorted((make().generation, make().generation), key=lambda row: row.pk)
    Generation.objects.filter(pk=first.pk).update(collection=of_bo)
    Generation.objects.filter(pk=second.pk).update(retry_of=first, collection=wall)

    bring(bo, export_of(mei))

    again = Generation.objects.get(member=bo, retry_of__isnull=False)
    assert again.retry_of is not None
    assert (again.retry_of.member, again.retry_of.collection) == (bo, None)
    assert again.collection == Collection.objects.get(owner=bo, name="Wall")


def test_a_series_does_not_grow_longer_than_those_that_are_asked_here(mei: User) -> None:
    rows = [record(id=str(UUID(int=number)), calls=[], images=[], series=C) for number in range(10, 20)]

    bring(mei, archive({"generations.jsonl": lines(*rows)}))

    assert Generation.objects.count() == 10
    assert Generation.objects.filter(series__isnull=False).count() == 8


@pytest.mark.parametrize("changes", [{"series": "x"}, {"retry_of": 7}, {"collection": ["x"]}])
def test_a_generation_with_kin_that_cannot_be_is_left_out(mei: User, changes: dict[str, Any]) -> None:
    job = bring(mei, archive({"generations.jsonl": lines(record(calls=[], images=[], **changes))}))

    assert (job.status, job.done, job.left_out) == (JobStatus.DONE, 0, 1)


def test_the_places_of_more_images_take_no_more_queries(mei: User, make: MakeImage) -> None:
    collection = Collection.objects.create(owner=mei, name="Wall")
    counts = []
    for _time in range(2):
        collecting.add([make() for _number in range(4)], collection, by=mei)
        job = asking.start("export", member=mei, arguments={})
        with CaptureQueriesContext(connection) as queries:
            run_jobs()
        assert Job.objects.get(pk=job.pk).status == JobStatus.DONE
        counts.append(sum("savepoint" not in one["sql"].lower() for one in queries))

    assert counts[0] == counts[1]
