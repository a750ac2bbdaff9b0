"""What reviewers have confirmed counts against its author for a while, and what follows from that."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.translation import gettext

from generations import cases, released, tasks
from generations.jobs import asking, running
from generations.jobs.actions import ACTIONS
from generations.jobs.arguments import NotUnderstood
from generations.models import Case, Endpoint, Generation, Image, Job, ModerationPolicy, Verdict
from generations.moderation import strikes
from generations.moderation.strikes import Effect, strikes_of, why_not
from generations.review import undo
from generations.submission import MayNotAsk, Order, submit
from team.models import User
from tests.bench.seed_review import fill
from tests.generations.review.conftest import Making, say, signed_in
from tests.generations.review.test_plans import scanned

pytestmark = pytest.mark.django_db

Ask = Callable[..., Generation]


def hold(**fields: int) -> None:
    """Make a policy hold."""
    ModerationPolicy.objects.update_or_create(pk=1, defaults=fields)


def moved(days: float) -> None:
    """Everything that was decided lies so many days further back."""
    back = timezone.now() - timedelta(days=days)
    Verdict.objects.update(created_at=back)
    Case.objects.filter(decided_at__isnull=False).update(decided_at=back)


@pytest.fixture
def confirmed(make: Making, rui: User) -> Callable[..., Case]:
    """A refusal of Mei's that Rui has called right."""

    def confirm(**fields: Any) -> Case:
        case = make.refused(**fields)
        say(case, rui, "right")
        return case

    return confirm


@pytest.fixture
def ask(endpoint: Endpoint, mei: User) -> Ask:
    def submit_order(prompt: str = "a white cat", **fields: Any) -> Generation:
        fields = {"endpoint": endpoint, "model": "gpt-image-1", "n": 1, **fields}
        return submit(Order(prompt=prompt, **fields), member=mei, token=uuid4())

    return submit_order


def test_a_confirmed_refusal_is_a_strike_and_ends_by_itself(
    confirmed: Callable[..., Case], mei: User, bo: User
) -> None:
    hold(strike_days=30)
    case = confirmed(categories=("violence/graphic", "gore"))

    (strike,) = strikes_of(mei).every

    assert (strike.generation, strike.refusal) == (case.generation_id, case.refusal_id)
    assert strike.about == ("Graphic violence", "gore")
    assert strike.ends_at - strike.given_at == timedelta(days=30)
    assert strikes_of(bo).count == 0
    moved(29.9)
    assert strikes_of(mei).count == 1
    moved(30.1)
    assert strikes_of(mei).count == 0


@pytest.mark.parametrize("decision", ["false_positive", "unclear"])
def test_what_a_reviewer_has_not_confirmed_is_no_strike(
    make: Making, rui: User, mei: User, decision: str
) -> None:
    make.refused()
    say(make.refused(), rui, decision)

    assert strikes_of(mei).count == 0


def test_a_generation_is_one_strike_however_often_it_was_refused(
    confirmed: Callable[..., Case], make: Making, rui: User, mei: User
) -> None:
    case = confirmed()
    assert case.refusal is not None
    again = cases.appeal(case.refusal, by=mei, words="Look again.")

    say(again, rui, "right")

    assert strikes_of(mei).count == 1


def test_an_undone_verdict_takes_its_strike_back(make: Making, rui: User, mei: User) -> None:
    case = make.refused()
    verdict = say(case, rui, "right")
    assert strikes_of(mei).count == 1

    undo(verdict, reviewer=rui)

    assert strikes_of(mei).count == 0


def test_a_granted_appeal_takes_the_strike_back_and_another_one_does_not_prolong_it(
    confirmed: Callable[..., Case], rui: User, mei: User
) -> None:
    granted, declined = confirmed(), confirmed()
    moved(80)
    assert granted.refusal is not None
    assert declined.refusal is not None
    first, second = (
        cases.appeal(one, by=mei, words="Please.") for one in (granted.refusal, declined.refusal)
    )

    say(first, rui, "false_positive")
    say(second, rui, "right")

    (strike,) = strikes_of(mei).every
    assert strike.generation == declined.generation_id
    assert strike.ends_at - timezone.now() < timedelta(days=10.1)


def test_a_reported_image_that_was_hidden_is_a_strike_until_it_is_shown_again(
    make: Making, rui: User, mei: User, bo: User
) -> None:
    image = make.shared()
    case = cases.report(image, by=bo, words="Not nice.")
    say(case, rui, "hide", reason=2)
    (strike,) = strikes_of(mei).every
    assert (strike.about, strike.refusal) == (("Violence or injury",), None)

    say(case, rui, "show", image=image.pk)

    assert strikes_of(mei).count == 0


