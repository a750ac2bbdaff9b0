"""The pages of collections and the panel of an image: what they show to whom, and what is sent by hand."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations import collecting, keeping
from generations.models import Access, Collection, Image
from team.models import User
from tests.generations.order.conftest import MakeImages

pytestmark = pytest.mark.django_db

NOBODYS = "6cc7bfb8-330a-4c4c-93f4-a87890c6d968"
BROKEN = [
    "",
    "0",
    "-1",
    "x" * 3000,
    "9" * 400,
    "null",
    "../..",
    "\ufffd",
    "1 OR 1=1",
    NOBODYS,
]
HTMX = {"HX-Request": "true"}


def signed_in(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def image(make_images: MakeImages, mei: User) -> Image:
    return make_images(mei, prompt="a quiet harbour")[0]


@pytest.fixture
def shared(image: Image, mei: User) -> Collection:
    collection = collecting.create(owner=mei, name="Harbours", access=Access.VIEW)
    collecting.add([image], collection, by=mei)
    return collection


def test_each_button_of_the_panel_does_what_it_says(image: Image, mei: User) -> None:
    client, address = signed_in(mei), f"/images/{image.pk}/order/"
    for fields in (
        {"favourite": "1"},
        {"rating": "4"},
        {"tags": "sea, 港口"},
        {"note": "for the client"},
        {"new_collection": "Harbours"},
    ):
        answer = client.post(address, fields)
        assert (answer.status_code, answer["Location"]) == (302, f"/images/{image.pk}/#image-order")

    image.refresh_from_db()
    assert (image.is_favourite, image.rating, image.note) == (True, 4, "for the client")
    assert image.collection_items.get().collection.name == "Harbours"
    panel = client.get(address, headers=HTMX).content.decode()
    assert "<html" not in panel
    assert all(word in panel for word in ("sea", "港口", "for the client", "Harbours"))


def test_the_panel_takes_back_what_it_gave(image: Image, shared: Collection, mei: User) -> None:
    keeping.tag([image], names=["sea"], by=mei)
    client, address = signed_in(mei), f"/images/{image.pk}/order/"
    for fields in ({"untag": "sea"}, {"uncollect": str(shared.pk)}, {"favourite": "0"}, {"rating": "0"}):
        assert client.post(address, fields, headers=HTMX).status_code == 200

    assert not image.tags.exists()
    assert not shared.items.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"rating": "6"}, "A rating is a number from 1 to 5."),
        ({"rating": "NaN"}, "A rating is a number from 1 to 5."),
        ({"tags": "x" * 61}, "A tag has 60 characters at most."),
        ({"note": "a\x00b"}, "Null characters are not allowed."),
        ({"collect": ""}, "Choose a collection."),
        ({"collect": NOBODYS}, "This collection is not there any more."),
        ({"new_collection": " "}, "This field is required."),
    ],
)
def test_what_is_not_taken_is_said_in_the_panel(
    image: Image, mei: User, fields: dict[str, str], sentence: str
) -> None:
    answer = signed_in(mei).post(f"/images/{image.pk}/order/", fields, headers=HTMX)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    image.refresh_from_db()
    assert (image.rating, image.note) == (0, "")


def test_whoever_sees_an_image_through_a_collection_changes_nothing_of_it(
    image: Image, shared: Collection, mei: User, bo: User, rui: User
) -> None:
    keeping.tag([image], names=["secret client"], by=mei)
    keeping.write_note(image, text="between us", by=mei)
    for other in (bo, rui):
        client = signed_in(other)
        assert client.post(f"/images/{image.pk}/order/", {"favourite": "1"}).status_code == 404
        panel = client.get(f"/images/{image.pk}/order/").content.decode()
        assert "Harbours" in panel
        assert "secret client" not in panel
        assert "between us" not in panel
        assert client.get("/tags/", {"tags": "sec"}).content.strip() == b""
    image.refresh_from_db()
    assert not image.is_favourite


def test_the_team_sees_the_picture_and_its_prompt_and_nothing_beside_it(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    one, sibling = make_images(mei, 2, prompt="a quiet harbour")
    collection = collecting.create(owner=mei, name="Harbours", access=Access.VIEW)
    collecting.add([one], collection, by=mei)
    client = signed_in(bo)

    page = client.get(f"/images/{one.pk}/").content.decode()

    assert "a quiet harbour" in page
    assert str(sibling.pk) not in page
    assert str(one.generation_id) not in page
    assert client.get(f"/images/{sibling.pk}/").status_code == 404
    assert client.get(f"/media/{sibling.pk}/320/").status_code == 404
    assert client.get(f"/generations/{one.generation_id}/").status_code == 404
    links = set(re.findall(r'href="(/(?:images/[^/]*/|review/|generations/|collections/)[^"/]*/?)"', page))
    for link in links:
        if "/download/" in link:
            continue  # of a picture that the rows of this test do not have
        assert client.get(link.partition("?")[0].partition("#")[0]).status_code == 200, link


def test_a_private_collection_is_nothing_to_others(image: Image, mei: User, bo: User, ada: User) -> None:
    private = collecting.create(owner=mei, name="Unheard of")
    collecting.add([image], private, by=mei)
    for other in (bo, ada):
        client = signed_in(other)
        assert "Unheard of" not in client.get("/collections/").content.decode()
        assert client.get(f"/collections/{private.pk}/").status_code == 404
        for act in ("arrange", "images", "archive", "delete"):
            assert client.post(f"/collections/{private.pk}/{act}/", {"out": image.pk}).status_code == 404
    assert private.items.count() == 1


def test_the_team_may_look_but_not_settle(shared: Collection, image: Image, bo: User) -> None:
    client, address = signed_in(bo), f"/collections/{shared.pk}/"
    page = client.get(f"{address}?arrange=1").content.decode()
    assert str(image.pk) in page
    assert 'method="post"' not in page.partition("<main")[2]

    client.post(address, {"name": "Bo's", "access": "edit"})
    client.post(f"{address}images/", {"out": image.pk})
    assert client.post(f"{address}archive/", {"archived": "1"}).status_code == 404
    assert client.post(f"{address}delete/").status_code == 404
    shared.refresh_from_db()
    assert (shared.name, shared.access, shared.items.count()) == ("Harbours", "view", 1)


def test_a_collection_is_made_changed_archived_deleted_and_brought_back(mei: User) -> None:
    client = signed_in(mei)
    answer = client.post("/collections/", {"name": " Ports ", "description": "", "access": "private"})
    address = answer["Location"]
    assert client.post(address, {"name": "港口", "access": "edit"}).status_code == 302
    client.post(f"{address}archive/", {"archived": "1"})
    assert "港口" not in client.get("/collections/").content.decode()
    assert "港口" in client.get("/collections/?archived=1").content.decode()

    after = client.post(f"{address}delete/")["Location"]
    page = client.get(after)
    assert page.context["deleted_name"] == "港口"
    assert client.post("/collections/restore/", {"deleted": page.context["undo"]})["Location"] == address
    assert client.get(address).status_code == 200


def test_what_is_taken_out_goes_back_to_its_place(make_images: MakeImages, mei: User) -> None:
    images = make_images(mei, 3)
    collection = collecting.create(owner=mei, name="Harbours")
    collecting.add(images, collection, by=mei)
    client, address = signed_in(mei), f"/collections/{collection.pk}/"

    page = client.post(f"{address}images/", {"out": images[1].pk}, follow=True)
    assert 'id="arrange-undo"' in page.text
    client.post(f"{address}images/", {"undo": page.context["undo"].pk})

    shown = [item.image for item, _shape in client.get(address).context["items"]]
    assert shown == images


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 121}, {"name": "a", "access": "everybody"}])
def test_a_wrong_collection_is_answered_at_its_fields(mei: User, fields: dict[str, str]) -> None:
    answer = signed_in(mei).post("/collections/", fields)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Collection.objects.exists()


@pytest.mark.parametrize("broken", BROKEN)
def test_made_up_values_change_nothing_and_break_nothing(
    image: Image, shared: Collection, mei: User, broken: str
) -> None:
    client, before = signed_in(mei), list(shared.items.values())
    for name in ("favourite", "rating", "untag", "collect", "uncollect"):
        answer = client.post(f"/images/{image.pk}/order/", {name: broken}, headers=HTMX)
        assert answer.status_code == 200, name
    for act, names in {
        "arrange": ("image", "beside", "to", "page"),
        "images": ("out", "undo", "cover"),
    }.items():
        for name in names:
            fields = {"image": image.pk, name: broken}
            assert client.post(f"/collections/{shared.pk}/{act}/", fields).status_code == 302
    assert client.post("/collections/restore/", {"deleted": broken}).status_code == 302
    query = {"page": broken, "undo": broken, "deleted": broken, "tags": broken}
    for address in (f"/collections/{shared.pk}/", "/collections/", "/tags/"):
        assert client.get(address, query).status_code == 200
    image.refresh_from_db()
    assert (image.is_favourite, list(shared.items.values())) == (False, before)


def test_the_wall_costs_no_more_queries_for_more_collections(make_images: MakeImages, mei: User) -> None:
    client = signed_in(mei)

    def asked() -> int:
        collection = collecting.create(owner=mei, name="Harbours", access=Access.VIEW)
        collecting.add(make_images(mei, 5), collection, by=mei)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/collections/").status_code == 200
        return len(queries)

    few = asked()
    assert [asked() for _ in range(3)][-1] == few
