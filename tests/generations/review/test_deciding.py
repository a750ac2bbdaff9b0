"""Decisions: appended, one at a time, taken back for good, and by nobody about their own."""

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from generations import cases
from generations.models import Case, Decision, Image, Verdict
from generations.review import NotAReviewer, Ruling, Undecided, decide, undo
from team.models import Role, User
from tests.generations.review.conftest import Making, say

pytestmark = pytest.mark.django_db


def test_a_decision_closes_the_case_and_says_what_it_changed(make: Making, rui: User) -> None:
    case = make.refused()

    say(case, rui, Decision.RIGHT, note="It was.")

    case.refresh_from_db()
    verdict = Verdict.objects.get()
    assert case.decided_at is not None
    assert (verdict.before, verdict.after) == ({"decision": ""}, {"decision": "right"})
    assert (verdict.reviewer, verdict.note) == (rui, "It was.")


def test_of_two_reviewers_the_second_hears_who_was_first(make: Making, rui: User, ada: User) -> None:
    case = make.refused()
    decide(case.pk, Ruling(Decision.RIGHT), reviewer=rui, version=0)

    with pytest.raises(Undecided, match=r"Already decided by Rui: Rightly refused\."):
        decide(case.pk, Ruling(Decision.FALSE_POSITIVE), reviewer=ada, version=0)

    assert Verdict.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_the_same_moment_are_one(make: Making, rui: User, ada: User) -> None:
    case = make.refused()
    begin, said = Barrier(2), []

    def decide_now(reviewer: User, decision: Decision) -> None:
        begin.wait()
        try:
            decide(case.pk, Ruling(decision), reviewer=reviewer, version=0)
        except Undecided as error:
            said.append(str(error))
        finally:
            connection.close()

    both = [
        Thread(target=decide_now, args=one) for one in ((rui, Decision.RIGHT), (ada, Decision.FALSE_POSITIVE))
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert Verdict.objects.count() == 1
    assert len(said) == 1
    assert said[0].startswith("Already decided by ")


def test_undo_lets_the_case_wait_again_and_the_record_keeps_both(make: Making, rui: User) -> None:
    case = make.refused()
    first = say(case, rui, Decision.RIGHT)

    undoing = undo(first, reviewer=rui)

    case.refresh_from_db()
    assert case.decided_at is None
    assert case.latest_verdict is None
    assert undoing.undoes_id == first
    assert (undoing.before, undoing.after) == ({"decision": "right"}, {"decision": ""})
    assert Verdict.objects.count() == 2


def test_a_decision_is_undone_once(make: Making, rui: User, ada: User) -> None:
    verdict = say(make.refused(), rui, Decision.RIGHT)
    undoing = undo(verdict, reviewer=ada)

    with pytest.raises(Undecided, match="Ada has undone this already"):
        undo(verdict, reviewer=rui)
    with pytest.raises(Undecided):
        undo(undoing.pk, reviewer=rui)


def test_a_verdict_is_never_changed(make: Making, rui: User) -> None:
    verdict = Verdict.objects.get(pk=say(make.refused(), rui, Decision.UNCLEAR))

    with pytest.raises(TypeError):
        verdict.save()


def test_nobody_reviews_their_own(make: Making, rui: User) -> None:
    case = make.refused(member=rui)

    with pytest.raises(Undecided):
        decide(case.pk, Ruling(Decision.RIGHT), reviewer=rui, version=0)

    assert not Verdict.objects.exists()


def test_a_reviewer_may_decide_what_they_have_reported(make: Making, rui: User) -> None:
    case = cases.report(make.shared(), by=rui, words="Not nice.")

    say(case, rui, Decision.APPROVE)

    assert Verdict.objects.get().decision == Decision.APPROVE


@pytest.mark.parametrize("change", [{"role": Role.MEMBER}, {"is_active": False}])
def test_who_has_lost_the_role_meanwhile_decides_nothing(
    make: Making, rui: User, change: dict[str, object]
) -> None:
    case = make.refused()
    User.objects.filter(pk=rui.pk).update(**change)

    with pytest.raises(NotAReviewer):
        decide(case.pk, Ruling(Decision.RIGHT), reviewer=rui, version=0)

    assert not Verdict.objects.exists()


def test_severe_cases_are_for_administrators_alone(make: Making, rui: User, ada: User) -> None:
    case = make.refused(categories=("sexual/minors",))

    with pytest.raises(NotAReviewer):
        decide(case.pk, Ruling(Decision.RIGHT), reviewer=rui, version=0)
    say(case, ada, Decision.RIGHT)

    assert Case.objects.get().is_severe


def test_what_is_left_to_administrators_can_be_taken_back_by_whoever_left_it(make: Making, rui: User) -> None:
    case = make.refused()
    verdict = say(case, rui, Decision.ESCALATE)
    assert not Case.objects.for_reviewer(rui).exists()
    assert Case.objects.waiting().exists()

    undo(verdict, reviewer=rui)

    assert Case.objects.for_reviewer(rui).exists()


def test_a_hidden_image_is_back_after_undo(make: Making, rui: User, bo: User) -> None:
    image = make.shared()
    case = cases.report(image, by=bo, words="Blood.")

    verdict = say(case, rui, Decision.HIDE, reason=2)
    assert not Image.objects.visible_to(bo).exists()
    undo(verdict, reviewer=rui)

    assert Image.objects.visible_to(bo).exists()
    assert Verdict.objects.get(pk=verdict).after == {"decision": "hide", "hidden": 2}
    assert Case.objects.waiting().exists()


def test_undo_of_one_decision_leaves_another_about_the_same_image(
    make: Making, rui: User, ada: User, bo: User
) -> None:
    image = make.shared()
    first = cases.report(image, by=bo, words="Blood.")
    second = cases.report(image, by=ada, words="Blood!")
    say(first, rui, Decision.HIDE, reason=2)
    later = say(second, rui, Decision.HIDE, reason=3)

    undo(later, reviewer=rui)

    image.refresh_from_db()
    assert image.hidden_because == 2


def test_hiding_an_image_of_the_job_leaves_the_question_open(make: Making, rui: User, mei: User) -> None:
    case = make.refused(images=1)

    say(case, rui, Decision.HIDE, reason=1, image=Image.objects.get().pk)

    assert Case.objects.waiting().exists()
    assert not Image.objects.visible_to(mei).exists()


def test_an_image_of_another_job_is_not_hidden_through_a_case(make: Making, rui: User) -> None:
    other = make.shared()
    case = make.refused()

    with pytest.raises(Undecided):
        say(case, rui, Decision.HIDE, reason=1, image=other.pk)

    other.refresh_from_db()
    assert other.hidden_at is None


def test_what_its_author_deleted_can_be_hidden_and_stays_so_when_restored(
    make: Making, rui: User, bo: User, mei: User
) -> None:
    image = make.shared()
    case = cases.report(image, by=bo, words="Blood.")
    Image.objects.update(trashed_at=timezone.now())

    say(case, rui, Decision.HIDE, reason=2)
    Image.objects.update(trashed_at=None)

    assert not Image.objects.visible_to(mei).exists()


def test_what_is_gone_for_good_is_not_hidden_but_can_be_closed(make: Making, rui: User, bo: User) -> None:
    case = cases.report(make.shared(), by=bo, words="Blood.")
    Image.objects.update(trashed_at=timezone.now(), removed_at=timezone.now())

    with pytest.raises(Undecided, match="nothing left to hide"):
        say(case, rui, Decision.HIDE, reason=2)
    say(case, rui, Decision.UNCLEAR)

    assert not Case.objects.waiting().exists()


@pytest.mark.parametrize(("kind", "wrong"), [("refusal", Decision.APPROVE), ("report", Decision.RIGHT)])
def test_a_case_takes_only_what_answers_its_question(
    make: Making, rui: User, bo: User, kind: str, wrong: Decision
) -> None:
    case = make.refused() if kind == "refusal" else cases.report(make.shared(), by=bo, words="Blood.")

    with pytest.raises(ValueError, match="not answered"):
        say(case, rui, wrong)
