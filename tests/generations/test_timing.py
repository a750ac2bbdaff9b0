"""Measured times: what is said, from which calls, and when nothing is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from generations import timing
from generations.models import Call, Endpoint, Generation
from generations.timing import Usual, usual_time
from team.models import User
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    timing.forget()
    yield
    timing.forget()


@pytest.fixture
def took(endpoint: Endpoint, mei: User) -> Any:
    """Let finished calls have taken so many seconds each."""

    def finish(*seconds: float, days_ago: float = 0, outcome: str = "succeeded", **fields: Any) -> None:
        begin = timezone.now() - timedelta(days=days_ago, minutes=10)
        known = {"member": mei, "endpoint": endpoint}
        asked = {"model": "gpt-image-2", "n": 1, "status": "succeeded", **fields}
        for each in seconds:
            generation = Generation.objects.create(**known, submit_token=uuid4(), **asked)
            Call.objects.create(
                **known,
                generation=generation,
                n=1,
                status="settled",
                outcome=outcome,
                claimed_at=begin,
                sent_at=begin,
                settled_at=begin + timedelta(seconds=each),
            )

    return finish


def test_the_range_is_the_middle_and_the_ninetieth_of_a_hundred(took: Any, endpoint: Endpoint) -> None:
    took(*range(1, 21))

    assert usual_time(endpoint, "gpt-image-2") == Usual(10, 18)
    assert usual_time(endpoint, "dall-e-3") is None


def test_nineteen_calls_say_nothing(took: Any, endpoint: Endpoint) -> None:
    took(*[5] * 19)
    took(5, days_ago=31)
    took(5, outcome="failed")

    assert usual_time(endpoint, "gpt-image-2") is None


def test_only_what_was_asked_with_the_same_size_and_quality_counts(took: Any, endpoint: Endpoint) -> None:
    took(*[60] * 20, size="1024x1024", quality="high")
    took(*[10] * 40)
    took(*[30] * 19, size="1024x1024", quality="low")

    high = usual_time(endpoint, "gpt-image-2", size="1024x1024", quality="high")
    low = usual_time(endpoint, "gpt-image-2", size="1024x1024", quality="low")

    assert (high, low) == (Usual(60, 60), None)
    assert timing.usual_times(endpoint, "gpt-image-2") == {
        ("", ""): Usual(10, 10),
        ("1024x1024", "high"): Usual(60, 60),
    }


def test_times_are_read_once_in_minutes(
    took: Any, endpoint: Endpoint, django_assert_num_queries: Any
) -> None:
    took(*[5] * 20)

    with django_assert_num_queries(1):
        for model in ("gpt-image-2", "dall-e-3", "gpt-image-2"):
            usual_time(endpoint, model)


@pytest.mark.parametrize(
    ("p50", "p90", "words"),
    [
        (20, 45.4, "Usually 20 to 45 s"),
        (0.2, 0.3, "Usually about 1 s"),
        (70, 130, "Usually 1 to 2 min"),
        (170, 190, "Usually about 3 min"),
    ],
)
def test_a_range_is_said_as_briefly_as_it_is_honest(p50: float, p90: float, words: str) -> None:
    assert Usual(p50, p90).words == words


def test_the_form_says_how_long_the_chosen_model_takes(took: Any, client: Client, mei: User) -> None:
    took(*[20] * 15, *[45] * 5)
    client.force_login(mei)

    assert "Usually 20 to 45 s" in client.get("/").text
    assert "Usually" not in client.get("/options/", {"model": "dall-e-3"}).text
    assert "Usually 20 to 45 s" in client.get("/options/", {"model": "gpt-image-2"}).text
    asked_with_size = {"model": "gpt-image-2", "size": "1024x1024"}
    assert ">Usually" not in client.get("/options/", asked_with_size).text


def test_the_start_is_told_only_where_enough_was_measured(
    took: Any, ask: Submit, client: Client, mei: User
) -> None:
    client.force_login(mei)
    Endpoint.objects.update(calls_at_once=2)
    took(*[30] * 19)
    ask()
    ask()
    assert _headlines(client) == ["About 1 before yours", "Starts next"]

    took(30)
    timing.forget()

    assert _headlines(client) == [
        "About 1 before yours, starts in about 30 s",
        "Starts next, starts in about 15 s",
    ]
    assert "starts in about 30 s" in client.get("/queue/now/").text


def test_a_tile_that_takes_longer_than_nine_in_ten_says_that_one_may_leave(
    took: Any, ask: Submit, client: Client, mei: User
) -> None:
    took(*[20] * 20)
    ask()
    client.force_login(mei)
    running = Call.objects.filter(status="queued")
    now = timezone.now()
    running.update(status="sent", claimed_at=now)
    Generation.objects.filter(status="queued").update(status="running", changed_at=now)

    assert not _first_tile(client).is_late
    Call.objects.filter(status="sent").update(claimed_at=now - timedelta(seconds=21))

    assert _first_tile(client).is_late


def _headlines(client: Client) -> list[str]:
    batches = client.get("/").context["batches"]
    return [batch.headline for batch in batches if batch.generation.status == "queued"]


def _first_tile(client: Client) -> Any:
    return client.get("/").context["batches"][0].tiles[0]
