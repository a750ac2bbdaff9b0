"""What the form asks for is kept once, however often it arrives."""

from uuid import uuid4

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from redis import Redis

from generations import execution, submission, tasks
from generations.execution import sweeping
from generations.models import Call, CallStatus, Endpoint, Generation
from generations.submission import Order, submit
from team.models import User
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db


def test_one_token_makes_one_generation_however_often_it_comes(endpoint: Endpoint, mei: User) -> None:
    token = uuid4()
    order = Order(endpoint=endpoint, model="gpt-image-2", prompt="a cat", n=2)

    first = submit(order, member=mei, token=token)
    second = submit(order, member=mei, token=token)

    assert first == second
    assert Generation.objects.count() == 1
    assert Call.objects.count() == 1


def test_two_members_may_bring_the_same_token(endpoint: Endpoint, mei: User, bo: User) -> None:
    token = uuid4()
    order = Order(endpoint=endpoint, model="gpt-image-2", prompt="a cat", n=1)

    assert submit(order, member=mei, token=token) != submit(order, member=bo, token=token)


def test_several_images_are_one_call(ask: Submit) -> None:
    assert [call.n for call in ask(n=4).calls.all()] == [4]


def test_a_model_that_makes_one_image_at_a_time_gets_one_call_each(ask: Submit) -> None:
    assert [call.n for call in ask(model="dall-e-3", n=3).calls.all()] == [1, 1, 1]


def test_an_endpoint_set_to_one_image_per_call_gets_one_call_each(ask: Submit, endpoint: Endpoint) -> None:
    endpoint.one_image_per_call = True
    endpoint.save()

    assert [call.n for call in ask(n=2).calls.all()] == [1, 1]


def test_the_bell_rings_once_per_call_and_only_after_commit(
    ask: Submit,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks, "ring", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        ask(model="dall-e-3", n=3)
        assert rung == []

    assert rung == [3]


def test_doorbells_do_not_pile_up_while_nobody_hears_them(
    ask: Submit, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    received = tuple((uuid4(), "away") for _ in range(60))
    monkeypatch.setattr(execution, "sweep", lambda: execution.Swept(startable=16, received=received))

    for _ in range(10):
        tasks.sweep()

    assert redis.llen("studio:calls") == 100
    assert redis.llen("studio:images.away") == 100


def test_a_host_that_is_away_does_not_crowd_out_the_others(
    ask: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST_RINGS", 2)
    for host in ("away", "away", "away", "here"):
        ask()
        Call.objects.filter(status=CallStatus.QUEUED).update(status=CallStatus.RECEIVED, spool_host=host)

    assert [host for _, host in execution.sweep().received] == ["away", "away", "here"]


def test_asking_again_keeps_every_setting_and_the_lineage(ask: Submit) -> None:
    first = ask(prompt="a heron", n=2, size="1536x1024", quality="high", output_format="webp")

    second = submission.again(first, token=uuid4())

    assert second.retry_of == first
    assert (second.prompt, second.n, second.size, second.quality, second.output_format) == (
        "a heron",
        2,
        "1536x1024",
        "high",
        "webp",
    )
