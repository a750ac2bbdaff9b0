"""What the header of a batch says of each end, and what the form says when something stands in the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from generations import pauses
from generations.batches import Batch
from generations.models import Call, Endpoint, EndpointModel, Generation, Refusal
from team.models import User
from tests.generations.conftest import Submit, only_call

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of_mei(client: Client, mei: User) -> Client:
    client.force_login(mei)
    return client


def newest(page: Client) -> Batch:
    batch: Batch = page.get("/").context["batches"][0]
    return batch


def ended(generation: Generation, status: str, **call: Any) -> Call:
    Generation.objects.filter(pk=generation.pk).update(status=status)
    generation.calls.update(status="settled", **call)
    return only_call(generation)


def test_what_failed_says_how_often_it_was_tried(page_of_mei: Client, ask: Submit) -> None:
    ended(ask(), "failed", outcome="failed", repeats=2)

    assert newest(page_of_mei).headline == "Failed, tried 3 times"


def test_a_prompt_that_was_stopped_was_not_started(page_of_mei: Client, ask: Submit) -> None:
    generation = ask()
    call = ended(generation, "blocked", outcome="blocked")
    Refusal.objects.create(call=call, generation=generation, stage="input", asked=1, withheld=1)

    assert newest(page_of_mei).headline == "Not started: the prompt was stopped"


def test_what_was_withheld_is_counted(page_of_mei: Client, ask: Submit) -> None:
    generation = ask(n=4)
    call = ended(generation, "partial", outcome="partial")
    Refusal.objects.create(call=call, generation=generation, stage="withheld", asked=4, withheld=1)

    assert newest(page_of_mei).headline == "0 of 4 ready: 1 was withheld by moderation"


def test_what_was_cancelled_in_line_says_after_how_long(page_of_mei: Client, ask: Submit) -> None:
    generation = ask()
    ended(generation, "cancelled", outcome="cancelled")
    asked = timezone.now() - timedelta(seconds=6)
    Generation.objects.update(created_at=asked, cancel_asked_at=timezone.now())

    assert newest(page_of_mei).headline == "Cancelled after 6 s, before it was sent"


def test_a_call_that_is_asked_again_counts_down(page_of_mei: Client, ask: Submit) -> None:
    ask()
    soon = timezone.now() + timedelta(seconds=30)
    Call.objects.update(not_before=soon, repeats=1)

    assert newest(page_of_mei).again_at == soon
    assert "data-until=" in page_of_mei.get("/").text


def test_the_form_says_that_what_is_asked_now_would_wait(
    page_of_mei: Client, endpoint: Endpoint, ada: User
) -> None:
    words = "What you ask for now waits in line"
    assert words not in page_of_mei.get("/").text

    pauses.pause(endpoint=endpoint, model="dall-e-3", by=ada)

    assert words not in page_of_mei.get("/options/", {"model": "gpt-image-2"}).text
    assert words in page_of_mei.get("/options/", {"model": "dall-e-3"}).text


def test_without_any_model_the_form_says_whom_to_ask(
    page_of_mei: Client, endpoint: Endpoint, ada: User
) -> None:
    EndpointModel.objects.update(is_active=False)

    assert "Ask an administrator of the studio." in page_of_mei.get("/").text
    page_of_mei.force_login(ada)
    assert "Set up an endpoint" in page_of_mei.get("/").text


def test_a_full_disk_is_a_sentence_and_keeps_what_was_written(
    page_of_mei: Client, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("generations.views.create.submit", full)
    answer = page_of_mei.post("/", {"prompt": "not lost", "model": "gpt-image-2", "n": 1})

    assert answer.status_code == 507
    assert "The studio&#x27;s disk is full." in answer.text
    assert ">\nnot lost<" in answer.text


def test_long_and_foreign_words_stand_in_their_own_direction(page_of_mei: Client, ask: Submit) -> None:
    ask(prompt="שלום <b>עולם</b>" + "x" * 5000)

    shown = page_of_mei.get("/").text

    assert 'dir="auto"' in shown
    assert "<b>" not in shown
