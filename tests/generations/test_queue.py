"""The team's line, everybody's place in it, and a member's earlier prompts."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis import Redis

from generations import live, pauses, queue
from generations.execution.claiming import claim_next
from generations.execution.worker import Worker
from generations.models import Call, Endpoint, Generation
from team.models import User
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, mei: User) -> Client:
    """Mei, signed in."""
    client.force_login(mei)
    return client


def places(client: Client) -> list[tuple[str, int | None]]:
    waiting = client.get("/queue/now/").context["line"].waiting
    return [(entry.generation.member.name, entry.place) for entry in waiting]


def runs(generation: Generation) -> None:
    generation.calls.update(status="sent", claimed_at=timezone.now())
    Generation.objects.filter(pk=generation.pk).update(status="running")


def test_whoever_has_the_fewest_running_stands_first_then_who_waits_longest(
    page: Client, ask: Submit, mei: User, bo: User, rui: User
) -> None:
    runs(ask(member=mei))
    for member in (mei, bo, bo, rui):
        ask(member=member)

    assert places(page) == [("Bo", 1), ("Rui", 2), ("Mei", 3), ("Bo", 4)]


def test_the_line_is_the_order_in_which_calls_are_claimed(
    ask: Submit, mei: User, bo: User, rui: User, endpoint: Endpoint
) -> None:
    Endpoint.objects.update(calls_at_once=10)
    for member in (mei, mei, mei, bo, rui, bo):
        ask(member=member)
    said = [waiting.pk for waiting in queue.the_line(())]
    claimed = []
    while (call := claim_next(Worker("w", "h"))) is not None:
        claimed.append(call.generation_id)

    assert claimed == said[: len(claimed)]
    assert len(claimed) > 3


def test_prompts_of_others_are_nowhere_on_the_page(page: Client, ask: Submit, bo: User, ada: User) -> None:
    ask(member=bo, prompt="the secret of Bo")
    runs(ask(member=bo, prompt="another secret of Bo"))
    mine = ask(prompt="a cat of mine")

    shown = page.get("/queue/").text

    assert "secret" not in shown
    assert shown.count("Private") == 2
    assert "a cat of mine" in shown
    assert f"/generations/{mine.pk}/" in shown
    page.force_login(ada)
    assert "secret" not in page.get("/queue/").text


def test_what_stands_still_has_no_place_and_says_why(
    page: Client, ask: Submit, endpoint: Endpoint, ada: User
) -> None:
    ask(model="dall-e-3")
    ask()
    pauses.pause(endpoint=endpoint, model="dall-e-3", by=ada)

    shown = page.get("/queue/")

    assert [entry.place for entry in shown.context["line"].waiting] == [1, None]
    assert "Waiting: an administrator has paused this model." in shown.text
    assert "Paused by Ada." in shown.text
    assert "Resume" not in shown.text
    page.force_login(ada)
    assert "Resume" in page.get("/queue/").text


def test_an_administrator_pauses_and_resumes_from_the_queue(
    page: Client, endpoint: Endpoint, ada: User
) -> None:
    page.force_login(ada)

    paused = page.post("/engine/pause/", {"what": "", "back": "queue"})
    (standing,) = queue.standing_pauses()
    resumed = page.post(f"/engine/pauses/{standing.pk}/end/", {"back": "queue"})

    assert (paused.headers["Location"], resumed.headers["Location"]) == ("/queue/", "/queue/")
    assert queue.standing_pauses() == ()


def test_a_call_that_is_asked_again_later_stands_beside_the_line(page: Client, ask: Submit) -> None:
    ask()
    Call.objects.update(not_before=timezone.now() + timedelta(minutes=1))

    assert places(page) == [("Mei", None)]
    assert "The studio asks again by itself" in page.get("/queue/").text


def test_many_cost_no_more_queries_than_one_and_the_rest_is_counted(
    page: Client, ask: Submit, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(queue, "SHOWN", 3)
    for _ in range(5):
        ask(n=2)
        runs(ask())

    with django_assert_max_num_queries(12):
        shown = page.get("/queue/now/")

    assert (len(shown.context["line"].waiting), len(shown.context["line"].running)) == (3, 3)
    assert shown.text.count("and 2 more") == 2


def test_an_empty_line_says_so(page: Client) -> None:
    assert "Nothing waits and nothing runs" in page.get("/queue/").text


def test_a_waiting_batch_says_how_many_are_before_it(
    page: Client, ask: Submit, bo: User, rui: User, django_assert_max_num_queries: Any
) -> None:
    ask(member=bo)
    ask(member=rui)
    ask()
    ask()
    page.get("/")

    with django_assert_max_num_queries(13):
        shown = page.get("/live/")

    headlines = [batch.headline for batch in shown.context["batches"]]
    assert headlines == [
        "About 3 before yours",
        "About 2 before yours",
    ]
    Call.objects.exclude(member=page.get("/").context["user"]).delete()
    assert "Starts next" in page.get("/live/").text


def test_a_place_is_told_anew_after_seconds_without_news_of_mine(
    page: Client, ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "line_stamp", lambda: None)  # as without Redis
    ask()
    version = page.get("/").context["live_version"]
    assert page.get("/live/", {"v": version}).status_code == 204

    stamp, line, seconds = version.split("~")

    assert page.get("/live/", {"v": f"{stamp}~{line}~{int(seconds) - 20}"}).status_code == 200
    assert page.get("/live/", {"v": f"{stamp}~{line}~x"}).status_code == 200


def test_a_question_with_nothing_new_touches_no_table_of_the_studio(
    page: Client, ask: Submit, redis: Redis, bo: User
) -> None:
    ask()
    with CaptureQueriesContext(connection):
        version = page.get("/").context["live_version"]
    stamp, line, seconds = version.split("~")
    old = f"{stamp}~{line}~{int(seconds) - 20}"

    with CaptureQueriesContext(connection) as asked:
        assert page.get("/live/", {"v": version}).status_code == 204
        assert page.get("/live/", {"v": old}).status_code == 204
    assert not [query for query in asked if "generations_" in query["sql"]]

    live.announce(bo.pk)  # the line moves
    assert page.get("/live/", {"v": version}).status_code == 204
    assert page.get("/live/", {"v": old}).status_code == 200


def test_what_a_stamp_is_lost_for_the_database_is_asked_once(page: Client, ask: Submit, redis: Redis) -> None:
    runs(ask())
    redis.flushall()
    version = page.get("/").context["live_version"]

    with CaptureQueriesContext(connection) as asked:
        assert page.get("/live/", {"v": version}).status_code == 204

    assert not [query for query in asked if "generations_" in query["sql"]]


def test_an_administrator_puts_a_generation_first_or_last(
    page: Client, ask: Submit, bo: User, rui: User, ada: User
) -> None:
    one, two, three = ask(member=bo), ask(member=rui), ask()
    assert page.post(f"/queue/{three.pk}/move/", {"to": "front"}).status_code == 404
    page.force_login(ada)

    moved = page.post(f"/queue/{three.pk}/move/", {"to": "front"})
    page.post(f"/queue/{one.pk}/move/", {"to": "back"})

    assert moved.headers["Location"] == f"/queue/#entry-{three.pk}"
    assert [waiting.pk for waiting in queue.the_line(())] == [three.pk, two.pk, one.pk]
    claimed = claim_next(Worker("w", "h"))
    assert claimed is not None
    assert claimed.generation_id == three.pk
    assert page.post(f"/queue/{two.pk}/move/", {"to": "side"}).status_code == 404


def test_a_row_of_the_queue_is_cancelled_by_its_member_or_an_administrator(
    page: Client, ask: Submit, bo: User, ada: User
) -> None:
    mine, of_bo, other = ask(), ask(member=bo), ask(member=bo)
    assert page.get("/queue/").text.count("/cancel/") == 1
    assert page.post(f"/queue/{of_bo.pk}/cancel/").status_code == 404
    page.post(f"/queue/{mine.pk}/cancel/")
    page.force_login(ada)
    assert page.get("/queue/").text.count("/cancel/") == 2
    page.post(f"/queue/{of_bo.pk}/cancel/")

    waiting = Generation.objects.filter(status="queued").values_list("pk", flat=True)
    assert list(waiting) == [other.pk]


def test_earlier_prompts_are_mine_and_each_is_there_once(page: Client, ask: Submit, bo: User) -> None:
    for prompt in ("a cat", "a dog", "a cat"):
        ask(prompt=prompt)
    ask(member=bo, prompt="a secret")

    assert page.get("/prompts/latest/").json() == {"prompts": ["a cat", "a dog"]}
    assert "secret" not in page.get("/prompts/").text


def test_earlier_prompts_are_found_by_one_character_and_fill_the_form(
    page: Client, ask: Submit, bo: User
) -> None:
    of_bo = ask(member=bo, prompt="鹤")
    ask(prompt="a <b>cat</b>")
    mine = ask(prompt="雾中的鹤")

    found = page.get("/prompts/", {"q": "鹤"})

    assert [one["prompt"] for one in found.context["prompts"]] == ["雾中的鹤"]
    assert "雾中的鹤" in page.get("/", {"prompt_of": str(mine.pk)}).context["form"]["prompt"].value()
    assert not page.get("/", {"prompt_of": str(of_bo.pk)}).context["form"]["prompt"].value()
    assert "<b>" not in page.get("/prompts/").text
    assert "None of your prompts contains" in page.get("/prompts/", {"q": "%"}).text
