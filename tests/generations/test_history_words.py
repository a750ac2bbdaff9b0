"""What the history calls things: filters, categories, days; and which of the saved searches is shown."""

from datetime import date

import pytest
from django.test import Client
from django.utils.translation import override

from generations.category_words import in_words
from generations.history.asked import _READERS, Asked
from generations.history.chips import chips
from generations.history.labels import LABELS
from generations.models import SavedSearch
from generations.templatetags.days import day_head
from team.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei_here(client: Client, mei: User) -> Client:
    client.force_login(mei)
    return client


@pytest.mark.parametrize("path", ["/history/", "/history/counts/"])
def test_what_is_not_understood_is_called_as_its_filter_is(path: str, mei_here: Client) -> None:
    page = mei_here.get(path, {"rating": "nine", "from": "soon", "sort": "best"}).text

    for words in ("<li>Rated at least: ", "<li>From: ", "<li>Order: "):
        assert words in page


def test_every_part_of_an_address_has_a_name() -> None:
    assert set(LABELS) == set(_READERS)


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("sexual", "Sexual content"),
        ("Self_Harm", "Self-harm"),
        ("public figures", "Public figures"),
        ("artist", "Living artist"),
        ("weather", "weather"),
    ],
)
def test_a_category_is_told_in_words_and_asked_for_as_it_is(category: str, words: str, mei: User) -> None:
    asked = Asked(category=(category,))

    assert in_words(category) == words
    assert [(chip.label, chip.value) for chip in chips(asked, mei)] == [(words, category)]


def test_a_day_in_chinese_begins_with_its_date() -> None:
    with override("zh-hans"):
        head = day_head(date(2026, 5, 18), date(2026, 11, 22), is_selectable=False)

    assert "5月18日 星期一" in head
    assert "Monday, May 18" in day_head(date(2026, 5, 18), date(2026, 11, 22), is_selectable=False)


@pytest.mark.parametrize("path", ["/history/", "/history/searches/pinned/"])
def test_the_saved_search_that_is_shown_is_marked_as_such(path: str, mei_here: Client, mei: User) -> None:
    for name, query in {"Cats": "q=a+cat&status=failed", "Dogs": "q=dog"}.items():
        SavedSearch.objects.create(member=mei, name=name, query=query, is_pinned=True)
    page = mei_here.get(path, {"q": "a cat", "status": "failed"}).text

    assert 'status=failed" aria-current="true"><span>Cats<' in page
    assert 'q=dog"><span>Dogs<' in page


def test_the_words_of_a_search_are_no_filter(mei_here: Client) -> None:
    assert "<output>1</output>" in mei_here.get("/history/", {"q": "cat", "status": "failed"}).text
    assert "<output>" not in mei_here.get("/history/", {"q": "cat"}).text