def test_of_what_the_check_had_flagged_one_hidden_image_is_enough(make: Making, rui: User, mei: User) -> None:
    made = make.shared(images=2).generation
    first, second = made.images.order_by("index")
    case = cases.flag(made, ["violence"])
    say(case, rui, "hide", reason=2, image=first.pk)
    say(case, rui, "hide", reason=1, image=second.pk)
    assert [strike.about for strike in strikes_of(mei).every] == [("Violence or injury", "Sexual content")]

    say(case, rui, "show", image=first.pk)
    assert [strike.about for strike in strikes_of(mei).every] == [("Sexual content",)]
    say(case, rui, "show", image=second.pk)
    assert strikes_of(mei).count == 0


def test_effects_follow_from_the_number_and_say_until_when(confirmed: Callable[..., Case], mei: User) -> None:
    hold(warn_at=1, limit_at=2, suspend_at=3)
    effects = [strikes_of(mei).effect]
    for days in (60, 30, 0):
        confirmed()
        moved_one = Verdict.objects.order_by("-pk")[:1].values_list("pk", flat=True)
        at = timezone.now() - timedelta(days=days)
        Verdict.objects.filter(pk__in=list(moved_one)).update(created_at=at)
        effects.append(strikes_of(mei).effect)

    counted = strikes_of(mei)
    assert effects == [Effect.NONE, Effect.WARNED, Effect.LIMITED, Effect.SUSPENDED]
    # With the oldest of them the third is gone.
    assert counted.until == counted.every[0].ends_at == counted.next_end


def test_strikes_cost_the_same_few_queries_however_many_there_are(
    confirmed: Callable[..., Case], mei: User, bo: User, django_assert_num_queries: Any
) -> None:
    for _ in range(4):
        confirmed()

    with django_assert_num_queries(1):  # nothing follows from strikes
        assert why_not(mei) == ""
    hold(suspend_at=9)
    with django_assert_num_queries(3):
        assert why_not(mei) == ""
    with django_assert_num_queries(2):
        assert strikes_of(bo).count == 0


def test_strikes_are_found_by_indexes(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strikes, "MOST", 20)  # the same share as of 200,000
    fill(rows=10_000)
    hold(suspend_at=200, strike_days=3650)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL random_page_cost = 1.1")

    member = User.objects.get(name="Seed 0")
    with CaptureQueriesContext(connection) as captured:
        why_not(member)

    statements = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    assert len(statements) == 3
    if connection.vendor == "postgresql":
        assert [(scanned(one), one) for one in statements if scanned(one)] == []


@pytest.fixture
def suspended(confirmed: Callable[..., Case], make: Making, mei: User) -> Case:
    """Nothing new is taken from Mei."""
    hold(suspend_at=1)
    return confirmed()


@pytest.fixture
def limited(ask: Ask, confirmed: Callable[..., Case]) -> Generation:
    """Mei may have one at a time, and this is it."""
    made = ask()
    hold(limit_at=1)
    confirmed()
    return made


def _pages(client: Client, old: Generation) -> Iterator[str]:
    """Every way in which a page asks for something new; what each of them says."""
    made = Image.objects.filter(generation__member=old.member).first()
    images = {"action": "again", "images": str(made.pk)} if made else {}
    filled = {"prompt": "a very white cat", "model": "gpt-image-1", "n": 1, "submit_token": str(uuid4())}
    values = {"setting": "quality", "value": ["low", "high"], "token": str(uuid4())}
    yield client.post("/", filled).content.decode()
    yield client.post(f"/generations/{old.pk}/retry/", {"token": "t"}, follow=True).content.decode()
    yield client.post(f"/generations/{old.pk}/series/", values).content.decode()
    yield client.post("/history/act/", images, follow=True).content.decode()


def test_nothing_new_is_taken_from_whoever_is_suspended_whatever_way_they_ask(
    suspended: Case, make: Making, mei: User
) -> None:
    make.shared()
    old = suspended.generation
    Generation.objects.filter(pk=old.pk).update(status="failed")
    before = Generation.objects.count()

    said = list(_pages(signed_in(mei), old))

    assert [("Nothing new is taken from you until" in page) for page in said] == [True] * 4
    assert "a very white cat" in said[0]
    assert Generation.objects.count() == before
    assert not Job.objects.exists()


def test_whoever_is_limited_asks_for_one_thing_at_a_time_whatever_way_they_ask(
    limited: Generation, make: Making, mei: User
) -> None:
    make.shared()
    old = Generation.objects.filter(outcome="blocked").get()
    Generation.objects.filter(pk=old.pk).update(status="failed")
    before = Generation.objects.count()

    said = list(_pages(signed_in(mei), old))

    assert [("you may ask for one thing at a time" in page) for page in said] == [True] * 4
    assert Generation.objects.count() == before


def test_when_the_one_has_ended_the_next_is_taken_and_several_at_once_are_not(
    limited: Generation, make: Making, mei: User
) -> None:
    image = make.shared()
    limited.calls.update(status="settled")
    client = signed_in(mei)

    series = client.post(
        f"/generations/{limited.pk}/series/", {"setting": "quality", "value": ["low", "high"]}
    )
    again = client.post("/history/act/", {"action": "again", "images": str(image.pk)}, follow=True)

    assert series.status_code == 422
    assert "1 generation is asked for again." in again.content.decode()


