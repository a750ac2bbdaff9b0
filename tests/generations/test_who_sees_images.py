"""Whose images a member sees: their own, and what the team shares."""

import pytest
from django.utils import timezone

from generations.models import Access, Collection, CollectionItem, Image
from team.models import User
from tests.studio_rows import make_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(mei: User, rui: User, ada: User) -> Image:
    return make_rows(mei, reviewer=rui, administrator=ada).image


@pytest.fixture
def collection(image: Image, mei: User) -> Collection:
    collection = Collection.objects.create(owner=mei, name="Cats", access=Access.VIEW)
    CollectionItem.objects.create(collection=collection, image=image, added_by=mei)
    return collection


def test_an_image_of_a_shared_collection_is_seen_by_the_team(
    image: Image, collection: Collection, bo: User
) -> None:
    assert image in Image.objects.visible_to(bo)


def test_an_image_of_a_private_collection_is_its_owners(
    image: Image, collection: Collection, mei: User, bo: User
) -> None:
    Collection.objects.update(access=Access.PRIVATE)

    assert image in Image.objects.visible_to(mei)
    assert image not in Image.objects.visible_to(bo)


def test_what_lies_in_the_trash_is_no_longer_shared(
    image: Image, collection: Collection, mei: User, bo: User
) -> None:
    Image.objects.update(trashed_at=timezone.now())

    assert image in Image.objects.visible_to(mei)
    assert image not in Image.objects.visible_to(bo)


def test_what_was_removed_from_the_trash_is_seen_by_nobody(image: Image, mei: User, rui: User) -> None:
    Image.objects.update(trashed_at=timezone.now(), removed_at=timezone.now())

    assert not Image.objects.visible_to(mei).exists()
    assert not Image.objects.visible_to(rui).exists()
