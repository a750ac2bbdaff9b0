"""The queue: what waits, oldest first, narrowed, claimed and assigned; pages by place at a constant cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations import cases
from generations.history.finding import Count
from generations.models import Case, Decision, Look, Verdict
from generations.review import finding
from generations.review.claims import CLAIM, claim, holder
from generations.review.finding import PAGE, counts, next_waiting, page, previous_waiting
from generations.review.sought import Sought, State
from team.models import User
from tests.generations.review.conftest import Making, say, signed_in

pytestmark = pytest.mark.django_db


def several(make: Making, number: int) -> list[Case]:
    """Cases a minute apart, the oldest first."""
    made = [make.refused(f"prompt {place}") for place in range(number)]
    begin = timezone.now() - timedelta(days=1)
    for place, case in enumerate(made):
        Case.objects.filter(pk=case.pk).update(opened_at=begin + timedelta(minutes=place))
    return made


def test_members_see_no_review(client: Client, mei: User) -> None:
    client.force_login(mei)

    for address in ("/review/", "/review/log/", "/review/log/download/", "/review/looks/"):
        assert client.get(address).status_code == 404, address


def test_the_oldest_waits_first_and_pages_follow_each_other(make: Making, rui: User) -> None:
    made = several(make, PAGE + 5)

    first = page(Sought(), rui)
    second = page(Sought(), rui, first.next_cursor or "")

    assert [case.pk for case in (*first.cases, *second.cases)] == [case.pk for case in made]
    assert second.next_cursor is None


@pytest.mark.parametrize("state", list(State))
def test_pages_meet_without_a_gap_in_every_order(make: Making, rui: User, state: State) -> None:
    made = several(make, 7)
    for case in made[:4]:
        say(case, rui, Decision.RIGHT)
    sought = Sought(state=state)
    found, after = [], ""
    while True:
        part = page(sought, rui, after, size=2)
        found += [case.pk for case in part.cases]
        if part.next_cursor is None:
            break
        after = part.next_cursor

    assert sorted(found) == sorted(case.pk for case in sought.found_by(rui))
    assert len(found) == len(set(found))


def test_filters_narrow_and_the_numbers_follow(make: Making, rui: User, bo: User) -> None:
    make.refused(categories=("violence", "hate"))
    make.refused(member=bo)
    report = cases.report(make.shared(), by=bo, words="No.")

    def found(**filters: object) -> int:
        return counts(Sought.parse(filters), rui)["waiting"].number

    assert found() == 3
    assert found(category="hate") == found(category="Violence") == 1
    assert found(category="hat") == 0
    assert found(kind="report") == 1
    assert found(member=str(bo.pk)) == 1
    assert found(model="gpt-image-1") == 3
    assert found(model="dall-e-3") == found(mine="1") == 0
    Case.objects.filter(pk=report.pk).update(assigned_to=rui)
    assert found(mine="1") == 1


@pytest.mark.parametrize(
    "address",
    [
        "?member=x",
        "?member=" + "9" * 40,
        "?kind=..",
        "?state=x",
        "?after=%25",
        "?category=%00",
        "?decided=1,x",
    ],
)
def test_an_address_that_makes_no_sense_is_the_queue(reviewer: Client, make: Making, address: str) -> None:
    make.refused()

    assert reviewer.get(f"/review/{address}").status_code in (200, 400)


def test_numbers_are_exact_up_to_a_limit(make: Making, rui: User, monkeypatch: pytest.MonkeyPatch) -> None:
    several(make, 3)
    assert counts(Sought(), rui)["waiting"] == Count(3, is_more=False)

    monkeypatch.setattr(finding, "MOST_COUNTED", 2)

    assert counts(Sought(), rui)["waiting"] == Count(2, is_more=True)


def test_severe_cases_and_their_numbers_are_for_administrators(make: Making, rui: User, ada: User) -> None:
    make.refused(categories=("sexual/minors",))

    assert counts(Sought(), rui)["waiting"].number == 0
    assert counts(Sought(severe=True), ada)["waiting"].number == 1
    assert "Venus" not in signed_in(rui).get("/review/?severe=1").content.decode()


def test_an_empty_queue_says_what_was_done_today(make: Making, reviewer: Client, rui: User) -> None:
    say(make.refused(), rui, Decision.RIGHT)

    assert "Nothing waiting. 1 decided today." in reviewer.get("/review/").content.decode()


def test_a_page_costs_the_same_however_much_is_on_it(make: Making, reviewer: Client) -> None:
    several(make, 2)
    reviewer.get("/review/")
    with CaptureQueriesContext(connection) as few:
        reviewer.get("/review/")
    several(make, 12)
    reviewer.get("/review/")

    with CaptureQueriesContext(connection) as many:
        reviewer.get("/review/")

    assert len(many) == len(few)


def test_an_open_case_is_claimed_and_others_see_by_whom(make: Making, reviewer: Client, ada: User) -> None:
    case = make.refused()

    assert "You have this open" in reviewer.get(f"/review/{case.pk}/").content.decode()

    administrator = signed_in(ada)
    assert "Rui is at it" in administrator.get("/review/").content.decode()
    shown = administrator.get(f"/review/{case.pk}/").content.decode()
    assert "Rui is reviewing this at the moment." in shown
    administrator.post(f"/review/{case.pk}/claim/", {"take": "1"})
    assert "Ada is reviewing this" in reviewer.get(f"/review/{case.pk}/").content.decode()


def test_a_claim_ends_after_the_last_sign_of_life(make: Making, rui: User, ada: User) -> None:
    case = make.refused()
    claim(case, by=rui)
    assert not claim(Case.objects.get(), by=ada)
    Case.objects.update(claimed_at=timezone.now() - CLAIM)

    assert holder(Case.objects.get()) is None
    assert claim(Case.objects.get(), by=ada)


def test_an_open_page_renews_its_claim(make: Making, reviewer: Client) -> None:
    case = make.refused()
    reviewer.get(f"/review/{case.pk}/")
    before = timezone.now() - timedelta(minutes=4)
    Case.objects.update(claimed_at=before)

    answer = reviewer.post(f"/review/{case.pk}/claim/", headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert Case.objects.get().claimed_at > before + timedelta(minutes=3)  # type: ignore[operator]


def test_nobody_claims_their_own(make: Making, reviewer: Client, rui: User) -> None:
    case = make.refused(member=rui)

    reviewer.get(f"/review/{case.pk}/")

    assert Case.objects.get().claimed_by is None


def test_the_next_one_is_behind_this_one_not_ones_own_and_open_nowhere_else(
    make: Making, rui: User, ada: User
) -> None:
    first, second, third, fourth = several(make, 4)
    claim(second, by=ada)
    Case.objects.filter(pk=third.pk).update(member=rui)

    assert next_waiting(Sought(), rui, after=Case.objects.get(pk=first.pk)) == fourth.pk
    assert next_waiting(Sought(), rui, after=Case.objects.get(pk=fourth.pk)) == first.pk
    assert previous_waiting(Sought(), rui, before=Case.objects.get(pk=fourth.pk)) == second.pk
    assert next_waiting(Sought(category="hate"), rui) is None


def test_skipping_lets_go_and_opens_the_next(make: Making, reviewer: Client) -> None:
    first, second = several(make, 2)
    reviewer.get(f"/review/{first.pk}/")

    answer = reviewer.post(f"/review/{first.pk}/claim/", {"skip": "1"})

    assert answer["Location"] == f"/review/{second.pk}/"
    assert Case.objects.get(pk=first.pk).claimed_by is None


def test_a_case_is_assigned_to_somebody_who_may_decide_it(
    make: Making, reviewer: Client, rui: User, bo: User
) -> None:
    case = make.refused()

    reviewer.post(f"/review/{case.pk}/assign/", {"to": str(rui.pk)})
    assert Case.objects.get().assigned_to == rui
    reviewer.post(f"/review/{case.pk}/assign/", {"to": str(bo.pk)})
    assert Case.objects.get().assigned_to == rui
    reviewer.post(f"/review/{case.pk}/assign/", {"to": ""})
    assert Case.objects.get().assigned_to is None


def test_several_are_decided_together_after_their_number_was_said(
    make: Making, reviewer: Client, rui: User, ada: User
) -> None:
    made = several(make, 3)
    make.refused(member=rui)
    asked = [f"{case.pk}:0" for case in Case.objects.all()]
    form = {"case": asked, "decision": "right", "note": "All of them."}

    confirmation = reviewer.post("/review/bulk/", form).content.decode()
    assert "“Rightly refused” for 3 cases" in confirmation
    assert "One of the selected is left out" in confirmation
    assert not Verdict.objects.exists()
    say(made[0], ada, Decision.UNCLEAR)
    answer = reviewer.post("/review/bulk/", {**form, "sure": "1"}, follow=True).content.decode()

    assert Verdict.objects.filter(decision="right", note="All of them.").count() == 2
    assert made[0].latest_verdict is not None
    assert made[0].latest_verdict.decision == "unclear"
    assert "1 was decided or changed by somebody else meanwhile" in answer
    assert "Recorded for 2 cases: Rightly refused." in answer


def test_whoever_reads_a_prompt_stands_in_the_log_once_an_hour(
    make: Making, reviewer: Client, rui: User
) -> None:
    case = make.refused()
    make.refused(member=rui)

    for address in ("/review/", "/review/", f"/review/{case.pk}/"):
        reviewer.get(address)
    assert list(Look.objects.values_list("reader", "generation", "saw_images")) == [
        (rui.pk, case.generation_id, False)
    ]
    reviewer.get(f"/review/{case.pk}/?show=1")
    assert Look.objects.get().saw_images
    Look.objects.update(at=timezone.now() - timedelta(hours=2))
    reviewer.get("/review/")
    assert Look.objects.count() == 2


def test_administrators_read_who_has_looked(make: Making, reviewer: Client, ada: User) -> None:
    make.refused()
    reviewer.get("/review/")

    assert "Rui" in signed_in(ada).get("/review/looks/").content.decode()


def test_an_administrator_who_reads_the_teams_history_stands_in_the_log(
    make: Making, ada: User, mei: User
) -> None:
    case = make.refused()

    signed_in(mei).get("/history/")
    assert not Look.objects.exists()
    signed_in(ada).get("/history/?team=1")

    assert list(Look.objects.values_list("reader", "generation")) == [(ada.pk, case.generation_id)]


def test_a_reviewer_who_opens_an_image_has_seen_it(make: Making, reviewer: Client) -> None:
    image = make.refused(images=1).generation.images.get()

    reviewer.get(f"/images/{image.pk}/")

    assert Look.objects.get().saw_images
