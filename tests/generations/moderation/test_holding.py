"""Images are held from a score on: the line of the policy, what arrives, and what is seen of it meanwhile."""

import html
from uuid import UUID

import pytest
from django.test import Client

from generations import execution, held
from generations.batches import batch_of
from generations.execution import settling
from generations.models import (
    Case,
    CaseKind,
    Decision,
    Endpoint,
    Generation,
    GenerationStatus,
    Image,
    ModerationPolicy,
    PreCheck,
    Refusal,
)
from generations.moderation.holding import held_for
from generations.moderation.weighing import Weighed
from generations.released import release_of, run
from generations.review import Ruling, decide
from team.models import User
from tests.fake_endpoint import (
    MODERATION_BLOCKED,
    FakeEndpoint,
    completed_frame,
    partial_frame,
    picture,
    streamed,
)
from tests.generations.conftest import Submit, only_call, run_everything
from tests.generations.moderation.conftest import SetPolicy
from tests.generations.moderation.test_pre_check import NUDE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_measured() -> None:
    held.forget()


def found(**scores: float) -> Weighed:
    return Weighed(scores, (), (), "")


@pytest.mark.parametrize(
    ("line", "names"),
    [(None, []), (0.7, ["violence"]), (0.81, ["violence"]), (0.82, []), (0.0, ["violence", "hate"])],
)
def test_what_reaches_the_line_is_held_the_highest_first(line: float | None, names: list[str]) -> None:
    policy = ModerationPolicy(hold_from=line)

    assert held_for(policy, found(hate=0.2, violence=0.81)) == names


def test_what_is_not_sent_is_not_held() -> None:
    stopped = Weighed({"sexual": 0.9}, ("sexual",), (), "")

    assert held_for(ModerationPolicy(hold_from=0.5), stopped) == []


def test_what_reaches_the_line_and_no_threshold_is_made_and_held(
    ask: Submit, policy: SetPolicy, client: Client, mei: User
) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    made = ask(prompt=NUDE)
    run_everything()

    made.refresh_from_db()
    assert (made.status, made.outcome, made.images_count) == (GenerationStatus.SUCCEEDED, "passed", 1)
    assert [image.is_held for image in made.images.all()] == [True]
    check = PreCheck.objects.get()
    assert (check.held_for, check.held_from, check.stopped_for) == (["sexual"], 0.5, [])
    case = Case.objects.get()
    assert (case.kind, case.held_from, case.score) == (CaseKind.HELD, 0.5, check.scores["sexual"])
    client.force_login(mei)
    assert client.get(f"/media/{made.images.first().pk}/320/").status_code == 404  # type: ignore[union-attr]


def test_it_is_not_seen_while_it_is_made_either(
    ask: Submit, wire: FakeEndpoint, policy: SetPolicy, endpoint: Endpoint
) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    Endpoint.objects.filter(pk=endpoint.pk).update(partial_images=2)
    wire.answers = [streamed(partial_frame(picture()), completed_frame(picture()))] * 2
    rung: list[UUID] = []

    def ring(call: UUID, host: str) -> bool:
        rung.append(call)
        return True

    shown = ask(prompt="A lighthouse at dusk")
    execution.execute_next(ring_for_preview=ring)
    ask(prompt=NUDE)
    execution.execute_next(ring_for_preview=ring)

    assert set(rung) <= {only_call(shown).pk}


