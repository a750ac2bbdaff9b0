"""The check before sending: what it stops was never sent, and what becomes of the rest when it is away."""

import threading
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import F

from generations import execution, released
from generations.batches import batch_of
from generations.execution import calling
from generations.images_api import Judgement
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Case,
    CaseKind,
    Decision,
    Endpoint,
    Generation,
    GenerationStatus,
    Operation,
    Outcome,
    Pause,
    PreCheck,
    PromptOutcome,
    Refusal,
    Stage,
)
from generations.moderation.weighing import parts_of, weighed
from generations.references import receive
from generations.review import Ruling, decide
from generations.submission import again, cancel
from team.models import User
from tests.fake_endpoint import MODERATION_BLOCKED, FakeEndpoint, Scripted, error, picture
from tests.generations.conftest import Submit, only_call, run_everything
from tests.generations.moderation.conftest import AWAY, SetPolicy, said
from tests.services.simulator import Simulator

pytestmark = pytest.mark.django_db

NUDE = "A lighthouse at dusk. A nude woman on the rocks. Oil on canvas."


def ended(generation: Generation) -> tuple[str, str, str, Decimal | None]:
    generation.refresh_from_db()
    return generation.status, generation.outcome, generation.reason, generation.cost


def due_again() -> None:
    Call.objects.filter(status=CallStatus.QUEUED).update(not_before=F("queued_at"))


STOPPED = (GenerationStatus.BLOCKED, Outcome.BLOCKED, "pre_checked", Decimal(0))


def test_nothing_is_checked_as_long_as_nobody_has_said_where(ask: Submit, wire: FakeEndpoint) -> None:
    made = ask(prompt=NUDE)
    run_everything()

    assert ended(made)[0] == GenerationStatus.SUCCEEDED
    assert not PreCheck.objects.exists()


def test_an_endpoint_that_is_not_in_use_checks_nothing(ask: Submit, policy: SetPolicy) -> None:
    policy(thresholds={"*": 0.5})
    Endpoint.objects.filter(name="Checker").update(is_active=False)
    made = ask(prompt=NUDE)
    run_everything()

    assert ended(made)[0] == GenerationStatus.SUCCEEDED


def test_what_reaches_its_threshold_is_never_sent_and_waits_for_a_reviewer(
    ask: Submit, wire: FakeEndpoint, policy: SetPolicy
) -> None:
    policy(thresholds={"sexual": 0.5, "*": 0.99})
    made = ask(prompt=NUDE, n=2)
    run_everything()

    assert ended(made) == STOPPED
    assert wire.asked == []
    call = only_call(made)
    assert (call.status, call.outcome, call.sent_at) == (CallStatus.SETTLED, CallOutcome.BLOCKED, None)
    assert (call.cost, call.reason, call.lease_until) == (Decimal(0), "pre_checked", None)
    refusal = Refusal.objects.get(generation=made)
    assert (refusal.call, refusal.stage, refusal.reason) == (None, Stage.PRE_CHECK, "pre_checked")
    assert (refusal.categories, refusal.asked, refusal.withheld) == (["sexual"], 2, 2)
    assert refusal.message.startswith("sexual 0.")
    case = Case.objects.get()
    assert (case.kind, case.refusal, case.category_list) == (CaseKind.REFUSAL, refusal, ["sexual"])
    check = made.pre_check
    assert (check.stopped_for, check.flagged_for) == (["sexual"], [])
    assert check.sentence == "A nude woman on the rocks."
    assert 0.5 <= check.scores["sexual"] <= 1
    assert not PromptOutcome.objects.exists(), "it was not the model that refused"


def test_without_thresholds_the_models_own_measure_stops(ask: Submit, policy: SetPolicy) -> None:
    policy()
    made = ask(prompt=NUDE)
    run_everything()

    assert ended(made) == STOPPED


