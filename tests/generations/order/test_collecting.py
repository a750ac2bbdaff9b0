"""Collections: who may do what, the order by hand, and what others see through them."""

from collections.abc import Sequence
from itertools import pairwise, permutations

import pytest
from django.utils import timezone

from generations import collecting, deleted_collections
from generations.collected import covers, on_the_wall
from generations.collecting import To
from generations.models import Access, Collection, Image
from team.models import User
from tests.generations.conftest import Submit, run_everything
from tests.generations.order.conftest import MakeImages
from tests.team.test_at_once import at_once

pytestmark = pytest.mark.django_db


def in_order(collection: Collection, user: User) -> list[Image]:
    shown = collecting.items_shown_to(user).filter(collection=collection)
    return [item.image for item in shown.order_by("position", "pk")]


def filled(owner: User, images: Sequence[Image], access: str = Access.PRIVATE) -> Collection:
    collection = collecting.create(owner=owner, name="Harbours", access=access)
    assert collecting.add(images, collection, by=owner) == len(images)
    return collection


def test_images_come_in_the_order_they_are_given_and_once(make_images: MakeImages, mei: User) -> None:
    a, b, c = make_images(mei, 3)
    collection = filled(mei, [c, a])

    assert collecting.add([b, a, b], collection, by=mei) == 1
    assert in_order(collection, mei) == [c, a, b]


