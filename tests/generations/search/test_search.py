"""What words find: the same on either database, and what the plainest reading of the rules says."""

from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations import search
from generations.models import Endpoint, Generation
from generations.search.folding import Kind, units
from generations.search.terms import terms_of
from team.models import User

pytestmark = pytest.mark.django_db

PIECES = (
    *("cat", "Cats", "scatter", "CAT", "naïve", "naive", "café", "red", "blue", "1024x1024", "50%", "Ünter"),
    *(
        "猫",
        "橘猫",
        "猫咪",
        "狗",
        "红色",
        "色",
        "がく",
        "かく",
        "ｶﾞ",
        "ガ",
        "한국",
        "국",
        "ไทย",
        "ＣＡＴ",
        "ｃａｔ",
    ),
    *(
        "_",
        "%",
        "'",
        '"',
        "-",
        "\\",
        "*",
        ":",
        "&",
        "|",
        "!",
        "(",
        ")",
        "，",
        "。",
        ",",
        "/",
        "“",
        "”",
        "👍🏽",
        "½",
    ),
    *("e\u0301", "\u0301", "\u200d", "\u00ad", "\ufeff", "a" * 70, "a" * 65, "and", "OR", "NOT", "NEAR"),
)
texts = st.lists(
    st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", "  ", "\n", "\u3000"])), max_size=9
).map(lambda pairs: "".join(piece + gap for piece, gap in pairs))
queries = st.lists(
    st.tuples(
        st.sampled_from(["", "", "", "-"]),
        st.sampled_from(PIECES),
        st.sampled_from(["", *PIECES]),
        st.sampled_from([" ", "", " ", '"']),
    ),
    max_size=4,
).map(lambda parts: "".join("".join(part) for part in parts))


def make(member: User, *prompts: str) -> list[Generation]:
    endpoint, _ = Endpoint.objects.get_or_create(name="A", base_url="http://127.0.0.1:9/v1")
    made = [
        Generation(member=member, submit_token=uuid4(), endpoint=endpoint, model="m", prompt=prompt, n=1)
        for prompt in prompts
    ]
    Generation.objects.bulk_create(made)
    search.note_many([generation.pk for generation in made])
    return made


def found(words: str, member: User | None = None) -> set[str]:
    every = Generation.objects.all()
    matching = search.matching(every, words=words, member=member.pk if member else None)
    return set(matching.values_list("prompt", flat=True))


def fits(text: str, words: str) -> bool:
    """The rules read plainly: units one after the other, the last word of a term perhaps longer."""
    have = [unit.text for unit in units(text)]

    def is_at(place: int, wanted: list[str], may_go_on: bool) -> bool:
        window = have[place : place + len(wanted)]
        last = window[-1].startswith(wanted[-1]) if may_go_on else window[-1] == wanted[-1]
        return window[:-1] == wanted[:-1] and last

    for term in terms_of(words):
        wanted = [unit.text for unit in term.units]
        places = range(len(have) - len(wanted) + 1)
        if any(is_at(place, wanted, term.may_go_on) for place in places) == term.is_excluded:
            return False
    return True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompts=st.lists(texts, min_size=1, max_size=6, unique=True), asked=st.lists(queries, max_size=8))
def test_the_index_finds_what_reading_every_prompt_finds(
    mei: User, prompts: list[str], asked: list[str]
) -> None:
    Generation.objects.all().delete()
    make(mei, *prompts)

    for words in [*asked, *prompts[:2]]:
        expected = {prompt for prompt in prompts if fits(prompt, words)}
        assert found(words, mei) == expected, words
        assert found(words) == expected, words


@given(text=texts, words=queries)
def test_the_pieces_of_a_marked_text_are_the_text(text: str, words: str) -> None:
    pieces = search.marked(text, words)

    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    assert all(one.is_hit != two.is_hit for one, two in pairwise(pieces))


