"""What is cancelled: free until it was sent, and paid for after that, whatever becomes of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.test import Client

from generations import execution, submission
from generations.batches import batch_of
from generations.execution import calling, endings, settling
from generations.images_api import Spool
from generations.models import (
    Call,
    CallOutcome,
    CallStatus,
    Generation,
    GenerationStatus,
    Image,
    Refusal,
)
from generations.submission import Cancelled
from team.models import User
from tests.fake_endpoint import MODERATION_BLOCKED, FakeEndpoint, error, images, picture
from tests.generations.conftest import Submit, only_call, run_everything
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db

USAGE = {"input_tokens": 9, "output_tokens": 196, "total_tokens": 205}


def shown(generation: Generation) -> tuple[str, str, list[str]]:
    """Status, headline and the labels of the tiles without an image, as a page would say them."""
    read = Generation.objects.with_results().get(pk=generation.pk)
    batch = batch_of(read)
    return read.status, batch.headline, [tile.label for tile in batch.tiles if tile.kind != "image"]


def outcomes(generation: Generation) -> list[tuple[str, str]]:
    return list(generation.calls.order_by("position").values_list("status", "outcome"))


def settle_all() -> None:
    for call_id in Call.objects.filter(status=CallStatus.RECEIVED).values_list("pk", flat=True):
        execution.settle(call_id)


def test_what_waits_is_taken_out_of_the_line_free_of_charge(ask: Submit, wire: FakeEndpoint) -> None:
    generation = ask()

    assert submission.cancel(generation) == Cancelled(free=1, paid=0)

    run_everything()
    assert shown(generation) == (GenerationStatus.CANCELLED, "Cancelled before it was sent", [])
    assert outcomes(generation) == [(CallStatus.SETTLED, CallOutcome.CANCELLED)]
    assert wire.asked == []


def test_what_was_sent_is_kept_after_cancel(ask: Submit) -> None:
    generation = ask()
    calling.execute_next()

    assert submission.cancel(generation) == Cancelled(free=0, paid=1)
    assert shown(generation)[1] == "Cancelled: what was sent still arrives"
    Call.objects.update(received_at=Now() + timedelta(seconds=1))  # as if it had come after that
    settle_all()

    assert shown(generation) == (GenerationStatus.SUCCEEDED, "1 image, kept after cancel", [])


def test_what_was_sent_is_discarded_by_choice_and_recorded_as_paid(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [images(picture(), usage=USAGE)]
    generation = ask()
    calling.execute_next()

    submission.cancel(generation, keep=False)
    settle_all()

    call = only_call(generation)
    assert (call.status, call.outcome, call.http_status) == (CallStatus.SETTLED, CallOutcome.DISCARDED, 200)
    assert call.usage is not None
    assert call.usage["total_tokens"] == 205
    assert not Image.objects.exists()
    assert list(Spool(settings.SPOOL_ROOT).call_ids()) == []
    headline = "Cancelled after it was sent: paid for and discarded"
    assert shown(generation) == (GenerationStatus.CANCELLED, headline, [])


def test_a_claimed_call_is_cancelled_free_of_charge_and_its_worker_sends_nothing(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    said: list[Cancelled] = []
    really = calling._mark_sent

    def cancel_first(call: Call) -> None:
        said.append(submission.cancel(generation))
        really(call)

    monkeypatch.setattr(calling, "_mark_sent", cancel_first)
    calling.execute_next()

    assert (said, wire.asked) == ([Cancelled(free=1, paid=0)], [])
    assert outcomes(generation) == [(CallStatus.SETTLED, CallOutcome.CANCELLED)]


def test_a_call_that_is_cancelled_in_the_moment_it_is_sent_is_paid_for(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    said: list[Cancelled] = []
    really = calling._mark_sent

    def cancel_after(call: Call) -> None:
        really(call)
        said.append(submission.cancel(generation, keep=False))

    monkeypatch.setattr(calling, "_mark_sent", cancel_after)
    run_everything()

    assert said == [Cancelled(free=0, paid=1)]
    assert outcomes(generation) == [(CallStatus.SETTLED, CallOutcome.DISCARDED)]


def test_images_that_were_stored_when_the_member_discarded_are_deleted_with_their_files(
    ask: Submit, wire: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answers = [images(picture(), picture(color="red"))]
    generation = ask(n=2)
    kept: list[str] = []

    def discard_in_the_last_moment(call: Call, *arguments: Any, **more: Any) -> bool:
        kept.extend(Image.objects.values_list("original", flat=True))
        submission.cancel(generation, keep=False)
        return really(call, *arguments, **more)

    really = endings.end_answered
    monkeypatch.setattr(settling, "end_answered", discard_in_the_last_moment)
    run_everything()

    assert outcomes(generation) == [(CallStatus.SETTLED, CallOutcome.DISCARDED)]
    assert len(kept) == 2
    assert not any(map(default_storage.exists, kept))
    assert not Image.objects.exists()


def test_objects_of_a_settler_that_died_are_discarded_too(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    calling.execute_next()
    with monkeypatch.context() as death:
        death.setattr(settling, "touch", _die)
        with pytest.raises(KeyboardInterrupt):
            settle_all()
    folder = settling._folder_of(only_call(generation))
    assert len(default_storage.listdir(folder)[1]) == 3
    Call.objects.update(lease_until=None)

    submission.cancel(generation, keep=False)
    settle_all()

    assert default_storage.listdir(folder)[1] == []


def test_images_of_before_stay_when_the_rest_is_discarded(ask: Submit) -> None:
    generation = ask(model="dall-e-3", n=3)
    first = calling.execute_next()
    assert first is not None
    execution.settle(first.call_id)
    calling.execute_next()

    assert submission.cancel(generation, keep=False) == Cancelled(free=1, paid=1)
    settle_all()

    status, headline, tiles = shown(generation)
    assert (status, headline) == (GenerationStatus.PARTIAL, "1 of 3 ready: the rest was cancelled")
    assert sorted(tiles) == ["Cancelled", "Discarded"]


def test_cancelling_twice_changes_nothing_more(ask: Submit) -> None:
    generation = ask(model="dall-e-3", n=2)
    calling.execute_next()
    submission.cancel(generation)
    generation.refresh_from_db()
    asked_at = generation.cancel_asked_at

    assert submission.cancel(generation) == Cancelled(free=0, paid=1)

    generation.refresh_from_db()
    assert generation.cancel_asked_at == asked_at
    assert generation.keeps_after_cancel


def test_what_was_discarded_once_is_not_wanted_back_by_an_old_page(ask: Submit) -> None:
    generation = ask()
    calling.execute_next()

    submission.cancel(generation, keep=False)
    submission.cancel(generation, keep=True)
    settle_all()

    assert outcomes(generation) == [(CallStatus.SETTLED, CallOutcome.DISCARDED)]


def test_what_has_ended_cannot_be_cancelled(ask: Submit) -> None:
    generation = ask()
    run_everything()

    assert submission.cancel(generation, keep=False) == Cancelled(free=0, paid=0)

    generation.refresh_from_db()
    assert (generation.status, generation.cancel_asked_at) == (GenerationStatus.SUCCEEDED, None)


def test_nothing_is_asked_again_after_cancel(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [error(429, code="rate_limit_exceeded", message="slow down")]
    generation = ask()
    calling.execute_next()

    submission.cancel(generation)
    settle_all()

    assert outcomes(generation) == [(CallStatus.SETTLED, CallOutcome.CANCELLED)]
    assert shown(generation)[0] == GenerationStatus.CANCELLED


def test_a_refusal_that_arrives_after_cancel_is_recorded(ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [MODERATION_BLOCKED]
    generation = ask()
    calling.execute_next()

    submission.cancel(generation, keep=False)
    settle_all()

    assert shown(generation)[0] == GenerationStatus.BLOCKED
    assert Refusal.objects.count() == 1


def test_a_late_answer_to_what_was_discarded_is_discarded(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = ask()
    with monkeypatch.context() as death:
        death.setattr(calling, "_receive", lambda *_: False)
        calling.execute_next()
    submission.cancel(generation, keep=False)
    Call.objects.update(lease_until=Now() - timedelta(hours=1))

    execution.sweep()
    settle_all()

    assert outcomes(generation) == [(CallStatus.SETTLED, CallOutcome.DISCARDED)]


def test_whoever_cancels_is_asked_what_becomes_of_what_was_sent(signed_in: Client, ask: Submit) -> None:
    generation = ask()
    page = f"/generations/{generation.pk}/"
    assert b'name="discard"' not in signed_in.get(page).content
    calling.execute_next()
    assert b'name="discard"' in signed_in.get(page).content

    said = signed_in.post(f"{page}cancel/", {"discard": "1"}, follow=True).content.decode()

    assert "is paid for, and is discarded when it arrives" in said
    assert b'name="discard"' not in signed_in.get(page).content


def test_the_page_tells_the_times_and_the_reason_of_every_call(
    signed_in: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [error(401, code="invalid_api_key", message="no")]
    generation = ask()
    run_everything()

    said = signed_in.get(f"/generations/{generation.pk}/").content.decode()

    for words in ("In line since", "Taken up at", "Sent at", "Answered at", "Settled at", "bad_key"):
        assert words in said


def test_an_unknown_end_is_explained_in_its_place(ask: Submit) -> None:
    generation = ask(n=2)
    Call.objects.update(status=CallStatus.UNKNOWN, reason="worker_lost")
    Generation.objects.update(status=GenerationStatus.UNKNOWN, reason="worker_lost")

    batch = batch_of(Generation.objects.with_results().get(pk=generation.pk))

    assert [tile.note for tile in batch.tiles] == [
        "The endpoint may have made and charged for this. Ask again?"
    ] * 2
    assert (batch.can_retry, batch.retry_label) == (True, "Ask again")


@pytest.fixture
def signed_in(client: Client, mei: User) -> Client:
    client.login(email=mei.email, password=PASSWORD)
    return client


def _die(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt
