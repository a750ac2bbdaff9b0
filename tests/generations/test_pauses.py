"""What stands still: one pause of each, safe when two ask at once, and never forgotten."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from generations import pauses
from generations.models import Endpoint, Pause
from team.models import User

pytestmark = pytest.mark.django_db


def test_a_second_pause_of_the_same_is_the_first_one(endpoint: Endpoint, ada: User) -> None:
    first = pauses.pause(endpoint=endpoint, reason="bad_key")
    second = pauses.pause(endpoint=endpoint, by=ada)

    assert (second.pk, second.reason) == (first.pk, "bad_key")


def test_one_query_tells_all_that_stands_still(
    endpoint: Endpoint, django_assert_num_queries: Any, ada: User
) -> None:
    pauses.pause(endpoint=endpoint, model="dall-e-3", by=ada)

    with django_assert_num_queries(1):
        paused = pauses.what_is_paused()

    assert paused == pauses.Paused(
        everything=False, endpoints=frozenset(), models=frozenset({(endpoint.pk, "dall-e-3")})
    )
    assert paused.covers(endpoint.pk, "dall-e-3")
    assert not paused.covers(endpoint.pk, "gpt-image-2")
    pauses.pause(by=ada)
    assert pauses.what_is_paused().covers(endpoint.pk, "gpt-image-2")


def test_an_end_is_written_down_once_and_refusals_count_anew(endpoint: Endpoint, ada: User) -> None:
    Endpoint.objects.update(refused_connects=5)
    standing = pauses.pause(endpoint=endpoint, reason="connection_refused")

    assert pauses.resume(standing, by=ada)
    assert not pauses.resume(standing, by=None)

    ended = Pause.objects.get()
    endpoint.refresh_from_db()
    assert (ended.ended_by, endpoint.refused_connects) == (ada, 0)
    assert ended.ended_at is not None
    assert pauses.pause(endpoint=endpoint).pk != ended.pk


def test_a_model_is_paused_at_an_endpoint_only(db: None) -> None:
    with pytest.raises(ValueError, match="at an endpoint"):
        pauses.pause(model="gpt-image-2")


@pytest.mark.django_db(transaction=True)
def test_those_who_pause_at_once_make_one_pause(endpoint: Endpoint) -> None:
    together = Barrier(4)

    def stop(_: int) -> int:
        together.wait()
        try:
            return pauses.pause(endpoint=endpoint).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        made = set(threads.map(stop, range(4)))

    assert made == {Pause.objects.get().pk}


def test_a_new_key_ends_what_the_studio_paused_and_nothing_that_a_person_did(
    endpoint: Endpoint, ada: User
) -> None:
    by_itself = pauses.pause(endpoint=endpoint, reason="bad_key")
    by_hand = pauses.pause(endpoint=endpoint, model="dall-e-3", by=ada)
    client = Client()
    client.force_login(ada)

    client.post(
        reverse("generations:endpoint", args=[endpoint.pk]),
        {
            "name": endpoint.name,
            "base_url": endpoint.base_url,
            "key": "sk-the-new-one",
            "deadline_seconds": "600",
            "calls_at_once": "4",
            "calls_per_minute": "0",
            "partial_images": "0",
        },
    )

    by_itself.refresh_from_db()
    by_hand.refresh_from_db()
    assert by_itself.ended_by == ada
    assert by_hand.ended_at is None
