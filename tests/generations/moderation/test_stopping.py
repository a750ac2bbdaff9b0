"""What the list stops never leaves the studio, and is kept like every other refusal."""

from uuid import uuid4

import pytest
from django.test import Client

from generations import released
from generations.models import (
    Call,
    Case,
    Decision,
    Endpoint,
    GenerationStatus,
    Outcome,
    Refusal,
    Stage,
    WordEffect,
    WordKind,
)
from generations.review import Ruling, decide
from generations.submission import Order, again, submit
from team.models import User
from tests.fake_endpoint import FakeEndpoint
from tests.generations.conftest import Submit, run_everything
from tests.generations.moderation.conftest import List


@pytest.fixture
def stop(listed: List) -> None:
    listed("Ann Artist\n安画家", effect=WordEffect.STOP, kind=WordKind.ARTIST, instead_en="soft ink")
    listed("Bolt shoes", kind=WordKind.BRAND)


def test_a_name_that_stops_is_never_sent_and_its_refusal_waits_for_a_reviewer(
    ask: Submit, wire: FakeEndpoint, stop: None
) -> None:
    prompt = "A harbour by Ann  Artist in Bolt shoes"

    made = ask(prompt=prompt, n=3, quality="high")
    run_everything()

    made.refresh_from_db()
    assert made.status == GenerationStatus.BLOCKED
    assert made.outcome == Outcome.BLOCKED
    assert made.cost == 0
    assert (made.prompt, made.n, made.quality) == (prompt, 3, "high")
    assert made.finished_at is not None
    assert not Call.objects.exists()
    assert wire.headers == []
    refusal = Refusal.objects.get(generation=made)
    assert (refusal.call, refusal.stage, refusal.reason) == (None, Stage.WORD_LIST, "word_listed")
    assert (refusal.categories, refusal.message) == (["artist"], "Ann  Artist")
    assert (refusal.asked, refusal.withheld) == (3, 3)
    assert Case.objects.waiting().get().refusal == refusal


def test_what_a_reviewer_has_released_passes_the_list_once(ask: Submit, stop: None, rui: User) -> None:
    made = ask(prompt="A harbour by Ann Artist", model="gpt-image-1")
    low = Ruling(Decision.RELEASE, release={"moderation": "low"})
    decide(Case.objects.get().pk, low, reviewer=rui, version=0)
    release = released.release_of(made)
    assert release is not None

    run = released.run(release, made)

    assert (run.status, run.retry_of) == (GenerationStatus.QUEUED, made)
    assert again(run, token=uuid4()).status == GenerationStatus.BLOCKED


def test_a_name_that_only_warns_is_sent(ask: Submit, stop: None) -> None:
    made = ask(prompt="A harbour in Bolt shoes")

    assert made.status == GenerationStatus.QUEUED
    assert not Refusal.objects.exists()


def test_one_submission_is_stopped_once(endpoint: Endpoint, mei: User, stop: None) -> None:
    order = Order(endpoint=endpoint, model="gpt-image-2", prompt="安画家的港口", n=1)
    token = uuid4()

    first, second = (submit(order, member=mei, token=token) for _ in range(2))

    assert first == second
    assert Refusal.objects.count() == Case.objects.count() == 1


def test_what_was_asked_before_the_name_was_listed_is_not_asked_again(ask: Submit, listed: List) -> None:
    earlier = ask(prompt="A harbour by Ann Artist")
    listed("Ann Artist", effect=WordEffect.STOP)

    later = again(earlier, token=uuid4())

    assert later.status == GenerationStatus.BLOCKED
    assert later.retry_of == earlier
    assert not later.calls.exists()


def test_what_was_stopped_is_shown_everywhere_in_words(ask: Submit, stop: None, client: Client) -> None:
    made = ask(prompt="A harbour by Ann Artist <b>bold</b>")
    client.force_login(made.member)

    create, page, history = (
        client.get(address).content.decode()
        for address in ("/", f"/generations/{made.pk}/", "/history/?view=list")
    )

    for shown in (create, page):
        assert "stopped this before anything was sent" in shown
        assert "None: nothing was sent" in shown
        assert ">Ann Artist</mark>" in shown
        assert "soft ink" in shown
        assert "<b>bold" not in shown
    assert "Not started: the prompt was stopped" in history
    assert "Nothing was sent." in page


def test_the_reviewers_page_shows_it_though_there_is_no_call(
    ask: Submit, stop: None, rui: User, client: Client
) -> None:
    ask(prompt="A harbour by Ann Artist")
    client.force_login(rui)

    case = Case.objects.get()

    assert client.get("/review/").status_code == 200
    assert client.get(f"/review/{case.pk}/").status_code == 200


def test_it_is_found_by_its_category(ask: Submit, stop: None, client: Client) -> None:
    made = ask(prompt="A harbour by Ann Artist")
    client.force_login(made.member)

    found = client.get("/history/?category=artist").content.decode()

    assert str(made.pk) in found


def test_the_form_comes_back_filled_with_the_error_at_the_prompt_and_is_another_submission(
    endpoint: Endpoint, mei: User, stop: None, client: Client
) -> None:
    client.force_login(mei)
    token = str(uuid4())
    asked = {"prompt": "By Ann Artist", "model": "gpt-image-2", "n": "2", "submit_token": token}

    answers = [client.post("/", asked) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert Refusal.objects.count() == 1
    for answer in answers:
        form, text = answer.context["form"], answer.content.decode()
        assert "Not sent" in form.errors["prompt"][0]
        assert form["prompt"].value() == "By Ann Artist"
        assert form["n"].value() == "2"
        assert "soft ink" in text
        assert token not in text.partition("composer-fields")[0]
        changed = {**asked, "prompt": "In soft ink", "submit_token": form["submit_token"].value()}
        assert client.post("/", changed).status_code == 302
    assert Call.objects.count() == 2


def test_check_without_scripts_says_what_stands_against_it_and_makes_nothing(
    endpoint: Endpoint, mei: User, stop: None, client: Client
) -> None:
    client.force_login(mei)
    asked = {"model": "gpt-image-2", "n": "1", "check": "1"}

    clear = client.post("/", {**asked, "prompt": "a heron"})
    warned = client.post("/", {**asked, "prompt": "Bolt shoes"})
    wrong = client.post("/", {**asked, "prompt": "Bolt shoes", "n": "x"})

    assert (clear.status_code, warned.status_code, wrong.status_code) == (200, 200, 422)
    assert "Nothing stands against it" in clear.content.decode()
    assert "You can send it all the same" in warned.content.decode()
    assert not Call.objects.exists() and not Refusal.objects.exists()
