"""What an address asks for: read without raising, and written in one order."""

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations.history.asked import _READERS, Asked, name_in_address
from generations.history.chips import chips
from generations.history.counts import facets, months
from generations.history.finding import count, marks, matching_images, page
from generations.models import Collection, Tag
from team.models import User
from tests.generations.history.conftest import Making

pytestmark = pytest.mark.django_db

WHOLE = (
    "q=a+%22red+cat%22+-dog&status=failed&status=succeeded&outcome=passed&category=hate&model=m&endpoint=1"
    "&size=1024x1024&shape=square&quality=high&background=opaque&n=2&references=1&favourite=1&rating=3&tag=7"
    "&collection=6f1e0a4e-6f0f-4a52-8d0b-0a4c1ad0a1b2&from=2026-01-01&to=2026-02-01&cost_from=0.1&cost_to=2"
    "&source=remix&sort=rating"
)
NAMES = [name_in_address(field) for field in _READERS]
HOSTILE = ["\0", "a\0b", "%", "_", "'", "-1", "0", "9" * 400, "NaN", "Infinity", "0x10", "1e9", "0001-01-01"]
HOSTILE += [
    "9999-12-31",
    "2026-02-31",
    "٣",
    "²",
    "true",
    "newest\0",
    "\ud800",
    "a" * 5000,
    "[]",
    "1;2",
    "x" * 36,
]


def asked_by(address: str, user: User) -> tuple[Asked, dict[str, str]]:
    return Asked.parse(QueryDict(address), user)


def test_an_address_is_read_and_written_as_it_was(mei: User) -> None:
    asked, errors = asked_by(WHOLE, mei)

    assert not errors
    assert asked.address() == WHOLE
    assert asked_by(asked.address(), mei) == (asked, {})
    assert len(chips(asked, mei)) == 22


def test_a_condition_is_taken_away_by_its_chip(mei: User) -> None:
    asked, _ = asked_by("q=cat&status=failed&status=blocked&sort=oldest", mei)

    assert [chip.address_without for chip in chips(asked, mei)] == [
        "status=blocked&status=failed&sort=oldest",
        "q=cat&status=failed&sort=oldest",
        "q=cat&status=blocked&sort=oldest",
    ]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_=st.lists(
        st.tuples(st.sampled_from([*NAMES, "after"]), st.sampled_from(HOSTILE) | st.text()), max_size=6
    )
)
def test_no_address_raises(mei: User, given_: list[tuple[str, str]]) -> None:
    data = QueryDict(mutable=True)
    for name, value in given_:
        data.appendlist(name, value)

    asked, errors = Asked.parse(data, mei)

    assert set(errors) <= {name for name, _ in given_}
    assert asked_by(asked.address(), mei) == (asked, {})
    page(asked, mei, data.get("after", ""))
    count(asked, mei)
    facets(asked, mei)


def test_half_a_character_is_no_part_of_a_search(mei: User) -> None:
    data = QueryDict(mutable=True)
    data["q"] = "cat \ud800"

    assert Asked.parse(data, mei)[0].address() == "q=cat"


def test_a_million_characters_are_too_many_words(mei: User) -> None:
    asked, errors = asked_by("q=" + "a" * 1_000_000, mei)

    assert (asked, list(errors)) == (Asked(), ["q"])


@pytest.mark.parametrize(
    "address",
    [
        "from=2026-02-01&to=2026-01-01",
        "cost_from=2&cost_to=1",
        "status=failed&outcome=passed",
        "endpoint=999999&model=none",
        "q=cat+-cat",
        "tag=1&tag=2&tag=3",
    ],
)
def test_what_contradicts_itself_finds_nothing(mei: User, make: Making, address: str) -> None:
    make()
    asked, errors = asked_by(address, mei)

    assert not errors
    assert page(asked, mei).generations == []
    assert count(asked, mei).number == 0
    assert not matching_images(asked, mei).exists()
    assert months(asked, mei) == []


def test_only_administrators_look_at_others(ada: User, mei: User, bo: User, make: Making) -> None:
    make("mine")
    make("theirs", member=bo)
    address = f"person={bo.pk}&team=1"

    asked, errors = asked_by(address, mei)
    assert set(errors) == {"person", "team"}
    assert [one.prompt for one in page(asked, mei).generations] == ["mine"]
    # What was read for an administrator finds nothing more for a member.
    asked, errors = asked_by(address, ada)
    assert not errors
    assert [one.prompt for one in page(asked, ada).generations] == ["theirs"]
    assert [one.prompt for one in page(asked, mei).generations] == ["mine"]
    assert len(page(asked_by("team=1", ada)[0], ada).generations) == 2
    assert page(Asked(), ada).generations == []


def test_others_tags_and_collections_find_nothing_and_are_not_named(
    mei: User, bo: User, make: Making
) -> None:
    image = make().images.get()
    tag = Tag.objects.create(member=bo, name="secret", folded="secret")
    collection = Collection.objects.create(owner=bo, name="secret")
    collection.items.create(image=image, added_by=bo)

    for address in (f"tag={tag.pk}", f"collection={collection.pk}"):
        asked, _ = asked_by(address, mei)
        assert page(asked, mei).generations == []
        assert "secret" not in "".join(chip.label for chip in chips(asked, mei))
        assert "secret" not in str(facets(asked, mei))


def test_the_words_are_marked(mei: User) -> None:
    asked, _ = asked_by("q=cat", mei)

    assert [piece.text for piece in marks("a cat", asked) if piece.is_hit] == ["cat"]