@pytest.mark.parametrize(
    ("words", "prompts"),
    [
        ("cat", {"Two cats asleep", "A CAT, naïve style"}),
        ("asleep two", {"Two cats asleep"}),
        ('"cat"', {"A CAT, naïve style"}),
        ('"cats two"', set()),
        ("naive", {"A CAT, naïve style"}),
        ("ｃａｔｓ", {"Two cats asleep"}),
        ("猫", {"一只橘猫坐在窗台上", "猫 in the rain，50％ grey"}),
        ("橘猫坐", {"一只橘猫坐在窗台上"}),
        ("猫坐 -窗台", set()),
        ("猫 -rain", {"一只橘猫坐在窗台上"}),
        ("猫 rain", {"猫 in the rain，50％ grey"}),
        ("rain猫", {"猫 in the rain，50％ grey"}),
        ("猫grey", {"猫 in the rain，50％ grey"}),
        ('"rain猫"', set()),
        ("-rain猫 猫", {"一只橘猫坐在窗台上", "猫 in the rain，50％ grey"}),
        ("「橘猫坐」", {"一只橘猫坐在窗台上"}),
        ("『橘猫 窗台』", set()),
        ("50%", {"猫 in the rain，50％ grey"}),
        ("%", {"猫 in the rain，50％ grey"}),
        ("_", {"a_scatter"}),
        ("scat", {"a_scatter"}),
        ("“in the rain”", {"猫 in the rain，50％ grey"}),
        ("-cat -猫", {"a_scatter"}),
        ("cat' OR 1=1 --", set()),
        ("wcat m1 s2c", set()),
    ],
)
def test_words_find(mei: User, words: str, prompts: set[str]) -> None:
    make(
        mei,
        "Two cats asleep",
        "A CAT, naïve style",
        "一只橘猫坐在窗台上",
        "猫 in the rain，50％ grey",
        "a_scatter",
    )

    assert found(words, mei) == prompts


def test_a_member_finds_only_among_their_own(mei: User, bo: User) -> None:
    make(mei, "my cat")
    make(bo, "your cat")

    own = Generation.objects.visible_to(mei)

    assert [one.prompt for one in search.matching(own, words="cat", member=mei.pk)] == ["my cat"]


def test_what_is_deleted_is_found_no_more_and_what_is_written_again_is_found_once(mei: User) -> None:
    gone, kept = make(mei, "a cat gone", "a cat kept")
    gone.delete()
    search.note_many([kept.pk])
    Generation.objects.filter(pk=kept.pk).update(prompt="a dog")
    search.note_many([kept.pk])

    assert found("cat") == set()
    assert found("dog") == {"a dog"}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("cat", "two [cat]s and a scatter"),
        ('"cats and" two', "[two] [cats and] a scatter"),
        ("-cat", "two cats and a scatter"),
        ("", "two cats and a scatter"),
    ],
)
def test_hits_are_marked(words: str, shown: str) -> None:
    pieces = search.marked("two cats and a scatter", words)

    assert "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces) == shown


def test_hits_are_marked_in_any_width_and_accent() -> None:
    pieces = search.marked("Ｃａｆé，橘猫", "cafe 猫")

    assert [(piece.text, piece.is_hit) for piece in pieces] == [
        ("Ｃａｆé", True),
        ("，橘", False),
        ("猫", True),
    ]


def test_a_prompt_of_any_length_is_cut_into_units_one_by_one() -> None:
    assert len(list(units("猫a," * 30_000))) == 90_000
    assert [unit.kind for unit in units("猫a,")] == [Kind.DENSE, Kind.WORD, Kind.SIGN]


def test_the_longest_text_that_is_indexed_fits_into_the_index(mei: User) -> None:
    every = "".join(map(chr, range(0x20000, 0x2A000)))  # characters of four bytes, no pair of them twice
    (generation,) = make(mei, "a lamp " + every)
    Generation.objects.filter(pk=generation.pk).update(
        member=User.objects.create(pk=9_999_999, email="last@studio.example")
    )
    search.note_many([generation.pk])

    assert found("lamp") == {generation.prompt}
