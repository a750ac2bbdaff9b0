"""What a member reads about a refusal."""

from decimal import Decimal

import pytest

from generations.batches import batch_of
from generations.models import Call, Generation, Refusal, WordEffect, WordKind
from generations.moderation.advice import SUPPORT, WAYS, Group, group_of, groups_of, ways_of
from tests.generations.conftest import Submit
from tests.generations.moderation.conftest import List


def _refused(
    made: Generation, *, categories: list[str], stage: str = "input", **fields: object
) -> Generation:
    call = made.calls.get()
    Call.objects.filter(pk=call.pk).update(status="settled", outcome="blocked")
    Generation.objects.filter(pk=made.pk).update(
        **{"status": "blocked", "outcome": "blocked", "reason": "moderation_blocked", **fields}
    )
    Refusal.objects.create(
        call=call,
        generation=made,
        stage=stage,
        categories=categories,
        asked=1,
        withheld=1,
        reason="moderation_blocked",
    )
    return Generation.objects.with_results().get(pk=made.pk)


@pytest.mark.parametrize(
    ("category", "group"),
    [
        ("sexual", Group.SEXUAL),
        ("sexual/minors", Group.MINORS),
        ("SEXUAL_MINORS", Group.MINORS),
        ("child-safety", Group.MINORS),
        ("self-harm/intent", Group.SELF_HARM),
        ("self_harm", Group.SELF_HARM),
        ("violence/graphic", Group.VIOLENCE),
        ("illicit/violent", Group.VIOLENCE),
        ("harassment/threatening", Group.HATE),
        ("public figure likeness", Group.PEOPLE),
        ("celebrity", Group.PEOPLE),
        ("artist", Group.WORKS),
        ("protected_material", Group.WORKS),
        ("copyright", Group.WORKS),
        ("other", None),
        ("", None),
        ("<script>", None),
        ("暴力", None),
    ],
)
def test_categories_of_any_endpoint_find_their_group(category: str, group: Group | None) -> None:
    assert group_of(category) is group


def test_every_kind_of_listed_word_but_other_has_a_group() -> None:
    assert all(group_of(kind) for kind in WordKind if kind != WordKind.OTHER)


def test_of_several_groups_each_has_its_turn_and_three_ways_are_most() -> None:
    ways = ways_of(groups_of(["violence", "celebrity", "sexual"]))

    assert ways == (WAYS[Group.SEXUAL][0], WAYS[Group.VIOLENCE][0], WAYS[Group.PEOPLE][0])
    assert ways_of([Group.VIOLENCE]) == WAYS[Group.VIOLENCE]
    assert ways_of([]) == ()


@pytest.mark.parametrize(
    ("categories", "says"),
    [
        (["violence"], "before or after"),
        (["sexual"], "setting and the clothing"),
        (["celebrity"], "Invent a person"),
    ],
)
def test_the_way_fits_what_was_refused(ask: Submit, listed: List, categories: list[str], says: str) -> None:
    why = batch_of(_refused(ask(), categories=categories, cost=Decimal("0.04"))).why

    assert why is not None
    assert says in why.ways[0]
    assert (why.what, why.rule) == ("The prompt", "The safety system of Test")
    assert (why.cost, why.was_sent) == (Decimal("0.04"), True)


def test_self_harm_is_answered_with_support(ask: Submit, listed: List) -> None:
    why = batch_of(_refused(ask(), categories=["self-harm/intent"])).why

    assert why is not None
    assert why.support == tuple(map(str, SUPPORT))
    assert why.ways == ()


def test_minors_are_answered_with_the_rule_alone(ask: Submit, listed: List) -> None:
    listed("white cat", instead_en="a dog")
    made = _refused(ask(), categories=["sexual", "sexual/minors"])

    batch = batch_of(made)

    assert batch.why is not None and batch.why.is_severe
    assert (batch.why.ways, batch.why.instead, batch.why.pieces, batch.why.support) == ((), (), (), ())
    assert not batch.can_retry
    assert batch.advice == ()


def test_the_likely_phrase_is_marked_where_the_endpoint_names_no_category(ask: Submit, listed: List) -> None:
    listed("white cat", kind=WordKind.CHARACTER, effect=WordEffect.WARN, instead_en="a pale cat")
    why = batch_of(_refused(ask(), categories=[])).why

    assert why is not None
    assert [(piece.text, piece.is_hit) for piece in why.pieces] == [("a ", False), ("white cat", True)]
    assert why.instead[0].instead == "a pale cat"
    assert len(why.instead) + len(why.ways) <= 3


def test_a_phrase_of_another_kind_is_not_blamed(ask: Submit, listed: List) -> None:
    listed("white cat", kind=WordKind.BRAND)

    why = batch_of(_refused(ask(), categories=["violence"])).why

    assert why is not None and why.pieces == ()


def test_nothing_is_said_of_what_nobody_refused(ask: Submit, listed: List) -> None:
    assert batch_of(Generation.objects.with_results().get(pk=ask().pk)).why is None