def test_what_is_flagged_below_the_threshold_is_sent_and_shown_to_reviewers_once(
    ask: Submit, policy: SetPolicy
) -> None:
    policy(thresholds={"sexual": 1.0})
    made = ask(prompt=NUDE, model="dall-e-3", n=3)
    run_everything()

    assert ended(made)[0] == GenerationStatus.SUCCEEDED
    case = Case.objects.get()
    assert (case.kind, case.generation, case.refusal) == (CaseKind.FLAGGED, made, None)
    assert (case.category_list, case.is_severe) == (["sexual"], False)
    assert not Refusal.objects.exists()


def test_a_severe_flag_is_administrators_alone(ask: Submit, policy: SetPolicy) -> None:
    policy(thresholds={"violence": 1.0})
    ask(prompt="a naked child on a beach")
    run_everything()

    assert Case.objects.get().is_severe


def test_what_nothing_stands_against_is_sent_with_its_scores_kept(
    ask: Submit, wire: FakeEndpoint, policy: SetPolicy
) -> None:
    policy(thresholds={"*": 0.9})
    made = ask()
    run_everything()

    assert len(wire.asked) == 1
    check = made.pre_check
    assert (check.stopped_for, check.flagged_for, check.sentence) == ([], [], "")
    assert check.model == "omni-moderation-latest"
    assert len(check.scores) == 13
    assert not Case.objects.exists()


def test_several_calls_are_checked_once(ask: Submit, policy: SetPolicy, checker: FakeEndpoint) -> None:
    policy(base_url=checker.base_url)
    made = ask(model="dall-e-3", n=4)
    run_everything()

    assert made.calls.count() == 4
    assert len(checker.asked) == 1
    assert ended(made)[0] == GenerationStatus.SUCCEEDED


def test_stopping_ends_every_call_that_was_not_sent(
    ask: Submit, policy: SetPolicy, wire: FakeEndpoint
) -> None:
    policy(thresholds={"sexual": 0.5})
    made = ask(prompt=NUDE, model="dall-e-3", n=4)
    first = execution.execute_next()

    assert first is not None and not first.received
    assert set(made.calls.values_list("status", "outcome")) == {(CallStatus.SETTLED, CallOutcome.BLOCKED)}
    assert ended(made) == STOPPED
    refusal = Refusal.objects.get()
    assert (refusal.asked, refusal.withheld) == (4, 4)
    assert execution.execute_next() is None
    assert wire.asked == []


@pytest.mark.django_db(transaction=True)
def test_two_calls_that_ask_at_the_same_time_write_one_row_and_one_refusal(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint, wire: FakeEndpoint
) -> None:
    both = threading.Barrier(2)
    checker.answers = [Scripted(body=said(True, scores={"sexual": 0.9}).body, hold=both)]  # type: ignore[arg-type]
    policy(base_url=checker.base_url, thresholds={"sexual": 0.8})
    made = ask(model="dall-e-3", n=3)

    def work() -> None:
        execution.execute_next()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert len(checker.asked) == 2
    assert PreCheck.objects.count() == Refusal.objects.count() == Case.objects.count() == 1
    assert ended(made) == STOPPED
    assert set(made.calls.values_list("status", flat=True)) == {CallStatus.SETTLED}
    assert wire.asked == []


