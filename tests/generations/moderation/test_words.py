"""What the list finds in a prompt."""

import time

import pytest

from generations.models import ListedWord, WordEffect, WordKind
from generations.moderation import shipped
from generations.moderation.checking import check
from generations.moderation.words import find
from tests.generations.moderation.conftest import List

pytestmark = pytest.mark.django_db


def _phrases(prompt: str) -> list[str]:
    return [hit.phrase for hit in find(prompt)]


@pytest.mark.parametrize(
    "prompt",
    [
        "a forest by Hayao Miyazaki",
        "HAYAO   miyazaki's forest",
        "Ｈａｙａｏ Ｍｉｙａｚａｋｉ",
        "Hayao-Miyazaki",
        "a forest,Miyazaki,a cat",
        "宫崎骏风格的森林",
        "宮崎駿",
        "龙猫和宫 崎 骏",
        "Háyao Miyazakí 🎨",
    ],
)
def test_a_living_artist_is_found_in_any_spelling(shipped_words: None, prompt: str) -> None:
    assert [str(hit.word) for hit in find(prompt) if hit.stops] == ["Hayao Miyazaki"]


@pytest.mark.parametrize(
    "prompt",
    [
        "Ghibli style, a forest",
        "皮克斯风格的森林，吉卜力",
        "in the style of Van Gogh, Mona Lisa 梵高 蒙娜丽莎",
        "an apple on a table, 几米高的树, 变成龙, 奈良的鹿",
        "Hayao walks. Then the lady goes home",
        "unnikely",
        "",
        "🎨" * 50,
    ],
)
def test_styles_and_those_who_died_long_ago_pass(shipped_words: None, prompt: str) -> None:
    assert find(prompt) == ()


def test_words_fit_whole_and_characters_anywhere(listed: List) -> None:
    listed("cat")
    listed("猫")

    assert _phrases("a cat, cats, concatenate, CAT! 大猫咪") == ["cat", "CAT", "猫"]


def test_a_name_does_not_go_on_behind_a_comma(listed: List) -> None:
    listed("Bob Ross\nJ. K. Rowling\nSpider-Man")

    assert _phrases("Bob, Ross; J.K. Rowling; spider man") == ["J.K. Rowling", "spider man"]


def test_of_several_the_longest_is_taken_and_what_stops_goes_before_what_warns(listed: List) -> None:
    listed("New York\nYork")
    listed("New York Times logo", effect=WordEffect.STOP)
    listed("Times Square")

    assert _phrases("the New York Times logo in New York, Times Square") == [
        "New York Times logo",
        "New York",
        "Times Square",
    ]


def test_an_ending_that_is_a_spelling_of_its_own_is_found_within_one_that_goes_wrong(listed: List) -> None:
    listed("red green blue yellow")
    listed("green blue")

    assert _phrases("red green blue black") == ["green blue"]


def test_the_list_is_read_anew_when_it_changes_and_only_then(listed: List) -> None:
    word = listed("heron")
    assert _phrases("a heron") == ["heron"]

    word.is_active = False
    word.save()
    assert _phrases("a heron") == []
    listed("kingfisher")
    assert _phrases("a heron and a kingfisher") == ["kingfisher"]


def test_looking_again_costs_one_small_query(
    listed: List, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    listed("heron")
    find("a heron")

    with django_assert_num_queries(1):  # type: ignore[operator] # the plugin ships no type for it
        find("another heron")


@pytest.mark.parametrize(
    ("spelling", "prompt"),
    [
        (" ".join(["a"] * 900), "a " * 500_000),
        ("啊" * 1900, "啊" * 1_000_000),
        ("\n".join(" ".join(["a"] * n) for n in range(1, 60)), "a " * 500_000),
        ("x", "‍\u200b\ufeff\x00 👩‍👩‍👧 \U000e0041" * 60_000),
    ],
)
def test_a_megabyte_that_fits_badly_everywhere_is_read_in_no_time(
    listed: List, spelling: str, prompt: str
) -> None:
    listed(spelling)
    find("")

    began = time.perf_counter()
    find(prompt)

    assert time.perf_counter() - began < 5


def test_a_list_of_many_words_takes_no_longer_to_look_at(listed: List) -> None:
    listed("\n".join(f"名{number}" for number in range(400)))
    ListedWord.objects.bulk_create(ListedWord(spellings=f"name {number}") for number in range(3000))
    find("once")

    began = time.perf_counter()
    assert len(find("name 12 " * 1000)) == 1000

    assert time.perf_counter() - began < 5


def test_the_studio_ships_each_name_once_however_often_it_is_updated(shipped_words: None) -> None:
    word = ListedWord.objects.get(shipped_as="hayao-miyazaki")
    word.effect = WordEffect.WARN
    word.save()
    count = ListedWord.objects.exclude(shipped_as="").count()

    assert shipped.add_to(ListedWord) == 0
    assert ListedWord.objects.exclude(shipped_as="").count() == count == 118
    word.refresh_from_db()
    assert word.effect == WordEffect.WARN


def test_what_is_shipped_says_in_both_languages_what_to_say_instead_and_that_passes(
    shipped_words: None,
) -> None:
    for word in ListedWord.objects.exclude(shipped_as=""):
        assert word.instead_en and word.instead_zh, word
        assert not find(word.instead_en) and not find(word.instead_zh), word
        assert find(word.spellings), word
        stops = word.effect == WordEffect.STOP
        assert stops is (word.kind == WordKind.ARTIST), word


def test_what_belongs_to_a_name_is_exchanged_with_it(shipped_words: None) -> None:
    advice = check("a harbour in the style of Makoto Shinkai, 4k").words[0]
    chinese = check("新海诚风格的港口").words[0]

    assert advice.phrase == "in the style of Makoto Shinkai"
    assert advice.instead == "bright modern Japanese animation, luminous skies, detailed light"
    assert (chinese.phrase, chinese.lang) == ("新海诚风格", "zh-Hans")
    assert chinese.instead.startswith("明亮的现代日式动漫风格")


def test_many_phrases_are_counted_and_what_stops_is_shown_first(listed: List) -> None:
    for number in range(20):
        listed(f"brand {number}")
    listed("zz artist", effect=WordEffect.STOP)

    found = check(" ".join(f"brand {number}," for number in range(20)) + " zz artist")

    assert found.words[0].phrase == "zz artist"
    assert (len(found.words), found.more, found.stops) == (8, 13, True)
