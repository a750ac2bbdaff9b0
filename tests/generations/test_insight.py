"""What moderation did over weeks: shares, money and verdicts as a reviewer finds them."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from generations import cases
from generations.insight import insight
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Case,
    Decision,
    Endpoint,
    Generation,
    Outcome,
    Refusal,
    Source,
    Verdict,
)
from generations.review.record import record_of
from team.models import User
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended(ask: Submit, endpoint: Endpoint) -> "Ended":
    return Ended(ask)


class Ended:
    """Makes generations that have ended, without an endpoint."""

    def __init__(self, ask: Submit) -> None:
        self._ask = ask

    def __call__(
        self,
        outcome: Outcome,
        *,
        model: str = "gpt-image-2",
        weeks_ago: int = 0,
        categories: tuple[str, ...] = (),
        cost: str | None = None,
        took: int = 10,
        member: User | None = None,
    ) -> Generation:
        generation = self._ask(**({"member": member} if member else {}), model=model)
        at = timezone.now() - timedelta(weeks=weeks_ago)
        Generation.objects.filter(pk=generation.pk).update(outcome=outcome, created_at=at)
        end = CallOutcome.BLOCKED if outcome == Outcome.BLOCKED else CallOutcome.SUCCEEDED
        calls = Call.objects.filter(generation=generation)
        calls.update(
            status=CallStatus.SETTLED,
            outcome=end,
            cost=Decimal(cost) if cost else None,
            sent_at=at,
            received_at=at + timedelta(seconds=took),
        )
        if outcome != Outcome.PASSED:
            self._refusal(generation, calls.get(), categories, at)
        return generation

    def _refusal(self, generation: Generation, call: Call, categories: tuple[str, ...], at: datetime) -> None:
        refusal = Refusal.objects.create(
            call=call,
            generation=generation,
            stage="input",
            reason="moderation_blocked",
            categories=list(categories),
            asked=1,
            withheld=1,
        )
        Refusal.objects.filter(pk=refusal.pk).update(created_at=at)
        cases.open_for(refusal)


def decide(generation: Generation, reviewer: User, decision: Decision) -> Verdict:
    case = Case.objects.get(generation=generation)
    Case.objects.filter(pk=case.pk).update(decided_at=timezone.now())
    return Verdict.objects.create(case=case, reviewer=reviewer, decision=decision)


def test_the_pass_rate_counts_what_was_withheld_in_part_as_not_passed(ended: Ended) -> None:
    for outcome in (Outcome.PASSED, Outcome.PASSED, Outcome.WITHHELD, Outcome.BLOCKED):
        ended(outcome)

    model = insight(4).models[0]

    assert (model.asked, model.pass_rate) == (4, 0.5)
    assert [(week.passed, week.withheld, week.blocked) for week in model.weeks] == [(0, 0, 0)] * 3 + [
        (2, 1, 1)
    ]


def test_every_model_has_its_weeks_and_its_categories_and_what_is_older_is_left_out(ended: Ended) -> None:
    ended(Outcome.BLOCKED, categories=("violence", "hate"))
    ended(Outcome.BLOCKED, model="dall-e-3", weeks_ago=2)
    ended(Outcome.PASSED, model="dall-e-3", weeks_ago=2)
    ended(Outcome.BLOCKED, weeks_ago=5, categories=("sexual",))

    found = insight(4)

    by_name = {model.name: model for model in found.models}
    assert by_name["gpt-image-2"].categories == {"violence": 1, "hate": 1}
    assert by_name["dall-e-3"].categories == {"": 1}
    assert [week.asked for week in by_name["dall-e-3"].weeks] == [0, 2, 0, 0]
    assert {one.name for one in found.categories} == {"violence", "hate", ""}


def test_the_bars_of_a_week_fill_its_height_and_no_more(ended: Ended) -> None:
    ended(Outcome.PASSED)
    ended(Outcome.BLOCKED)

    assert insight(4).models[0].weeks[-1].bars == {
        "blocked": "M3.12 100V50H3.88V100Z",
        "passed": "M3.12 50V0H3.88V50Z",
    }


def test_of_each_case_the_last_verdict_that_was_not_undone_counts(ended: Ended, rui: User) -> None:
    right, wrong, undone = (ended(Outcome.BLOCKED) for _ in range(3))
    decide(right, rui, Decision.FALSE_POSITIVE)
    decide(right, rui, Decision.RIGHT)
    decide(wrong, rui, Decision.FALSE_POSITIVE)
    taken_back = decide(undone, rui, Decision.RIGHT)
    case = taken_back.case
    Verdict.objects.create(case=case, reviewer=rui, decision=Decision.UNDO, undoes=taken_back)

    found = insight(4)

    assert (found.right, found.false_positive, found.false_positive_rate) == (1, 1, 0.5)


def test_what_was_paid_for_refusals_is_a_sum_and_what_nobody_knows_is_counted(ended: Ended) -> None:
    ended(Outcome.BLOCKED, cost="0.04")
    ended(Outcome.BLOCKED, cost="0.02", took=40)
    ended(Outcome.BLOCKED)

    found = insight(4)

    assert (found.lost_on_refusals, found.refusals_without_cost) == (Decimal("0.06"), 1)
    assert (found.slowest[0].count, found.slowest[0].mean, found.slowest[0].longest) == (3, 20.0, 40.0)


def test_reviewers_see_the_page_and_administrators_alone_who_was_refused(
    ended: Ended, client: Client, rui: User, ada: User, mei: User
) -> None:
    ended(Outcome.BLOCKED, categories=("violence",))
    ended(Outcome.PASSED)

    client.force_login(rui)
    assert mei.display_name not in client.get("/review/insight/").text
    client.force_login(ada)
    page = client.get("/review/insight/?weeks=4")

    assert mei.display_name in page.text
    assert "violence" in page.text
    assert "50%" in page.text


def test_what_was_imported_was_moderated_elsewhere(ended: Ended, mei: User) -> None:
    ended(Outcome.BLOCKED, categories=("violence",), cost="0.04")
    before = insight(4)
    ended(Outcome.BLOCKED, model="elsewhere-1", categories=("sexual",), cost="9")
    ended(Outcome.PASSED, model="elsewhere-1")
    Generation.objects.filter(model="elsewhere-1").update(source=Source.IMPORT)

    after = insight(4)

    assert [model.name for model in after.models] == ["gpt-image-2"]
    assert (after.lost_on_refusals, after.categories, after.members) == (
        before.lost_on_refusals,
        before.categories,
        before.members,
    )
    assert [slow.model for slow in after.slowest] == ["gpt-image-2"]
    assert record_of(mei).refused.number == 1


def test_an_empty_studio_and_an_odd_period_are_answered(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert client.get("/review/insight/?weeks=0%27").context["insight"].weeks == 12
    assert "Nothing was asked for" in client.get("/review/insight/").text


def test_the_table_to_take_along_has_a_line_for_each_week_and_no_formula(
    ended: Ended, client: Client, rui: User
) -> None:
    ended(Outcome.BLOCKED, categories=("=cmd|'/c calc'!A1",))
    client.force_login(rui)

    text = b"".join(client.get("/review/insight/download/")).decode()

    assert ",gpt-image-2,1,0,0,1" in text
    assert "\n=" not in text
    assert ",=" not in text
