"""Next and previous in a collection: in its order by hand, for whoever may look, and back to its page."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations import collecting
from generations.collecting import To
from generations.models import Access, Collection, Image
from team.models import User
from tests.generations.order.conftest import MakeImages

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(make_images: MakeImages, mei: User) -> list[Image]:
    """Three images in the collection, of generations of their own."""
    return [make_images(mei)[0] for _ in range(3)]


@pytest.fixture
def wall(images: list[Image], mei: User) -> Collection:
    """The collection in an order that is not that of the history: the middle one, the first, the last."""
    collection = collecting.create(owner=mei, name="Harbours", access=Access.VIEW)
    collecting.add(images, collection, by=mei)
    collecting.move(images[1], collection, to=To.FIRST, by=mei)
    return collection


def along(collection: Collection) -> dict[str, str]:
    return {"collection": str(collection.pk), "order": "hand"}


def walk(client: Client, collection: Collection, first: Image, way: str) -> list[str]:
    """The ids of the images that one comes to by pressing the same arrow."""
    seen, pk = [], first.pk
    while pk is not None:
        seen.append(str(pk))
        pk = client.get(f"/images/{pk}/", along(collection)).context[way]
    return seen


def test_the_arrows_follow_the_order_by_hand_and_back(
    client: Client, images: list[Image], wall: Collection, mei: User
) -> None:
    client.force_login(mei)
    in_order = [str(images[place].pk) for place in (1, 0, 2)]

    assert walk(client, wall, images[1], "next") == in_order
    assert walk(client, wall, images[2], "previous") == in_order[::-1]


def test_an_image_opened_from_a_collection_says_so_in_every_step(
    client: Client, images: list[Image], wall: Collection, mei: User
) -> None:
    client.force_login(mei)
    opened = f"/images/{images[1].pk}/?collection={wall.pk}&amp;order=hand"
    assert f'href="{opened}"' in client.get(f"/collections/{wall.pk}/").text

    page = client.get(f"/images/{images[0].pk}/", along(wall))

    assert f'href="{opened}" rel="prev"' in page.text
    assert (page.context["step"], page.context["steps"]) == (2, 3)
    assert page.context["back"] == f"/collections/{wall.pk}/#at-{images[0].pk}"


def test_the_way_back_leads_to_the_page_that_the_image_is_on(
    client: Client, images: list[Image], wall: Collection, mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.views.images.IN_A_COLLECTION", 2)
    client.force_login(mei)

    back = client.get(f"/images/{images[2].pk}/", along(wall)).context["back"]

    assert back == f"/collections/{wall.pk}/?page=2#at-{images[2].pk}"


def test_whoever_may_look_at_a_collection_walks_through_it_too(
    client: Client, images: list[Image], wall: Collection, mei: User, bo: User
) -> None:
    Image.objects.filter(pk=images[0].pk).update(trashed_at=timezone.now())
    client.force_login(bo)

    assert walk(client, wall, images[1], "next") == [str(images[1].pk), str(images[2].pk)]
    Collection.objects.update(access=Access.PRIVATE)
    assert client.get(f"/images/{images[1].pk}/", along(wall)).status_code == 404


def test_a_collection_that_is_not_shared_any_more_is_not_followed(
    client: Client, images: list[Image], make_images: MakeImages, wall: Collection, mei: User, bo: User
) -> None:
    Collection.objects.update(access=Access.EDIT)
    of_bo = make_images(bo)[0]
    collecting.add([of_bo], wall, by=bo)
    Collection.objects.update(access=Access.PRIVATE)
    client.force_login(bo)

    page = client.get(f"/images/{of_bo.pk}/", along(wall))

    assert (page.context["previous"], page.context["next"]) == (None, None)
    assert str(wall.pk) not in page.context["back"].partition("?")[0]
    assert "Harbours" not in page.text


@pytest.mark.parametrize("collection", ["", "x", "%00", "7a1b1243-3762-4730-8da6-748a69210a5a"])
def test_an_address_typed_by_hand_follows_the_history(
    client: Client, images: list[Image], mei: User, collection: str
) -> None:
    client.force_login(mei)

    page = client.get(f"/images/{images[0].pk}/", {"collection": collection, "order": "hand"})

    assert page.status_code == 200
    assert page.context["back"].startswith("/history/")


def test_a_large_collection_costs_no_more_queries(
    client: Client, images: list[Image], make_images: MakeImages, wall: Collection, mei: User
) -> None:
    client.force_login(mei)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/images/{images[0].pk}/", along(wall))
        return len(queries)

    few = asked()
    for _ in range(10):
        collecting.add(make_images(mei), wall, by=mei)

    assert asked() == few