def test_a_job_that_asks_for_more_ends_with_a_sentence_when_strikes_stand_against_it(
    suspended: Case, make: Making, mei: User
) -> None:
    image = make.shared()
    job = asking.start("again", member=mei, images=[str(image.pk)], arguments={})

    assert running.run_next()

    job.refresh_from_db()
    assert (job.status, job.reason) == ("failed", "may_not_ask")
    with pytest.raises(NotUnderstood, match="Nothing new is taken"):
        asking.ask(ACTIONS["again"], member=mei, images=[image.pk], arguments={})


def test_what_a_reviewer_has_released_is_asked_all_the_same(
    suspended: Case, make: Making, rui: User, mei: User
) -> None:
    case = make.refused()
    say(case, rui, "release", release={"moderation": "low"})
    release = released.release_of(case.generation)
    assert release is not None

    assert released.run(release, case.generation).moderation == "low"


def test_the_same_submission_again_is_the_one_that_was_taken(
    endpoint: Endpoint, confirmed: Callable[..., Case], mei: User
) -> None:
    order, token = Order(endpoint=endpoint, model="gpt-image-1", prompt="a cat", n=1), uuid4()
    made = submit(order, member=mei, token=token)
    hold(suspend_at=1)
    confirmed()

    assert submit(order, member=mei, token=token) == made
    with pytest.raises(MayNotAsk):
        submit(order, member=mei, token=uuid4())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_double_click", [False, True], ids=["two tabs", "a double click"])
def test_of_two_at_once_whoever_is_limited_gets_one(
    endpoint: Endpoint,
    confirmed: Callable[..., Case],
    mei: User,
    monkeypatch: pytest.MonkeyPatch,
    is_double_click: bool,
) -> None:
    monkeypatch.setattr(tasks, "ring", lambda rings=1: None)
    hold(limit_at=1)
    confirmed()
    order, token, together = (
        Order(endpoint=endpoint, model="gpt-image-1", prompt="a cat", n=1),
        uuid4(),
        Barrier(2),
    )

    def press(number: int) -> bool:
        together.wait()
        try:
            submit(order, member=mei, token=token if is_double_click else uuid4())
        except MayNotAsk:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as threads:
        taken = list(threads.map(press, range(2)))

    assert sorted(taken) == [is_double_click, True]
    assert Generation.objects.filter(prompt="a cat").count() == 1


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_member_sees_their_own_with_the_way_to_another_look(
    suspended: Case, make: Making, mei: User, bo: User, language: str
) -> None:
    for member in (mei, bo):
        User.objects.filter(pk=member.pk).update(language=language)

    page = signed_in(User.objects.get(pk=mei.pk)).get("/moderation/mine/").content.decode()
    others = signed_in(User.objects.get(pk=bo.pk)).get("/moderation/mine/").content.decode()

    with translation.override(language):
        assert gettext("Your strikes") in page
        assert gettext("No strike counts against you") in others
        assert gettext("Sexual content") in page
    assert f"/generations/{suspended.generation_id}/" in page
    assert f"/refusals/{suspended.refusal_id}/appeal/" in page
    assert "Venus" not in others


def test_who_has_asked_for_another_look_reads_so_and_no_note_of_a_reviewer(
    make: Making, rui: User, mei: User
) -> None:
    case = make.refused()
    say(case, rui, "right", note="Third time this week.")
    assert case.refusal is not None
    cases.appeal(case.refusal, by=mei, words="Please.")

    page = signed_in(mei).get("/moderation/mine/").content.decode()

    assert "You have asked a reviewer to look again." in page
    assert "Third time" not in page
    assert "/appeal/" not in page


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ({"warn_at": 1}, "1 strike counts against you."),
        ({"limit_at": 1}, "You may ask for one thing at a time until"),
        ({"suspend_at": 1}, "Nothing new is taken from you until"),
    ],
)
def test_create_says_what_follows_from_strikes(
    confirmed: Callable[..., Case], mei: User, policy: dict[str, int], says: str
) -> None:
    confirmed()
    client = signed_in(mei)
    assert "/moderation/mine/" not in client.get("/").content.decode()

    hold(**policy)

    page = client.get("/").content.decode()
    assert says in page
    assert "Sexual content" in page
    assert "/moderation/mine/" in page


def test_the_reviewer_sees_how_many_count_against_the_author(
    suspended: Case, make: Making, reviewer: Client
) -> None:
    page = reviewer.get(f"/review/{make.refused().pk}/")

    assert page.context["record"].strikes.count == 1
    assert "Strikes that count now" in page.content.decode()
    assert "Nothing new is taken" in page.content.decode()


def test_asking_why_is_no_submission(suspended: Case, mei: User) -> None:
    why = partial(why_not, mei)

    assert why() == why(asking=2) != ""
    assert why().startswith("Nothing new is taken from you until")
