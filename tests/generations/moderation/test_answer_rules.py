"""The team's own rules for what endpoints say, from an answer that nobody understood to a refusal."""

import json

import pytest
from django.test import Client

from generations.models import AnswerRule, Call, Case, Endpoint, Generation, Refusal
from generations.moderation.rules import Said, fits
from team.models import User
from tests.fake_endpoint import FakeEndpoint, Scripted, error, images, picture
from tests.generations.conftest import Submit, only_call, run_everything

pytestmark = pytest.mark.django_db

BLOCKED = {"says": "not drawn here", "reason": "moderation_blocked", "stage": "input", "category": "violence"}


@pytest.fixture
def administrator(ada: User, client: Client) -> Client:
    client.force_login(ada)
    return client


def said(words: str = "", *, status: int = 400, code: str = "") -> Said:
    return Said(endpoint_id=1, model="gpt-image-2", status=status, names=(code,), words=words)


def odd(words: str = "Such things are not drawn here, order 4711.", *, status: int = 418) -> Scripted:
    return Scripted(status=status, body=json.dumps({"error": {"message": words}}).encode())


def test_a_rule_fits_only_when_everything_that_it_names_is_there() -> None:
    rule = AnswerRule(says="rejected*policy", code="E42", http_status=400)

    assert fits(rule, said("It was REJECTED by our Policy.", code="e42"))
    assert not fits(rule, said("It was rejected by our policy.", code="e43"))
    assert not fits(rule, said("By policy it was rejected.", code="E42"))
    assert not fits(rule, said("It was rejected by our policy.", code="E42", status=500))


def test_a_rule_that_names_nothing_of_the_answer_fits_none() -> None:
    assert not fits(AnswerRule(model="gpt-image-2"), said("anything"))


def test_signs_of_patterns_are_only_signs_and_no_rule_takes_for_ever() -> None:
    assert fits(AnswerRule(says="(a+)+$ [x] \\d %_"), said("so: (A+)+$ [x] \\d %_"))
    hungry = AnswerRule(says="a*" * 149 + "b")

    assert not fits(hungry, said("a" * 64_000))


def test_an_answer_that_nobody_understood_becomes_a_draft_without_what_varies(
    administrator: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [odd("Order 4711 of 2026-11-22 is not drawn here, see req_8f3a.")]
    call = only_call(ask_and_run(ask))

    page = administrator.get(f"/endpoints/rules/add/?from={call.pk}")

    assert page.context["form"]["says"].value() == "Order*of*is not drawn here, see"
    assert page.context["form"]["http_status"].value() == 418
    assert page.context["trial"].unclassified == 1


def test_saving_a_rule_reads_what_nobody_understood_and_asks_the_reviewers(
    administrator: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [odd(), odd("a teapot")]
    known, other = ask_and_run(ask), ask_and_run(ask)

    administrator.post("/endpoints/rules/add/", BLOCKED | {"save": "1"})

    assert status_of(known) == ("blocked", "blocked", "moderation_blocked")
    assert status_of(other) == ("failed", "none", "unclassified")
    refusal = Refusal.objects.get()
    assert (refusal.stage, refusal.categories, refusal.rule) == (
        "input",
        ["violence"],
        AnswerRule.objects.get(),
    )
    assert Case.objects.waiting().get().refusal == refusal


def test_the_next_answer_is_read_by_the_rule_before_the_studios_own_table(
    endpoint: Endpoint, ask: Submit, wire: FakeEndpoint
) -> None:
    AnswerRule.objects.create(endpoint=endpoint, **BLOCKED)
    wire.answers = [error(400, message="It is not drawn here", code="invalid_value")]

    generation = ask_and_run(ask)

    assert status_of(generation) == ("blocked", "blocked", "moderation_blocked")
    assert Refusal.objects.get().rule == AnswerRule.objects.get()


def test_the_rule_of_another_endpoint_or_one_that_is_switched_off_is_not_asked(
    endpoint: Endpoint, ask: Submit, wire: FakeEndpoint
) -> None:
    other = Endpoint.objects.create(name="Other", base_url="https://other.example/v1", key_variable="K")
    AnswerRule.objects.create(endpoint=other, **BLOCKED)
    AnswerRule.objects.create(is_active=False, **BLOCKED)
    wire.answers = [odd()]

    assert status_of(ask_and_run(ask)) == ("failed", "none", "unclassified")


def test_the_first_rule_that_fits_decides_and_an_administrator_changes_the_order(
    administrator: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    first = AnswerRule.objects.create(says="drawn", reason="bad_parameter", position=0)
    second = AnswerRule.objects.create(position=1, **BLOCKED)

    administrator.post(f"/endpoints/rules/{second.pk}/up/")

    assert list(AnswerRule.objects.all()) == [second, first]
    wire.answers = [odd()]
    assert status_of(ask_and_run(ask))[2] == "moderation_blocked"


def test_an_answer_that_came_with_success_is_never_asked_again_whatever_a_rule_says(
    ask: Submit, wire: FakeEndpoint
) -> None:
    AnswerRule.objects.create(http_status=200, reason="overloaded")
    wire.answers = [Scripted(status=200, body=b'{"data": []}'), images(picture())]

    generation = ask_and_run(ask)

    assert status_of(generation)[0] == "failed"
    assert len(wire.asked) == 1


def test_a_rule_that_would_read_understood_answers_anew_has_to_be_confirmed(
    administrator: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [error(402, message="Pay for what is not drawn here")]
    generation = ask_and_run(ask)

    warned = administrator.post("/endpoints/rules/add/", BLOCKED | {"save": "1"})
    assert warned.status_code == 422
    assert "takes_over" in warned.context["form"].errors
    assert not AnswerRule.objects.exists()

    administrator.post("/endpoints/rules/add/", BLOCKED | {"save": "1", "takes_over": "on"})
    assert AnswerRule.objects.exists()
    assert status_of(generation)[2] == "no_quota", "the history stays as it is"


def test_trying_a_rule_saves_nothing(administrator: Client, ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [odd()]
    generation = ask_and_run(ask)

    page = administrator.post("/endpoints/rules/add/", BLOCKED | {"try": "1"})

    assert page.context["trial"].fitting == 1
    assert not AnswerRule.objects.exists()
    assert status_of(generation)[2] == "unclassified"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("says", {"says": " * ", "reason": "no_quota"}),
        ("http_status", {"http_status": "42", "reason": "no_quota"}),
        ("reason", {"says": "x", "reason": "withheld"}),
        ("stage", {"says": "x", "reason": "moderation_blocked", "stage": "withheld"}),
        ("endpoint", {"says": "x", "reason": "no_quota", "endpoint": "0 OR 1"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    administrator: Client, field: str, fields: dict[str, str]
) -> None:
    page = administrator.post("/endpoints/rules/add/", fields | {"save": "1"})

    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not AnswerRule.objects.exists()


def test_only_administrators_make_rules_and_no_address_typed_by_hand_breaks(
    administrator: Client, rui: User
) -> None:
    assert administrator.get("/endpoints/rules/add/?from=1").status_code == 404
    assert administrator.get("/endpoints/rules/99999/").status_code == 404
    administrator.force_login(rui)
    assert administrator.post("/endpoints/rules/add/", BLOCKED | {"save": "1"}).status_code == 404


def ask_and_run(ask: Submit) -> Generation:
    generation = ask()
    run_everything()
    return generation


def status_of(generation: Generation) -> tuple[str, str, str]:
    stored = Generation.objects.get(pk=generation.pk)
    assert Call.objects.filter(generation=stored).exists()
    return stored.status, stored.outcome, stored.reason
