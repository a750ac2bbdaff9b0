"""Taking an image out of a collection is undone: also of somebody else, and only as far as one still may."""

import pytest
from django.utils import timezone

from generations import collecting
from generations.models import Access, Collection, Image, Job
from team.models import User
from tests.generations.order.conftest import MakeImages
from tests.generations.order.test_order_pages import signed_in

pytestmark = pytest.mark.django_db


def test_an_editor_puts_back_an_image_of_somebody_else_where_it_lay(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    images = make_images(mei, 3)
    collection = collecting.create(owner=mei, name="Harbours", access=Access.EDIT)
    collecting.add(images, collection, by=mei)
    collecting.choose_cover(images[1], collection, by=mei)
    before = list(collection.items.values("image", "position", "added_by", "added_at"))
    client, address = signed_in(bo), f"/collections/{collection.pk}/"

    page = client.post(f"{address}images/", {"out": images[1].pk}, follow=True)
    assert client.get(f"/images/{images[1].pk}/").status_code == 404
    client.post(f"{address}images/", {"undo": page.context["undo"].pk})

    assert list(collection.items.values("image", "position", "added_by", "added_at")) == before
    collection.refresh_from_db()
    assert collection.cover == images[1]


def test_nothing_is_put_back_by_whoever_may_not_change_the_collection_any_more(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    images = make_images(mei, 2)
    collection = collecting.create(owner=mei, name="Harbours", access=Access.EDIT)
    collecting.add(images, collection, by=mei)
    client, address = signed_in(bo), f"/collections/{collection.pk}/"
    undo = client.post(f"{address}images/", {"out": images[1].pk}, follow=True).context["undo"]

    for changed in (Access.VIEW, Access.PRIVATE):
        Collection.objects.update(access=changed)
        client.post(f"{address}images/", {"undo": undo.pk})
        assert [item.image for item in collection.items.all()] == images[:1]
        Job.objects.filter(pk=undo.pk).update(arguments=undo.arguments)


def test_an_image_that_its_owner_has_deleted_meanwhile_stays_out(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    images = make_images(mei, 2)
    collection = collecting.create(owner=mei, name="Harbours", access=Access.EDIT)
    collecting.add(images, collection, by=mei)
    client, address = signed_in(bo), f"/collections/{collection.pk}/"
    undo = client.post(f"{address}images/", {"out": images[1].pk}, follow=True).context["undo"]
    Image.objects.filter(pk=images[1].pk).update(trashed_at=timezone.now())

    client.post(f"{address}images/", {"undo": undo.pk})

    assert [item.image for item in collection.items.all()] == images[:1]


def test_nobody_takes_back_what_somebody_else_took_out(
    make_images: MakeImages, mei: User, bo: User, rui: User
) -> None:
    images = make_images(mei, 2)
    collection = collecting.create(owner=mei, name="Harbours", access=Access.EDIT)
    collecting.add(images, collection, by=mei)
    address = f"/collections/{collection.pk}/"
    undo = signed_in(bo).post(f"{address}images/", {"out": images[1].pk}, follow=True).context["undo"]

    signed_in(rui).post(f"{address}images/", {"undo": undo.pk})

    assert collection.items.count() == 1
    assert "arrange-undo" not in signed_in(rui).get(address, {"arrange": 1, "undo": undo.pk}).text
