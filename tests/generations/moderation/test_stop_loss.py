"""Refusals in a row pause the member, or the model, once, with a notice; what passes between ends the row."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from generations import execution, pauses, queue, tasks
from generations.batches import batch_of
from generations.execution import stop_loss
from generations.models import (
    Call,
    Endpoint,
    Generation,
    ListedWord,
    ModerationPolicy,
    Pause,
)
from generations.moderation import in_a_row
from team.models import User
from tests.fake_endpoint import MODERATION_BLOCKED, FakeEndpoint, error, images, picture
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db

Refuse = Callable[..., None]
SERVER_ERROR = error(500, code="server_error", message="The server had an error")


def hold(**fields: int) -> None:
    ModerationPolicy.objects.update_or_create(pk=1, defaults=fields)


@pytest.fixture
def end(
    ask: Submit, wire: FakeEndpoint, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Refuse:
    """Ask, one after the other, and let each come to its end: a refusal unless another answer is given."""

    def one_by_one(times: int = 1, *, answer: Any = MODERATION_BLOCKED, **fields: Any) -> None:
        for _ in range(times):
            wire.answers = [answer]
            ask(**fields)
            with django_capture_on_commit_callbacks(execute=True):
                done = execution.execute_next()
                assert done is not None
                execution.settle(done.call_id)

    return one_by_one


def test_nothing_is_paused_as_long_as_nobody_has_said_so(end: Refuse) -> None:
    end(4)

    assert not Pause.objects.exists()


def test_a_member_is_paused_at_the_number_that_was_set_and_others_go_on(
    end: Refuse, ask: Submit, mei: User, bo: User
) -> None:
    hold(stop_member_after=3)
    end(2)
    assert not Pause.objects.exists()

    end(1)

    standing = Pause.objects.standing().get()
    assert (standing.member, standing.endpoint, standing.reason) == (mei, None, "refused_in_a_row")
    assert pauses.what_is_paused() == pauses.Paused(
        everything=False, endpoints=frozenset(), models=frozenset(), members=frozenset({mei.pk})
    )
    waits = ask()
    ask(member=bo)
    assert execution.sweep().startable == 1
    done = execution.execute_next()
    assert done is not None
    assert Call.objects.get(pk=done.call_id).member == bo
    assert execution.execute_next() is None
    assert Generation.objects.get(pk=waits.pk).status == "queued"


def test_what_passes_ends_the_row_and_what_says_nothing_does_not(end: Refuse, mei: User) -> None:
    hold(stop_member_after=2)
    end(1)
    end(1, answer=images(picture()))
    end(1)
    assert not Pause.objects.exists()

    end(1, answer=SERVER_ERROR)
    end(1)

    assert Pause.objects.standing().get().member == mei


def test_what_the_teams_own_list_stops_neither_counts_nor_ends_the_row(
    end: Refuse, ask: Submit, mei: User
) -> None:
    hold(stop_member_after=2)
    ListedWord.objects.create(spellings="forbidden", kind="brand", effect="stop")
    end(1)
    for _ in range(3):
        ask(prompt="forbidden")
    assert not Pause.objects.exists()

    end(1)

    assert Pause.objects.standing().get().member == mei


def test_whoever_goes_on_is_counted_anew(end: Refuse, client: Client, mei: User) -> None:
    hold(stop_member_after=2)
    end(2)
    client.force_login(mei)

    answer = client.post("/moderation/go-on/", {"back": "queue"})

    ended = Pause.objects.get()
    assert (answer.headers["Location"], ended.ended_by) == ("/queue/", mei)
    end(1)
    assert not Pause.objects.standing().exists()
    end(1)
    assert Pause.objects.standing().get().pk != ended.pk


def test_nobody_ends_the_pause_of_another_or_one_that_a_person_made(
    client: Client, mei: User, bo: User, ada: User
) -> None:
    pauses.pause(member=mei, by=ada)
    pauses.pause(member=bo, reason="refused_in_a_row")
    client.force_login(mei)

    client.post("/moderation/go-on/")

    assert Pause.objects.standing().count() == 2
    assert client.post("/engine/pauses/1/end/").status_code == 404


def test_the_member_reads_how_many_and_why_and_may_go_on(
    end: Refuse, ask: Submit, client: Client, mei: User
) -> None:
    hold(stop_member_after=2)
    end(2)
    client.force_login(mei)

    for address in ("/", "/queue/", "/queue/now/"):
        page = client.get(address).content.decode()
        assert "Your last 2 requests were all refused" in page
        assert "safety system stopped this" in page
        assert 'action="/moderation/go-on/"' in page
    waits = batch_of(Generation.objects.with_results().get(pk=ask().pk))
    assert waits.explanation == "Waiting: paused after several refusals in a row, until their author goes on."


def test_others_do_not_learn_who_is_paused_and_administrators_do(
    end: Refuse, ask: Submit, client: Client, bo: User, ada: User
) -> None:
    hold(stop_member_after=2)
    end(2)
    ask()
    ask(member=bo)

    client.force_login(bo)
    seen = client.get("/queue/")
    assert [entry.place for entry in seen.context["line"].waiting] == [1, None]
    assert "refus" not in seen.content.decode()
    assert "refus" not in client.get("/").content.decode().partition('id="results"')[0]

    client.force_login(ada)
    assert "The last requests of Mei were all refused." in client.get("/queue/").content.decode()
    assert "The last requests of Mei were all refused." in client.get("/engine/").content.decode()
    everywhere = client.get("/history/").content.decode()
    assert "What they ask for waits until they go on, or you let them." in everywhere


def test_an_administrator_lets_a_member_go_on(end: Refuse, client: Client, ada: User) -> None:
    hold(stop_member_after=1)
    end(1)
    client.force_login(ada)

    client.post(f"/engine/pauses/{Pause.objects.get().pk}/end/")

    assert Pause.objects.get().ended_by == ada


def test_a_paused_member_is_not_everything(client: Client, ada: User, mei: User, endpoint: Endpoint) -> None:
    pauses.pause(member=mei, reason="refused_in_a_row")
    client.force_login(ada)

    for address in ("/queue/", "/engine/"):
        assert "Pause everything" in client.get(address).content.decode()
    assert queue.standstill_of(endpoint.models.get(name="gpt-image-2")) is None
    assert pauses.pause(by=ada).is_of_everything
    assert pauses.what_is_paused().everything


def test_a_member_is_paused_wherever_their_calls_go(endpoint: Endpoint, mei: User) -> None:
    with pytest.raises(ValueError, match="wherever"):
        pauses.pause(endpoint=endpoint, member=mei)


def test_a_model_is_paused_whoever_was_refused_and_administrators_are_mailed(
    end: Refuse, ask: Submit, mei: User, bo: User, ada: User, endpoint: Endpoint
) -> None:
    hold(stop_model_after=3)
    end(1, member=mei)
    end(2, member=bo, model="dall-e-3")
    end(1, member=bo)
    assert not Pause.objects.exists()

    end(1, member=mei)

    standing = Pause.objects.standing().get()
    assert (standing.endpoint, standing.model, standing.reason) == (
        endpoint,
        "gpt-image-2",
        "refused_in_a_row",
    )
    assert [letter.to for letter in mail.outbox] == [[ada.email]]
    assert mail.outbox[0].subject == "The image studio asks nothing of gpt-image-2 at Test for now"
    assert "The studio has paused gpt-image-2 at Test. Everything that was asked for lately was refused." in (
        str(mail.outbox[0].body)
    )
    waits = batch_of(Generation.objects.with_results().get(pk=ask().pk))
    assert waits.explanation.startswith("Waiting: this model is paused because it has refused everything")


def test_a_model_that_is_tried_again_is_counted_anew(end: Refuse, ada: User) -> None:
    hold(stop_model_after=2)
    end(2)
    pauses.resume(Pause.objects.get(), by=ada)

    end(1)
    assert not Pause.objects.standing().exists()
    end(1)
    assert Pause.objects.standing().count() == 1


def test_the_look_at_a_refusal_costs_few_queries_and_a_passed_one_none(
    end: Refuse, mei: User, django_assert_num_queries: Any
) -> None:
    end(3)
    last = Generation.objects.newest_first()[0]
    with django_assert_num_queries(1):
        stop_loss.look(last.pk)
    hold(stop_member_after=9, stop_model_after=9)
    with django_assert_num_queries(6):
        stop_loss.look(last.pk)


def test_a_row_is_read_off_the_newest_only(end: Refuse, mei: User, monkeypatch: pytest.MonkeyPatch) -> None:
    end(3)
    assert len(in_a_row.by_member(mei.pk, since=None, most=2)) == 2
    assert in_a_row.by_member(mei.pk, since=timezone.now()) == []

    monkeypatch.setattr(in_a_row, "_BETWEEN", 0)
    end(2, answer=SERVER_ERROR)

    assert len(in_a_row.by_member(mei.pk, since=None, most=3)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_refusals_at_once_pause_once_and_are_told_once(
    endpoint: Endpoint, mei: User, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(stop_member_after=2, stop_model_after=2)
    monkeypatch.setattr(tasks, "ring", lambda rings=1: None)
    refused = [_refused(endpoint, mei) for _ in range(2)]
    together = Barrier(2)

    def look(generation: Generation) -> None:
        together.wait()
        try:
            stop_loss.look(generation.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(look, refused))

    assert Pause.objects.standing().filter(member=mei).count() == 1
    assert Pause.objects.standing().filter(endpoint=endpoint, model="gpt-image-2").count() == 1
    assert len(mail.outbox) == 1


def _refused(endpoint: Endpoint, member: User) -> Generation:
    now = timezone.now()
    made = Generation.objects.create(
        member=member,
        endpoint=endpoint,
        model="gpt-image-2",
        prompt="a cat",
        n=1,
        submit_token=uuid4(),
        status="blocked",
        outcome="blocked",
        reason="moderation_blocked",
        finished_at=now,
    )
    Call.objects.create(
        generation=made,
        member=member,
        endpoint=endpoint,
        n=1,
        status="settled",
        outcome="blocked",
        sent_at=now,
    )
    return made
