"""A check before sending that hangs: after it was waited for once, a minute passes without waiting."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from generations import execution
from generations.models import (
    Call,
    CallStatus,
    Endpoint,
    Generation,
    GenerationStatus,
    ModerationPolicy,
    Operation,
    PreCheck,
)
from generations.moderation import pre_check
from generations.moderation.hanging import may_be_asked, note_failure
from generations.references import receive
from team.models import User
from tests.fake_endpoint import FakeEndpoint, Scripted, error, picture
from tests.generations.conftest import Submit, only_call, run_everything
from tests.generations.moderation.conftest import AWAY, SetPolicy, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanging(checker: FakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    """A check that takes what it is asked, and says nothing in the time that there is."""
    monkeypatch.setattr(pre_check, "SECONDS", 0.3)
    never = threading.Event()
    checker.answers = [Scripted(body=said().body, hold=never)]
    yield checker
    never.set()


def minute_ends() -> None:
    ModerationPolicy.objects.update(check_away_until=timezone.now() - timedelta(seconds=1))


def minute_begins() -> None:
    ModerationPolicy.objects.update(check_away_until=timezone.now() + timedelta(seconds=50))


def is_away() -> bool:
    until = ModerationPolicy.objects.get().check_away_until
    return until is not None and until > timezone.now()


def ended(generation: Generation) -> str:
    generation.refresh_from_db()
    return generation.status


def test_what_follows_a_check_that_hung_is_sent_without_asking_it(
    ask: Submit, policy: SetPolicy, hanging: FakeEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    policy(base_url=hanging.base_url)
    first, second, third = ask(), ask(prompt="a dog"), ask(prompt="a whale")
    run_everything()

    assert {ended(one) for one in (first, second, third)} == {GenerationStatus.SUCCEEDED}
    assert len(hanging.asked) == 1
    assert is_away()
    assert not PreCheck.objects.exists()
    assert "the check before sending hangs, and is not asked" in caplog.text
    assert "whale" not in caplog.text


def test_the_other_calls_of_one_generation_do_not_wait_either(
    ask: Submit, policy: SetPolicy, hanging: FakeEndpoint
) -> None:
    policy(base_url=hanging.base_url)
    made = ask(model="dall-e-3", n=4)
    run_everything()

    assert ended(made) == GenerationStatus.SUCCEEDED
    assert (made.calls.count(), len(hanging.asked)) == (4, 1)


def test_after_a_minute_one_call_asks_again_and_the_others_go_on_without(
    ask: Submit, policy: SetPolicy, hanging: FakeEndpoint
) -> None:
    policy(base_url=hanging.base_url)
    minute_ends()
    ask(), ask(prompt="a dog")
    run_everything()

    assert len(hanging.asked) == 1
    assert is_away(), "it still hangs"


def test_of_all_who_come_after_the_minute_one_tries(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint
) -> None:
    row = policy(base_url=checker.base_url)
    minute_ends()
    row.refresh_from_db()

    assert [may_be_asked(row) for _ in range(3)] == [True, False, False]
    made = ask()
    run_everything()
    assert (ended(made), checker.asked) == (GenerationStatus.SUCCEEDED, []), "nobody waits with it"


def test_an_answer_in_time_ends_it_for_everybody(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint
) -> None:
    policy(base_url=checker.base_url)
    minute_ends()
    first = ask()
    second = ask(prompt="a dog")
    run_everything()

    assert len(checker.asked) == PreCheck.objects.count() == 2
    assert {ended(first), ended(second)} == {GenerationStatus.SUCCEEDED}
    assert ModerationPolicy.objects.get().check_away_until is None


@pytest.mark.parametrize("answer", [error(500, message="no"), Scripted(drop=True)], ids=["fails", "drops"])
def test_what_fails_at_once_slows_nobody_down_and_is_asked_every_time(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint, answer: Scripted
) -> None:
    checker.answers = [answer]
    policy(base_url=checker.base_url)
    minute_ends()
    ask(), ask(prompt="a dog")
    run_everything()

    assert len(checker.asked) == 2
    assert ModerationPolicy.objects.get().check_away_until is None


def test_a_refused_connection_is_no_hanging(ask: Submit, policy: SetPolicy) -> None:
    policy(base_url=AWAY)
    ask()
    run_everything()

    assert ModerationPolicy.objects.get().check_away_until is None


def test_where_nothing_is_sent_without_it_every_call_asks(
    ask: Submit, policy: SetPolicy, hanging: FakeEndpoint
) -> None:
    policy(base_url=hanging.base_url, fails_open=False)
    minute_begins()
    made = ask()
    execution.execute_next()

    assert len(hanging.asked) == 1
    assert (only_call(made).status, only_call(made).reason) == (CallStatus.QUEUED, "check_away")
    assert not Call.objects.filter(sent_at__isnull=False).exists()


def test_pictures_that_take_too_long_say_nothing_about_the_check(
    ask: Submit, policy: SetPolicy, hanging: FakeEndpoint, endpoint: Endpoint, mei: User
) -> None:
    policy(base_url=hanging.base_url, checks_pictures=True)
    endpoint.offer(["flux-kontext-pro"])
    reference = receive(SimpleUploadedFile("photo.png", picture()), member=mei)
    made = ask(model="flux-kontext-pro", operation=Operation.EDITS, references=(reference,))
    run_everything()

    assert ended(made) == GenerationStatus.SUCCEEDED
    assert ModerationPolicy.objects.get().check_away_until is None


def test_another_check_that_was_chosen_meanwhile_is_not_taken_for_the_one_that_hung(
    policy: SetPolicy, hanging: FakeEndpoint, endpoint: Endpoint
) -> None:
    row = policy(base_url=hanging.base_url)
    ModerationPolicy.objects.update(check_endpoint=endpoint)
    note_failure(row, "timeout", with_pictures=False)

    assert ModerationPolicy.objects.get().check_away_until is None


@pytest.mark.parametrize("fails_open", [True, False])
def test_administrators_read_that_things_are_sent_without_it(
    policy: SetPolicy, client: Client, ada: User, fails_open: bool
) -> None:
    policy(fails_open=fails_open)
    client.force_login(ada)
    words = "The check did not answer in time."
    assert words not in client.get("/moderation/policy/").text

    minute_begins()
    assert (words in client.get("/moderation/policy/").text) is fails_open
    minute_ends()
    assert words not in client.get("/moderation/policy/").text


def test_saving_the_policy_has_it_asked_at_once(
    ask: Submit, policy: SetPolicy, checker: FakeEndpoint, client: Client, ada: User
) -> None:
    row = policy(base_url=checker.base_url)
    minute_begins()
    client.force_login(ada)
    page = client.get("/moderation/policy/")
    form = page.context["form"]
    given: dict[str, Any] = {name: form[name].value() or "" for name in form.fields}
    answer = client.post(
        "/moderation/policy/", {**given, "check_endpoint": row.check_endpoint_id, "fails_open": "on"}
    )
    ask()
    run_everything()

    assert answer.status_code == 302
    assert len(checker.asked) == 1
