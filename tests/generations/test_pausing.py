"""What stands still is not claimed, an endpoint that is of no use is paused once, and people are told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core import mail
from django.utils import translation

from generations import execution, pauses
from generations.batches import Batch, batch_of
from generations.execution import calling, obstacles
from generations.explanations import explain
from generations.models import Call, CallStatus, Endpoint, Generation, GenerationStatus, Pause
from team.models import User
from tests.fake_endpoint import FakeEndpoint, error, images, picture
from tests.generations.conftest import Submit, run_everything

pytestmark = pytest.mark.django_db

Commits = Callable[..., AbstractContextManager[Any]]
BAD_KEY = error(401, code="invalid_api_key", message="Incorrect API key provided")
NO_QUOTA = error(429, code="insufficient_quota", type="insufficient_quota", message="quota")


def statuses() -> list[str]:
    return sorted(Call.objects.values_list("status", flat=True))


def shown(generation: Generation) -> Batch:
    return batch_of(Generation.objects.with_results().get(pk=generation.pk))


def test_nothing_is_claimed_while_everything_is_paused(ask: Submit, ada: User) -> None:
    ask()
    standing = pauses.pause(by=ada)
    assert (calling.execute_next(), execution.sweep().startable) == (None, 0)

    pauses.resume(standing, by=ada)

    assert execution.sweep().startable == 1
    assert calling.execute_next() is not None


def test_a_paused_endpoint_keeps_no_other_endpoint_waiting(
    ask: Submit, endpoint: Endpoint, ada: User
) -> None:
    other = Endpoint.objects.create(name="Other", base_url=endpoint.base_url)
    stands, runs = ask(), ask(endpoint=other)
    pauses.pause(endpoint=endpoint, by=ada)

    run_everything()

    assert Generation.objects.get(pk=stands.pk).status == GenerationStatus.QUEUED
    assert Generation.objects.get(pk=runs.pk).status != GenerationStatus.QUEUED


def test_a_paused_model_keeps_no_other_model_waiting(ask: Submit, endpoint: Endpoint, ada: User) -> None:
    stands, runs = ask(), ask(model="dall-e-3")
    pauses.pause(endpoint=endpoint, model="gpt-image-2", by=ada)

    run_everything()

    assert Generation.objects.get(pk=stands.pk).status == GenerationStatus.QUEUED
    assert Generation.objects.get(pk=runs.pk).status == GenerationStatus.SUCCEEDED
    assert execution.sweep().startable == 0


def test_what_was_sent_before_a_pause_goes_on(ask: Submit, ada: User) -> None:
    generation = ask()
    done = calling.execute_next()
    assert done is not None
    pauses.pause(by=ada)

    execution.settle(done.call_id)

    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.SUCCEEDED


@pytest.mark.parametrize(("answer", "reason"), [(BAD_KEY, "bad_key"), (NO_QUOTA, "no_quota")])
def test_an_answer_that_every_call_would_get_pauses_the_endpoint_and_the_rest_waits(
    ask: Submit, wire: FakeEndpoint, endpoint: Endpoint, answer: Any, reason: str
) -> None:
    wire.answers = [answer]
    for _ in range(3):
        ask()

    run_everything()

    standing = Pause.objects.standing().get()
    assert (standing.endpoint, standing.model, standing.reason, standing.paused_by) == (
        endpoint,
        "",
        reason,
        None,
    )
    assert statuses() == [CallStatus.QUEUED, CallStatus.QUEUED, CallStatus.SETTLED]
    assert len(wire.asked) == 1


def test_after_it_was_mended_and_tried_again_what_waited_is_done(
    ask: Submit, wire: FakeEndpoint, ada: User
) -> None:
    wire.answers = [BAD_KEY, images(picture())]
    ask()
    waited = ask()
    run_everything()

    pauses.resume(Pause.objects.standing().get(), by=ada)
    run_everything()

    assert Generation.objects.get(pk=waited.pk).status == GenerationStatus.SUCCEEDED


def test_members_read_why_they_wait(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [BAD_KEY]
    ask()
    waits = ask()

    run_everything()

    assert shown(waits).explanation == (
        "Waiting: the endpoint is paused because it does not accept the studio's key."
        " An administrator was told."
    )
    assert [tile.label for tile in shown(waits).tiles] == ["Waiting: paused"]


def test_members_read_that_a_person_has_paused_what_they_wait_for(
    ask: Submit, endpoint: Endpoint, ada: User
) -> None:
    waits = ask()
    pauses.pause(endpoint=endpoint, model="dall-e-3", by=ada)
    assert shown(waits).explanation == ""
    pauses.pause(endpoint=endpoint, model="gpt-image-2", by=ada)
    assert shown(waits).explanation == "Waiting: an administrator has paused this model."


def refuse(ask: Submit, times: int) -> None:
    for _ in range(times):
        ask()
        calling.execute_next()


@pytest.fixture
def closed(endpoint: Endpoint) -> Endpoint:
    """The endpoint at an address where nobody listens."""
    endpoint.base_url = "http://127.0.0.1:9/v1"
    endpoint.calls_at_once = 50
    endpoint.save()
    return endpoint


def test_five_refused_connections_in_a_row_pause_the_endpoint(ask: Submit, closed: Endpoint) -> None:
    refuse(ask, obstacles.REFUSED_CONNECTS - 1)
    assert not Pause.objects.exists()

    refuse(ask, 1)

    assert Pause.objects.standing().get().reason == "unreachable"
    assert set(statuses()) == {CallStatus.QUEUED}
    assert calling.execute_next() is None


def test_a_key_that_cannot_be_sent_pauses_the_endpoint_and_costs_nobody_a_call(
    ask: Submit, wire: FakeEndpoint, endpoint: Endpoint, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IMAGES_API_KEY")
    first, second = ask(), ask()

    run_everything()

    assert wire.asked == []
    assert statuses() == ["queued", "queued"]
    assert Pause.objects.standing().get().reason == "key_unusable"
    monkeypatch.setenv("IMAGES_API_KEY", "sk-test-key-of-nobody")
    pauses.try_again(endpoint, by=ada)
    Call.objects.update(not_before=None)
    run_everything()
    done = Generation.objects.filter(pk__in=[first.pk, second.pk])
    assert [one.status for one in done] == [GenerationStatus.SUCCEEDED] * 2


def test_a_connection_that_stood_begins_the_count_anew(
    ask: Submit, closed: Endpoint, wire: FakeEndpoint
) -> None:
    refuse(ask, 4)
    Endpoint.objects.update(base_url=wire.base_url)
    refuse(ask, 1)
    closed.refresh_from_db()
    assert closed.refused_connects == 0
    Endpoint.objects.update(base_url="http://127.0.0.1:9/v1")

    refuse(ask, 4)

    assert not Pause.objects.exists()


def test_administrators_are_mailed_once_per_pause_in_their_language(
    ask: Submit,
    wire: FakeEndpoint,
    ada: User,
    django_capture_on_commit_callbacks: Commits,
) -> None:
    ada.language = "zh-hans"
    ada.save()
    wire.answers = [BAD_KEY]
    for _ in range(2):
        ask()
    taken = [calling.execute_next(), calling.execute_next()]

    with django_capture_on_commit_callbacks(execute=True):
        for done in taken:
            assert done is not None
            execution.settle(done.call_id)

    assert [letter.to for letter in mail.outbox] == [[ada.email]]
    with translation.override("zh-hans"):
        assert str(explain("bad_key").sentence) in str(mail.outbox[0].body)  # type: ignore[union-attr]
    assert "sk-test-key-of-nobody" not in str(mail.outbox[0].body)


def test_a_dead_mail_server_disturbs_nothing(
    ask: Submit,
    wire: FakeEndpoint,
    ada: User,
    django_capture_on_commit_callbacks: Commits,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(obstacles, "send_mail", _mail_server_is_dead)
    wire.answers = [BAD_KEY]
    generation = ask()

    with django_capture_on_commit_callbacks(execute=True):
        run_everything()

    assert Generation.objects.get(pk=generation.pk).status == GenerationStatus.FAILED
    assert Pause.objects.standing().count() == 1


def test_a_pause_of_a_person_is_not_told_again_by_the_studio(
    ask: Submit, wire: FakeEndpoint, endpoint: Endpoint, ada: User
) -> None:
    wire.answers = [BAD_KEY]
    ask()
    done = calling.execute_next()
    assert done is not None
    pauses.pause(endpoint=endpoint, by=ada)

    execution.settle(done.call_id)

    assert Pause.objects.standing().get().reason == ""


def _mail_server_is_dead(*_: Any) -> None:
    raise ConnectionRefusedError
