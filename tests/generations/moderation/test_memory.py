"""What the studio remembers of prompts, and tells without telling whose they were."""

import time
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from generations.execution.conclusion import refresh
from generations.models import Generation, PromptOutcome
from generations.moderation.memory import note, recall
from generations.moderation.prints import print_of
from team.models import User
from tests.fake_endpoint import FakeEndpoint, Scripted, error, images, picture
from tests.generations.conftest import Submit, run_everything

LONG = (
    "A paper-cut heron in a misty rice field at dawn, layered paper, warm side light, soft shadows,"
    " muted greens, fine texture, wide angle, early morning haze, quiet mood,"
    " reeds in the foreground and distant hills"
)
REFUSED = error(400, code="moderation_blocked", message="rejected by the safety system")
CAME = images(picture())


def _run(ask: Submit, wire: FakeEndpoint, answer: Scripted, **fields: object) -> Generation:
    wire.answers = [answer]
    made = ask(**fields)
    run_everything()
    made.refresh_from_db()
    return made


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A white cat, on a sofa!", "on a sofa: A WHITE cat"),
        ("水彩，山谷里的森林", "山谷里的森林。水彩"),
        ("ｃａｆé", "Cafe"),
    ],
)
def test_order_and_punctuation_make_no_other_prompt(one: str, other: str) -> None:
    assert print_of(one) == print_of(other)


@pytest.mark.parametrize(("one", "other"), [("牛奶", "奶牛"), ("a cat", "a dog"), ("cat cat", "cat")])
def test_another_word_does(one: str, other: str) -> None:
    first, second = print_of(one), print_of(other)

    assert first is not None and second is not None and first.key != second.key


def test_nearly_the_same_looks_alike_and_something_else_does_not() -> None:
    mine = print_of(LONG)
    near, far = print_of(LONG.replace("heron", "crane")), print_of("山谷里的森林，秋天，水彩，暖色侧光，薄雾")

    assert mine is not None and near is not None and far is not None
    assert mine.differs_from(near.look) <= 8
    assert mine.differs_from(far.look) > 16
    assert all(0 <= quarter < 2**16 for quarter in mine.quarters)
    assert -(2**63) <= mine.look < 2**63


@pytest.mark.parametrize("prompt", ["", "!!! 🎨", "\0\u200b"])
def test_what_has_no_word_is_not_remembered(prompt: str) -> None:
    assert print_of(prompt) is None


def test_a_megabyte_has_a_print_soon() -> None:
    began = time.perf_counter()
    assert print_of("é🎨猫" * 300_000) is not None
    assert time.perf_counter() - began < 5


def test_what_was_refused_by_one_model_and_passed_on_another_is_told(ask: Submit, wire: FakeEndpoint) -> None:
    for prompt in ("a white cat on a sofa", "on a sofa, a white cat!"):
        _run(ask, wire, REFUSED, prompt=prompt)
    _run(ask, wire, CAME, prompt="a white cat on a sofa", model="dall-e-3")

    told = recall("A WHITE CAT ON A SOFA", model="gpt-image-2")

    assert told is not None and told.is_same
    assert (told.model, told.refused, told.passed, told.passed_on) == ("gpt-image-2", 2, 0, ("dall-e-3",))
    other = recall("a white cat on a sofa", model="flux")
    assert other is not None and (other.model, other.passed_on) == ("gpt-image-2", ("dall-e-3",))
    assert recall("a white cat on a sofa", model="dall-e-3") is None


def test_a_nearly_same_prompt_is_found_until_it_is_known_to_pass(ask: Submit, wire: FakeEndpoint) -> None:
    _run(ask, wire, REFUSED, prompt=LONG)
    near = LONG.replace("heron", "crane")

    told = recall(near, model="gpt-image-2")
    assert told is not None and not told.is_same and told.refused == 1
    _run(ask, wire, CAME, prompt=near)

    assert recall(near, model="gpt-image-2") is None
    assert recall("a lighthouse", model="gpt-image-2") is None


def test_an_end_is_counted_once_however_often_it_is_looked_at(ask: Submit, wire: FakeEndpoint) -> None:
    made = _run(ask, wire, REFUSED)

    for _ in range(3):
        refresh(made.pk)

    assert PromptOutcome.objects.get().refused == 1


def test_a_late_answer_is_counted_instead_of_what_was_believed(ask: Submit, wire: FakeEndpoint) -> None:
    made = _run(ask, wire, REFUSED)

    note(made, before="blocked", after="withheld")

    row = PromptOutcome.objects.get()
    assert (row.refused, row.passed) == (0, 1)


def test_an_end_from_before_there_was_a_memory_takes_no_count_below_zero(ask: Submit) -> None:
    note(ask(), before="passed", after="blocked")

    row = PromptOutcome.objects.get()
    assert (row.refused, row.passed) == (1, 0)


def test_failures_and_pictures_are_not_the_prompts_fault(ask: Submit, wire: FakeEndpoint) -> None:
    _run(ask, wire, error(400, code="invalid_value", message="no"))

    assert not PromptOutcome.objects.exists()


def test_a_member_is_told_while_writing_and_never_reads_anothers_prompt(
    ask: Submit, wire: FakeEndpoint, bo: User, client: Client
) -> None:
    _run(ask, wire, REFUSED, prompt=LONG)
    client.force_login(bo)

    same = client.post("/moderation/check/", {"prompt": LONG, "model": "gpt-image-2"}).content.decode()
    near = client.post(
        "/moderation/check/", {"prompt": LONG.replace("heron", "crane"), "model": "gpt-image-2"}
    ).content.decode()

    assert "This prompt was refused" in same
    assert "A very similar prompt was refused" in near
    assert "heron" not in near


def test_what_there_was_before_is_remembered_by_the_migration(ask: Submit, wire: FakeEndpoint) -> None:
    _run(ask, wire, REFUSED)
    _run(ask, wire, CAME, model="dall-e-3")
    _run(ask, wire, CAME, prompt="never refused anywhere")
    columns = ("key", "model", "refused", "passed")
    before = set(PromptOutcome.objects.filter(key=_key("a white cat")).values_list(*columns))
    PromptOutcome.objects.all().delete()

    migration = import_module("generations.migrations.0017_prompt_outcomes")
    migration.remember(apps, connection.schema_editor())

    assert set(PromptOutcome.objects.values_list(*columns)) == before
    assert len(before) == 2
    assert PromptOutcome.objects.get(refused=1).last_refused_at is not None


def _key(prompt: str) -> str:
    found = print_of(prompt)
    assert found is not None
    return found.key