@pytest.mark.django_db(transaction=True)
def test_who_cancels_while_it_is_asked_has_cancelled(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint
) -> None:
    made = ask()

    class Cancelling(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            cancel(made)
            connection.close()
            return True

    checker.answers = [Scripted(body=said(True, scores={"sexual": 0.9}).body, hold=Cancelling())]
    policy(base_url=checker.base_url)
    run_everything()

    assert ended(made)[:2] == (GenerationStatus.CANCELLED, Outcome.NONE)
    assert len(checker.asked) == 1
    assert not Refusal.objects.exists()


def test_open_to_failure_it_is_sent_unchecked_and_no_row_claims_otherwise(
    ask: Submit, policy: SetPolicy, caplog: pytest.LogCaptureFixture
) -> None:
    policy(base_url=AWAY, fails_open=True)
    made = ask(prompt=NUDE)
    run_everything()

    assert ended(made)[0] == GenerationStatus.SUCCEEDED
    assert not PreCheck.objects.exists()
    assert "the check before sending is away: connection_refused" in caplog.text
    assert NUDE not in caplog.text


def test_closed_to_failure_it_waits_free_of_charge_then_fails_and_pauses_nothing(
    ask: Submit, policy: SetPolicy, wire: FakeEndpoint
) -> None:
    policy(base_url=AWAY, fails_open=False)
    made = ask()
    run_everything()

    call = only_call(made)
    assert (call.status, call.reason, call.repeats) == (CallStatus.QUEUED, "check_away", 1)
    waiting = batch_of(Generation.objects.with_results().get(pk=made.pk))
    assert "check before sending does not answer" in waiting.explanation
    for _ in range(calling.MAX_UNSENT_TRIES):
        due_again()
        run_everything()
    assert ended(made) == (GenerationStatus.FAILED, Outcome.NONE, "check_away", None)
    assert wire.asked == []
    assert not Pause.objects.exists()
    assert not Endpoint.objects.filter(refused_connects__gt=0).exists()
    failed = batch_of(Generation.objects.with_results().get(pk=made.pk))
    assert "sends nothing without it" in failed.explanation


def test_what_waited_for_the_check_goes_on_when_it_is_back(
    ask: Submit, policy: SetPolicy, simulator: Simulator
) -> None:
    policy(base_url=AWAY, fails_open=False)
    made = ask()
    run_everything()
    Endpoint.objects.filter(name="Checker").update(base_url=simulator.base_url)
    due_again()
    run_everything()

    assert ended(made)[0] == GenerationStatus.SUCCEEDED
    assert made.pre_check.stopped_for == []


@pytest.mark.parametrize(
    "answer",
    [error(401, message="no"), error(500, message="no"), Scripted(body=b"{}"), Scripted(drop=True)],
    ids=["the key", "a failure", "malformed", "dropped"],
)
def test_every_way_of_not_answering_is_away(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint, wire: FakeEndpoint, answer: Scripted
) -> None:
    checker.answers = [answer]
    policy(base_url=checker.base_url, fails_open=False)
    made = ask()
    run_everything()

    assert only_call(made).reason == "check_away"
    assert wire.asked == []


def test_an_answer_that_was_paid_for_is_not_held_up_by_the_check(
    ask: Submit, policy: SetPolicy, wire: FakeEndpoint
) -> None:
    made = ask(prompt=NUDE)
    execution.execute_next()
    # As after the restore of a backup that was made before it was sent.
    Call.objects.update(status=CallStatus.QUEUED, lease_until=None, sent_at=None, received_at=None)
    policy(thresholds={"sexual": 0.5})
    run_everything()

    assert ended(made)[0] == GenerationStatus.SUCCEEDED
    assert len(wire.asked) == 1


def test_what_a_reviewer_has_released_is_not_stopped_again_but_what_follows_is(
    ask: Submit, policy: SetPolicy, rui: User
) -> None:
    policy(thresholds={"sexual": 0.5})
    made = ask(prompt=NUDE, model="gpt-image-2")
    run_everything()
    low = Ruling(Decision.RELEASE, release={"moderation": "low"})
    decide(Case.objects.get().pk, low, reviewer=rui, version=0)
    release = released.release_of(made)
    assert release is not None

    run = released.run(release, made)
    run_everything()

    assert ended(run)[0] == GenerationStatus.SUCCEEDED
    assert not PreCheck.objects.filter(generation=run).exists()
    later = again(run, token=uuid4())
    run_everything()
    assert ended(later) == STOPPED


def test_a_release_that_was_taken_back_in_time_is_none(ask: Submit, policy: SetPolicy, rui: User) -> None:
    policy(thresholds={"sexual": 0.5})
    made = ask(prompt=NUDE)
    run_everything()
    low = Ruling(Decision.RELEASE, release={"moderation": "low"})
    verdict = decide(Case.objects.get().pk, low, reviewer=rui, version=0)
    run = released.run(verdict, made)
    verdict.case.verdicts.create(reviewer=rui, decision=Decision.UNDO, undoes=verdict)
    run_everything()

    assert ended(run) == STOPPED


@pytest.fixture
def with_picture(endpoint: Endpoint, mei: User) -> dict[str, Any]:
    endpoint.offer(["flux-kontext-pro"])
    reference = receive(SimpleUploadedFile("photo.png", picture()), member=mei)
    return {"model": "flux-kontext-pro", "operation": Operation.EDITS, "references": (reference,)}


def test_pictures_are_checked_where_the_team_wants_it(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint, wire: FakeEndpoint, with_picture: dict[str, Any]
) -> None:
    checker.answers = [said(), said(True, scores={"violence": 0.97})]
    policy(base_url=checker.base_url, checks_pictures=True, thresholds={"violence": 0.9})
    made = ask(**with_picture)
    run_everything()

    assert ended(made) == STOPPED
    [_, asked] = checker.asked
    assert asked["input"][0]["image_url"]["url"].startswith("data:image/")
    assert made.pre_check.scores["violence"] == 0.97
    assert made.pre_check.sentence == "", "it was not the words"
    why = batch_of(Generation.objects.with_results().get(pk=made.pk)).why
    assert why is not None and why.what == "The prompt or a reference image"
    assert wire.asked == []


@pytest.mark.parametrize(
    ("colour", "category"), [("#ff0000", "violence"), ("#ff00ff", "sexual"), ("teal", None)]
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_reference_picture_that_is_flagged_stops_a_harmless_prompt(
    ask: Submit,
    policy: SetPolicy,
    wire: FakeEndpoint,
    endpoint: Endpoint,
    mei: User,
    colour: str,
    category: str | None,
    kind: str,
) -> None:
    policy(checks_pictures=True, thresholds={"*": 0.5}, fails_open=False)
    endpoint.offer(["flux-kontext-pro"])
    reference = receive(SimpleUploadedFile("photo", picture(color=colour, kind=kind)), member=mei)
    made = ask(model="flux-kontext-pro", operation=Operation.EDITS, references=(reference,))
    run_everything()

    assert made.pre_check.stopped_for == ([category] if category else [])
    if category:
        assert ended(made) == STOPPED
        assert wire.asked == []
    else:
        assert ended(made)[0] == GenerationStatus.SUCCEEDED


def test_pictures_are_left_alone_where_the_team_does_not(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint, with_picture: dict[str, Any]
) -> None:
    policy(base_url=checker.base_url)
    ask(**with_picture)
    run_everything()

    assert len(checker.asked) == 1


def test_a_model_for_words_only_judges_the_words(
    ask: Submit, policy: SetPolicy, with_picture: dict[str, Any]
) -> None:
    policy(checks_pictures=True, check_model="text-moderation-latest", fails_open=False)
    made = ask(**with_picture)
    run_everything()

    assert ended(made)[0] == GenerationStatus.SUCCEEDED


def test_the_author_reads_what_stopped_it_and_where(ask: Submit, policy: SetPolicy) -> None:
    policy(thresholds={"sexual": 0.5})
    made = ask(prompt=NUDE)
    run_everything()

    batch = batch_of(Generation.objects.with_results().get(pk=made.pk))

    assert batch.headline == "Not started: the prompt was stopped"
    why = batch.why
    assert why is not None
    assert (why.what, why.stage) == ("The prompt", "Check before sending")
    assert why.rule == "Your team's check before sending (omni-moderation-latest)"
    assert (why.was_sent, why.cost) == (False, Decimal(0))
    assert [piece.text for piece in why.pieces if piece.is_hit] == ["A nude woman on the rocks."]
    assert "setting and the clothing" in why.ways[0]


def test_the_rule_alone_is_said_of_what_is_severe(ask: Submit, policy: SetPolicy) -> None:
    policy(thresholds={"sexual/minors": 0.5})
    made = ask(prompt="A quiet beach. A naked child runs.")
    run_everything()

    why = batch_of(Generation.objects.with_results().get(pk=made.pk)).why
    assert why is not None and why.is_severe
    assert (why.pieces, why.ways) == ((), ())


def test_a_refusal_by_the_endpoint_is_put_down_to_the_sentence_that_was_flagged(
    ask: Submit, policy: SetPolicy, wire: FakeEndpoint
) -> None:
    policy(thresholds={"sexual": 1.0})
    wire.answers = [MODERATION_BLOCKED]
    made = ask(prompt=NUDE)
    run_everything()

    why = batch_of(Generation.objects.with_results().get(pk=made.pk)).why
    assert why is not None
    assert (why.rule, why.was_sent) == ("The safety system of Test", True)
    assert [piece.text for piece in why.pieces if piece.is_hit] == ["A nude woman on the rocks."]


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("", []),
        ("a white cat", []),
        ("A cat. A dog!", ["A cat.", "A dog!"]),
        ("一只猫。一只狗！在海边", ["一只猫。", "一只狗！", "在海边"]),
        ("a cat, on a mat, at night", ["a cat,", "on a mat,", "at night"]),
        ("A cat\n\nA dog", ["A cat", "A dog"]),
        ("3.5 mm film of a cat", []),
        (" . ", []),
    ],
)
def test_a_prompt_is_cut_at_its_sentences_or_else_its_clauses(prompt: str, parts: list[str]) -> None:
    assert parts_of(prompt) == parts
    assert all(part in prompt for part in parts)