def test_only_ones_own_images_are_added_and_none_from_the_trash(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    mine, trashed = make_images(mei, 2)
    Image.objects.filter(pk=trashed.pk).update(trashed_at=timezone.now())
    collection = filled(mei, [], access=Access.EDIT)

    assert collecting.add([*make_images(bo), trashed, mine], collection, by=mei) == 1
    assert collecting.add([mine], collection, by=bo) == 0


@pytest.mark.parametrize(("access", "may"), [("private", False), ("view", False), ("edit", True)])
def test_the_team_changes_what_is_in_it_only_where_it_may(
    make_images: MakeImages, mei: User, bo: User, access: str, may: bool
) -> None:
    a, b = make_images(mei, 2)
    collection = filled(mei, [a, b], access=access)
    (his,) = make_images(bo)

    assert collecting.add([his], collection, by=bo) == int(may)
    assert collecting.move(b, collection, to=To.FIRST, by=bo) == may
    assert collecting.place(a, collection, beside=b.pk, is_after=False, by=bo) == may
    assert collecting.choose_cover(b, collection, by=bo) == may
    assert collecting.take_out([a], collection, by=bo) == int(may)


def test_the_owner_alone_renames_shares_archives_and_deletes(
    make_images: MakeImages, mei: User, bo: User, ada: User
) -> None:
    collection = filled(mei, make_images(mei), access=Access.EDIT)
    for other in (bo, ada):
        assert not collecting.rename(collection, name="Mine", description="", by=other)
        assert not collecting.share(collection, access=Access.PRIVATE, by=other)
        assert not collecting.archive(collection, on=True, by=other)
        assert deleted_collections.delete(collection, by=other) is None

    assert collecting.rename(collection, name="Ports", description="", by=mei)
    assert collecting.archive(collection, on=True, by=mei)


def test_a_shared_collection_shows_its_images_and_the_trash_hides_them(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    shared, other = make_images(mei, 2)
    collection = filled(mei, [shared], access=Access.VIEW)

    assert list(Image.objects.visible_to(bo)) == [shared]
    Image.objects.filter(pk=shared.pk).update(trashed_at=timezone.now())
    assert not Image.objects.visible_to(bo).exists()
    assert in_order(collection, mei) == in_order(collection, bo) == []
    Image.objects.filter(pk=shared.pk).update(trashed_at=None)
    collecting.share(collection, access=Access.PRIVATE, by=mei)
    assert not Image.objects.visible_to(bo).exists()
    assert other not in Image.objects.visible_to(bo)


def test_what_another_put_into_a_collection_is_gone_when_it_is_shared_no_more(
    make_images: MakeImages, mei: User, bo: User
) -> None:
    (hers,) = make_images(mei)
    collection = filled(bo, make_images(bo), access=Access.EDIT)
    collecting.add([hers], collection, by=mei)
    assert hers in in_order(collection, bo)

    collecting.share(collection, access=Access.PRIVATE, by=bo)
    assert hers not in in_order(collection, bo)
    assert hers not in Image.objects.visible_to(bo)
    assert collecting.take_out([hers], collection, by=mei) == 1


def test_an_owner_takes_an_image_out_wherever_it_lies(make_images: MakeImages, mei: User, bo: User) -> None:
    (hers,) = make_images(mei)
    collection = filled(bo, [], access=Access.EDIT)
    collecting.add([hers], collection, by=mei)
    collecting.share(collection, access=Access.VIEW, by=bo)

    assert collecting.take_out([hers], collection, by=mei) == 1
    assert not Image.objects.visible_to(bo).exists()


@pytest.mark.parametrize("wanted", list(permutations(range(3))))
def test_any_order_is_reached_by_dropping(
    make_images: MakeImages, mei: User, wanted: tuple[int, ...]
) -> None:
    images = make_images(mei, 3)
    collection = filled(mei, images)
    target = [images[place] for place in wanted]

    for before, image in pairwise(target):
        assert collecting.place(image, collection, beside=before.pk, is_after=True, by=mei)

    assert in_order(collection, mei) == target


def test_buttons_move_an_image_past_those_that_are_seen(make_images: MakeImages, mei: User) -> None:
    a, b, hidden, c = make_images(mei, 4)
    collection = filled(mei, [a, b, hidden, c])
    Image.objects.filter(pk=hidden.pk).update(trashed_at=timezone.now())

    assert collecting.move(c, collection, to=To.EARLIER, by=mei)
    assert in_order(collection, mei) == [a, c, b]
    assert collecting.move(a, collection, to=To.LATER, by=mei)
    assert in_order(collection, mei) == [c, a, b]
    assert collecting.move(c, collection, to=To.LAST, by=mei)
    assert collecting.move(b, collection, to=To.FIRST, by=mei)
    assert in_order(collection, mei) == [b, a, c]
    assert not collecting.move(b, collection, to=To.EARLIER, by=mei)
    assert not collecting.move(c, collection, to=To.LAST, by=mei)
    assert not collecting.move(hidden, collection, to=To.FIRST, by=mei)


def test_no_number_of_moves_into_the_same_gap_runs_out_of_places(make_images: MakeImages, mei: User) -> None:
    images = make_images(mei, 5)
    collection = filled(mei, images)
    first, *others = images

    for _ in range(12):
        for image in reversed(others):
            assert collecting.place(image, collection, beside=first.pk, is_after=True, by=mei)

    assert in_order(collection, mei) == images
    assert len(set(collection.items.values_list("position", flat=True))) == 5


def test_equal_and_extreme_positions_are_set_right(make_images: MakeImages, mei: User) -> None:
    a, b, c, new = make_images(mei, 4)
    collection = filled(mei, [a, b, c])
    for position in (0, 2**31 - 1):
        collection.items.update(position=position)
        shown = in_order(collection, mei)
        assert collecting.place(shown[2], collection, beside=shown[0].pk, is_after=False, by=mei)
        assert in_order(collection, mei) == [shown[2], shown[0], shown[1]]
    collection.items.update(position=2**31 - 1)
    assert collecting.add([new], collection, by=mei) == 1
    assert in_order(collection, mei)[-1] == new


def test_the_cover_is_what_was_chosen_then_the_first_images(make_images: MakeImages, mei: User) -> None:
    images = make_images(mei, 6)
    collection = filled(mei, images)
    empty = collecting.create(owner=mei, name="Empty")

    def shown() -> dict[str, list[Image]]:
        found = covers(list(on_the_wall(Collection.objects.visible_to(mei), mei)), mei)
        return {one.collection.name: list(one.images) for one in found}

    assert shown() == {"Harbours": images[:4], empty.name: []}
    assert collecting.choose_cover(images[5], collection, by=mei)
    assert shown()["Harbours"] == [images[5], *images[:3]]
    Image.objects.filter(pk=images[5].pk).update(trashed_at=timezone.now())
    assert shown()["Harbours"] == images[:4]
    collecting.take_out([images[5], images[0]], collection, by=mei)
    collection.refresh_from_db()
    assert collection.cover is None
    assert not collecting.choose_cover(images[0], collection, by=mei)


def test_a_deleted_collection_comes_back_as_it_was(make_images: MakeImages, mei: User, bo: User) -> None:
    a, b, c = make_images(mei, 3)
    collection = filled(mei, [c, a, b], access=Access.VIEW)
    collecting.choose_cover(b, collection, by=mei)
    token = deleted_collections.delete(collection, by=mei) or ""
    assert not Image.objects.visible_to(bo).exists()
    a.delete()

    assert deleted_collections.restore(token, by=bo) is None
    assert deleted_collections.name_of(token, by=mei) == "Harbours"
    again = deleted_collections.restore(token, by=mei)
    assert again == collection
    assert in_order(collection, bo) == [c, b]
    assert again.cover == b
    assert deleted_collections.restore(token, by=mei) == again
    assert deleted_collections.name_of(token, by=mei) is None


@pytest.mark.parametrize("token", ["", "x", "\x00" * 32, "a" * 32, "../" * 11])
def test_a_token_that_is_none_brings_nothing_back(mei: User, token: str) -> None:
    assert deleted_collections.restore(token, by=mei) is None


def test_images_arrive_in_the_collection_that_was_chosen_before(ask: Submit, mei: User, bo: User) -> None:
    mine = collecting.create(owner=mei, name="Harbours")
    closed = collecting.create(owner=bo, name="Not shared any more")
    for target in (mine, closed, None):
        generation = ask()
        type(generation).objects.filter(pk=generation.pk).update(collection=target)
    run_everything()

    assert mine.items.count() == 1
    assert closed.items.count() == 0
    assert Image.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_get_places_of_their_own(make_images: MakeImages, mei: User, bo: User) -> None:
    collection = filled(mei, make_images(mei), access=Access.EDIT)
    hers, his = make_images(mei, 3), make_images(bo, 3)

    answers = at_once(
        lambda: collecting.add(hers, collection, by=mei),
        lambda: collecting.add(his, collection, by=bo),
        lambda: collecting.add(hers, collection, by=mei),
    )

    assert answers == ["done"] * 3
    positions = list(collection.items.values_list("position", flat=True))
    assert len(positions) == len(set(positions)) == 7


@pytest.mark.django_db(transaction=True)
def test_moves_at_once_lose_no_image_and_no_place(make_images: MakeImages, mei: User) -> None:
    images = make_images(mei, 4)
    collection = filled(mei, images)

    answers = at_once(
        lambda: collecting.move(images[3], collection, to=To.FIRST, by=mei),
        lambda: collecting.move(images[2], collection, to=To.FIRST, by=mei),
        lambda: collecting.take_out([images[1]], collection, by=mei),
        lambda: collecting.place(images[0], collection, beside=images[1].pk, is_after=True, by=mei),
    )

    assert answers == ["done"] * 4
    assert len(set(collection.items.values_list("position", flat=True))) == 3