def test_an_image_that_comes_makes_stale_what_reviewers_have_open_before_its_call_has_ended(
    ask: Submit, wire: FakeEndpoint, policy: SetPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    made = ask(prompt=NUDE, model="dall-e-3", n=2)  # one image a call
    first = execution.execute_next()
    assert first is not None
    execution.settle(first.call_id)
    second = execution.execute_next()
    assert second is not None
    seen = Case.objects.get().version
    monkeypatch.setattr(settling, "end_answered", lambda *_, **__: False)

    execution.settle(second.call_id)

    assert Image.objects.held().filter(generation=made).count() == 2
    assert Case.objects.get().version > seen


def test_what_stays_below_the_line_is_shown_at_once(ask: Submit, policy: SetPolicy) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    made = ask(prompt="A lighthouse at dusk")
    run_everything()

    assert [image.is_kept for image in made.images.all()] == [True]
    assert not Case.objects.exists()


def test_what_reaches_a_threshold_is_stopped_and_nothing_is_held(ask: Submit, policy: SetPolicy) -> None:
    policy(thresholds={"sexual": 0.5}, hold_from=0.3)
    ask(prompt=NUDE)
    run_everything()

    assert Case.objects.get().kind == CaseKind.REFUSAL
    assert PreCheck.objects.get().held_from is None


def test_the_calls_of_one_generation_make_one_case_and_all_are_held(ask: Submit, policy: SetPolicy) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    made = ask(prompt=NUDE, model="dall-e-3", n=3)
    run_everything()

    assert [image.is_held for image in made.images.all()] == [True] * 3
    assert Case.objects.get().kind == CaseKind.HELD


def test_a_line_that_is_moved_later_changes_nothing_of_what_was_checked(
    ask: Submit, policy: SetPolicy
) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    made = ask(prompt=NUDE)
    run_everything()
    ModerationPolicy.objects.update(hold_from=None)

    assert batch_of(read(made)).can_withdraw
    assert Case.objects.get().held_from == 0.5


def test_what_came_of_a_partial_answer_is_held_beside_the_refusal_of_the_rest(
    ask: Submit, policy: SetPolicy
) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    made = ask(prompt=NUDE, n=2)
    run_everything()

    assert sorted(Case.objects.values_list("kind", flat=True)) == ["held", "refusal"]
    batch = batch_of(read(made))
    assert [tile.kind for tile in batch.tiles] == ["held", "withheld"]
    assert (batch.headline, batch.status) == ("Waiting for a reviewer", "held")


def test_what_the_endpoint_refuses_leaves_nothing_to_hold(
    ask: Submit, wire: FakeEndpoint, policy: SetPolicy
) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    wire.answers = [MODERATION_BLOCKED]
    made = ask(prompt=NUDE)
    run_everything()

    assert Case.objects.get().kind == CaseKind.REFUSAL
    assert not batch_of(read(made)).can_withdraw


def test_a_run_that_a_reviewer_has_released_is_not_held(
    ask: Submit, wire: FakeEndpoint, policy: SetPolicy, rui: User
) -> None:
    policy(thresholds={"sexual": 0.5}, hold_from=0.1)
    first = ask(prompt=NUDE)
    run_everything()
    case = Case.objects.get(refusal=Refusal.objects.get())
    release = Ruling(Decision.RELEASE, release={"moderation": "low"})
    decide(case.pk, release, reviewer=rui, version=0)
    run(release_of(first), first)  # type: ignore[arg-type]
    run_everything()

    assert Image.objects.kept().count() == 1


def test_its_author_reads_that_it_waits_and_what_to_do(
    ask: Submit, policy: SetPolicy, client: Client, mei: User
) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    made = ask(prompt=NUDE)
    run_everything()
    client.force_login(mei)

    told = html.unescape(client.get(f"/generations/{made.pk}/").content.decode())

    assert "<strong>Waiting for a reviewer</strong>" in told
    assert f'action="/generations/{made.pk}/withdraw/"' in told
    assert "usually under" not in told
    assert "#clock" in told


def test_check_says_that_it_would_be_held(policy: SetPolicy, client: Client, mei: User, ask: Submit) -> None:
    policy(thresholds={"sexual": 1.0}, hold_from=0.5)
    client.force_login(mei)

    told = client.post("/moderation/check/", {"prompt": NUDE, "check": "1"}).content.decode()

    assert "waits for a reviewer before anybody sees it" in told


def read(made: Generation) -> Generation:
    return Generation.objects.with_results().get(pk=made.pk)
