"""The administrators' page about the engine: what it counts, what it draws, and what its buttons do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from generations import pauses, workers
from generations.engine.plots import last_day, scale
from generations.models import Call, Endpoint, LineSample, Pause
from generations.samples import record_sample
from team.models import User
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_at_work(client: Client, ada: User) -> Client:
    """Ada, signed in."""
    client.force_login(ada)
    return client


def test_the_page_counts_the_line_by_endpoint_and_model(ada_at_work: Client, ask: Submit) -> None:
    ask(n=1)
    Call.objects.filter(pk=ask().calls.get().pk).update(status="sent", worker="w")
    Call.objects.filter(pk=ask().calls.get().pk).update(status="received", spool_host="far")

    engine = ada_at_work.get("/engine/").context["engine"]

    assert (engine.waiting, engine.running, engine.received) == (1, 1, 1)
    assert [(place.label, place.waiting, place.running) for place in engine.places] == [("Test", 1, 1)]
    assert [model.model for model in engine.places[0].models] == ["gpt-image-2"]
    # Whether this host has a spool depends on the tests before.
    assert [host.received for host in engine.hosts if host.name == "far"] == [1]


def test_a_worker_is_listed_with_its_calls_in_hand(ada_at_work: Client, ask: Submit, redis: Redis) -> None:
    workers.give_sign(redis, "calls", running_for=0)
    (sign,) = workers.signs()
    ask()
    Call.objects.update(status="sent", worker=sign.name)

    answer = ada_at_work.get("/engine/now/")

    assert [line.in_hand for line in answer.context["engine"].workers] == [1]
    assert "No images worker gives a sign of life" in answer.text
    assert "No calls worker" not in answer.text


def test_without_redis_the_page_says_so(ada_at_work: Client, settings: Settings, tmp_path: object) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    answer = ada_at_work.get("/engine/")

    assert "Redis does not answer." in answer.text
    assert [part.is_up for part in answer.context["parts"]] == [True, False, True]


def test_the_buttons_pause_everything_an_endpoint_or_a_model_and_end_it(
    ada_at_work: Client, endpoint: Endpoint, ada: User
) -> None:
    for what in ("", str(endpoint.pk), f"{endpoint.pk} dall-e-3"):
        assert ada_at_work.post("/engine/pause/", {"what": what}).status_code == 302

    paused = pauses.what_is_paused()
    assert paused.everything
    assert paused.endpoints == {endpoint.pk}
    assert paused.models == {(endpoint.pk, "dall-e-3")}
    page = ada_at_work.get("/engine/")
    assert "Paused by Ada." in page.text
    assert "Pause everything" not in page.text
    for standing in Pause.objects.all():
        ada_at_work.post(f"/engine/pauses/{standing.pk}/end/")
    assert not Pause.objects.standing().exists()
    assert set(Pause.objects.values_list("ended_by", flat=True)) == {ada.pk}


@pytest.mark.parametrize("what", ["x", "-1", "0", "1e3", "9" * 400])
def test_what_is_no_endpoint_cannot_be_paused(ada_at_work: Client, what: str) -> None:
    assert ada_at_work.post("/engine/pause/", {"what": what}).status_code == 404


def test_administrators_are_told_on_every_page_of_a_pause_that_nobody_asked_for(
    ada_at_work: Client, mei: User, endpoint: Endpoint
) -> None:
    pauses.pause(endpoint=endpoint, reason="bad_key")
    words = "Test answered that the key is wrong. Nothing is sent there until you try again."

    assert words in " ".join(ada_at_work.get("/history/").text.split())
    member = Client()
    member.force_login(mei)
    assert "the key is wrong" not in member.get("/history/").text
    standing = Pause.objects.get()
    ada_at_work.post(f"/engine/pauses/{standing.pk}/end/")
    assert "the key is wrong" not in ada_at_work.get("/history/").text


def test_the_line_is_measured_once_a_minute_and_kept_for_three_days(ask: Submit) -> None:
    LineSample.objects.create(minute=timezone.now() - timedelta(days=4), waiting=1, running=1)
    ask()

    assert record_sample()
    measured_again = record_sample()

    samples = list(LineSample.objects.values_list("waiting", "running"))
    assert samples == [(1, 0)] * (2 if measured_again else 1)  # two when the minute has just changed


def test_a_day_without_samples_is_said_and_not_drawn(ada_at_work: Client, db: None) -> None:
    answer = ada_at_work.get("/engine/")

    assert answer.context["day"] is None
    assert "Nothing measured yet" in answer.text


def test_a_curve_has_gaps_where_nothing_was_measured(db: None) -> None:
    now = timezone.now()
    for minutes, waiting in ((1, 8), (2, 2), (90, 3), (3000, 99)):
        LineSample.objects.create(minute=now - timedelta(minutes=minutes), waiting=waiting, running=0)

    day = last_day()

    assert day is not None
    assert (day.waiting.latest, day.waiting.most, day.running.most) == (8, 8, 0)
    assert day.waiting.line.count("M") == 2
    assert 2 <= len(day.rows) <= 3


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, (4, 3, 2, 1, 0)), (9, (12, 9, 6, 3, 0)), (41, (60, 45, 30, 15, 0)), (500, (600, 450, 300, 150, 0))],
)
def test_an_axis_ends_at_a_round_number(most: int, ticks: tuple[int, ...]) -> None:
    assert scale(most) == ticks
