"""Retention: words and images go when the policy says so, numbers stay, and what is wanted is kept."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from generations import cases, search, trash
from generations.jobs import forgetting, line
from generations.models import (
    Access,
    Call,
    Case,
    Collection,
    CollectionItem,
    Decision,
    Endpoint,
    Generation,
    Image,
    Job,
    ModerationPolicy,
    PreCheck,
    ReferenceUse,
    Refusal,
    Rewrite,
    RewriteStatus,
    SearchText,
    Verdict,
)
from generations.models.calls import lease
from generations.released import release_of
from generations.submission import can_repeat
from team.models import User
from tests.generations.jobs.conftest import run_jobs
from tests.generations.review.conftest import say
from tests.studio_rows import Rows, make_rows

pytestmark = pytest.mark.django_db
Make = Callable[..., Generation]


@pytest.fixture(autouse=True)
def one_connection(settings: Settings) -> None:
    """A turn is over before the lease needs a sign of life, which comes over another connection."""
    settings.CALL_LEASE_SECONDS = 60


@pytest.fixture
def make(mei: User) -> Make:
    """A generation that ended so many days ago."""
    endpoint, _ = Endpoint.objects.get_or_create(name="Test", base_url="http://127.0.0.1:9/v1")

    def generation(outcome: str = "passed", status: str = "succeeded", *, days: float = 100) -> Generation:
        at = timezone.now() - timedelta(days=days)
        row = Generation.objects.create(
            member=mei,
            submit_token=uuid4(),
            endpoint=endpoint,
            model="gpt-image-2",
            prompt="a secret garden",
            n=1,
            status=status,
            outcome=outcome,
            created_at=at,
            finished_at=at,
            cost=Decimal("0.04"),
        )
        search.note(row)
        return row

    return generation


def policy(by: User | None, **days: int) -> None:
    kept = {f"keep_{name}_days": number for name, number in days.items()}
    ModerationPolicy.objects.update_or_create(pk=1, defaults={**kept, "changed_by": by})


def run_the_day() -> None:
    Job.objects.filter(kind=line.FORGET).delete()
    forgetting.begin_if_due()
    run_jobs()


def forgotten() -> set[Any]:
    return set(Generation.objects.filter(forgotten_at__isnull=False).values_list("pk", flat=True))


@pytest.fixture
def rows(mei: User, rui: User, ada: User) -> Iterator[Rows]:
    """Everything that can hang on a generation, a year old."""
    made = make_rows(mei, reviewer=rui, administrator=ada, words="a secret garden")
    CollectionItem.objects.all().delete()
    Generation.objects.update(created_at=timezone.now() - timedelta(days=365), cost=Decimal("0.04"))
    PreCheck.objects.create(
        generation=made.generation,
        model="omni",
        scores={"sexual": 0.5},
        sentence="a secret garden",
        milliseconds=9,
    )
    Rewrite.objects.create(
        generation=made.generation,
        asked_by=mei,
        endpoint=made.endpoint,
        model="m",
        prompt="a secret garden",
        status=RewriteStatus.READY,
        cost="0.01",
    )
    case = cases.appeal(made.refusal, by=mei, words="a secret garden")
    say(case, rui, Decision.RIGHT, note="a secret garden")
    yield made


def test_nothing_is_forgotten_as_long_as_everything_is_kept_for_ever(make: Make, ada: User) -> None:
    make(days=4000)
    for keep in (None, {}, {"passed": 0, "refused": 0, "failed": 0}):
        if keep is not None:
            policy(ada, **keep)
        run_the_day()

    assert not forgotten()
    assert not Job.objects.exists()


def test_each_outcome_is_kept_for_its_own_time(make: Make, ada: User) -> None:
    old = {
        "passed": make("passed", "succeeded", days=31),
        "withheld": make("withheld", "partial", days=31),
        "blocked": make("blocked", "blocked", days=11),
        "failed": make("none", "failed", days=4),
        "unknown": make("none", "unknown", days=4),
        "cancelled": make("none", "cancelled", days=4),
    }
    for outcome, status, days in (
        ("passed", "succeeded", 29),
        ("blocked", "blocked", 9),
        ("none", "failed", 2),
        ("none", "succeeded", 29),  # nobody told what moderation did, but the image is there
    ):
        make(outcome, status, days=days)
    policy(ada, passed=30, refused=10, failed=3)

    run_the_day()

    assert forgotten() == {row.pk for row in old.values()}


def test_an_outcome_without_a_time_is_kept_for_ever(make: Make, ada: User) -> None:
    make("passed"), make("blocked", "blocked")
    failed = make("none", "failed")
    policy(ada, failed=3)

    run_the_day()

    assert forgotten() == {failed.pk}


def test_words_and_images_go_and_numbers_stay(rows: Rows, ada: User) -> None:
    files = (rows.image.original, rows.image.thumb_320, rows.image.thumb_640)
    # The row of a reference in these tests has its image's file; its own stays until it is discarded.
    ReferenceUse.objects.all().delete()
    rows.reference.delete()
    policy(ada, passed=30)

    run_the_day()

    generation, image = Generation.objects.get(), Image.objects.get()
    assert (generation.prompt, generation.cost, generation.n) == ("", Decimal("0.04"), 2)
    assert (generation.model, generation.outcome) == ("a secret garden", "withheld")
    assert generation.forgotten_at is not None
    assert image.removed_at is not None
    assert (image.revised_prompt, image.look, len(image.sha256)) == ("", None, 64)
    assert not any(default_storage.exists(key) for key in files)
    refusal = Refusal.objects.get()
    assert (refusal.message, refusal.stage, refusal.categories) == ("", "withheld", ["a secret garden"])
    assert Call.objects.get().endpoint_message == ""
    assert set(Case.objects.values_list("words", flat=True)) == {""}
    assert set(Verdict.objects.values_list("note", flat=True)) == {""}
    assert set(Verdict.objects.values_list("decision", flat=True)) == {"right"}
    assert (PreCheck.objects.get().sentence, PreCheck.objects.get().scores) == ("", {"sexual": 0.5})
    rewritten = Rewrite.objects.values_list("prompt", flat=True)
    assert set(rewritten) == {""}
    assert Rewrite.objects.filter(cost="0.01").count() == 1, "what it cost stays in Usage"
    assert "secret" not in SearchText.objects.get().text


def test_the_pictures_that_were_given_are_not_used_any_more(rows: Rows, ada: User) -> None:
    policy(ada, passed=30)

    run_the_day()

    assert not ReferenceUse.objects.exists()


@pytest.mark.parametrize(
    "field", [{"is_favourite": True}, {"rating": 1}, {"note": "For the cover."}], ids=str
)
def test_what_somebody_has_noted_is_kept(rows: Rows, ada: User, field: dict[str, Any]) -> None:
    Image.objects.update(**field)
    policy(ada, passed=1)

    run_the_day()

    assert not forgotten()


def test_what_lies_in_a_collection_is_kept(rows: Rows, ada: User, bo: User) -> None:
    collection = Collection.objects.create(owner=bo, name="Cats", access=Access.EDIT)
    CollectionItem.objects.create(collection=collection, image=rows.image, added_by=bo)
    policy(ada, passed=1)

    run_the_day()
    assert not forgotten()
    CollectionItem.objects.all().delete()
    run_the_day()

    assert forgotten() == {rows.generation.pk}


def test_what_waits_for_a_reviewer_or_is_under_way_is_kept(
    make: Make, rows: Rows, ada: User, rui: User, bo: User
) -> None:
    make("none", "running"), make("none", "queued")
    report = cases.report(rows.image, by=bo, words="Blood.")
    policy(ada, passed=1, refused=1, failed=1)

    run_the_day()
    assert not forgotten()
    say(report, rui, Decision.APPROVE)
    run_the_day()

    assert forgotten() == {rows.generation.pk}


def test_a_late_answer_is_waited_for(make: Make, rows: Rows, ada: User) -> None:
    Call.objects.update(status="received")
    policy(ada, passed=1)

    run_the_day()

    assert not forgotten()


def test_it_goes_on_in_pieces_and_once_a_day(make: Make, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "CHUNK", 2)
    made = [make(days=days) for days in (50, 40, 40, 60, 45)]
    policy(ada, passed=30)
    forgetting.begin_if_due()
    forgetting.begin_if_due()
    job = line.claim()
    assert job is not None

    assert forgetting.step(job) is False
    assert forgotten() == {made[3].pk, made[0].pk}
    run_jobs()
    assert len(forgotten()) == 2  # it is in another worker's hands
    Job.objects.update(lease_until=lease(-1))
    run_jobs()
    forgetting.begin_if_due()

    assert len(forgotten()) == 5
    assert Job.objects.get(kind=line.FORGET).done == 5


def test_a_crash_in_a_piece_leaves_it_as_it_was(
    make: Make, rows: Rows, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(ada, passed=1)
    forgetting.begin_if_due()

    def dies(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trash, "remove_for_good", dies)
        with pytest.raises(KeyboardInterrupt):
            run_jobs()
    assert Generation.objects.get().prompt == "a secret garden"
    assert default_storage.exists(rows.image.original)
    Job.objects.update(lease_until=lease(-1))
    run_jobs()

    assert forgotten() == {rows.generation.pk}


def test_it_is_the_studios_own_work_that_nobody_sees_or_stops(
    client: Client, make: Make, ada: User, mei: User
) -> None:
    make()
    policy(None, passed=30)
    forgetting.begin_if_due()
    job = Job.objects.get()
    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert line.cancel(job) is False
    assert job.member == ada
    client.force_login(mei)
    assert "forget" not in client.get("/jobs/").content.decode()
    run_jobs()

    assert len(forgotten()) == 1


def test_pages_say_that_it_was_forgotten(client: Client, rows: Rows, ada: User, mei: User, rui: User) -> None:
    policy(ada, passed=1)
    run_the_day()
    client.force_login(mei)

    for address in (f"/generations/{rows.generation.pk}/", "/history/", "/"):
        page = client.get(address).content.decode()
        assert "as the team&#x27;s policy has it" in page or "as the team's policy has it" in page, address
        assert "/media/" not in page, address
    page = client.get(f"/generations/{rows.generation.pk}/").content.decode()
    assert "/retry/" not in page
    assert "/appeal/" not in page
    client.force_login(rui)
    assert "policy has it" in client.get(f"/review/{rows.case.pk}/").content.decode()


def test_what_is_forgotten_is_not_asked_again(
    rows: Rows, ada: User, rui: User, mei: User, client: Client
) -> None:
    policy(ada, passed=1)
    run_the_day()
    generation = Generation.objects.select_related("endpoint").get()
    client.force_login(mei)

    assert not can_repeat(generation)
    assert release_of(generation) is None
    assert client.get(f"/refusals/{rows.refusal.pk}/appeal/").status_code == 404
    client.post(f"/generations/{generation.pk}/retry/")
    assert Generation.objects.count() == 1