def test_many_sentences_are_asked_about_together() -> None:
    prompt = " ".join(f"Sentence {number}." for number in range(200))

    parts = parts_of(prompt)

    assert len(parts) <= 31
    assert " ".join(parts) == prompt


def judgement(*, flagged: bool = False, **scores: float) -> Judgement:
    return Judgement(flagged, scores, tuple(name for name in scores) if flagged else ())


@pytest.mark.parametrize(
    ("thresholds", "stopped", "flagged"),
    [
        ({}, ("hate", "violence"), ()),
        ({"hate": 0.5}, ("hate",), ("violence",)),
        ({"hate": 0.61, "*": 0.4}, ("violence",), ("hate",)),
        ({"*": 0.6}, ("hate",), ("violence",)),
        ({"sexual": 0.1}, (), ("hate", "violence")),
        ({"hate": "0.1"}, (), ("hate", "violence")),
    ],
    ids=["none", "one", "others", "every", "another", "no number"],
)
def test_thresholds_are_compared_by_category(
    thresholds: dict[str, Any], stopped: tuple[str, ...], flagged: tuple[str, ...]
) -> None:
    found = weighed(thresholds, [judgement(flagged=True, hate=0.6, violence=0.4)], {})

    assert (found.stopped_for, found.flagged_for) == (stopped, flagged)


def test_the_highest_score_of_words_and_pictures_counts() -> None:
    found = weighed({"hate": 0.5}, [judgement(hate=0.1), judgement(hate=0.7)], {"words": judgement(hate=0.1)})

    assert found.scores == {"hate": 0.7}
    assert (found.stopped_for, found.sentence) == (("hate",), "")


@pytest.mark.parametrize(
    ("whole", "part", "sentence"),
    [(0.3, 0.28, "likely"), (0.3, 0.1, ""), (0.05, 0.05, "")],
    ids=["stands out", "does not", "next to nothing"],
)
def test_of_what_passes_the_sentence_is_kept_that_stands_out_in_the_highest_category(
    whole: float, part: float, sentence: str
) -> None:
    parts = {"likely": judgement(hate=part), "harmless": judgement(hate=0.01)}

    found = weighed({"*": 0.9}, [judgement(hate=whole, violence=0.02)], parts)

    assert (found.stopped_for, found.flagged_for, found.sentence) == ((), (), sentence)
