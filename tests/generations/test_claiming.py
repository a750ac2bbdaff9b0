"""Who is next: fewest running first, then the longest waiting; limits hold."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from pytest_django import Settings

from generations.execution.asking import connection_of
from generations.execution.claiming import claim_next, startable
from generations.execution.worker import Worker
from generations.models import Call, CallStatus, Endpoint, GenerationStatus
from generations.models.calls import lease
from team.models import User
from tests.fake_endpoint import FakeEndpoint
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db
WORKER = Worker(name="here:1:a", host="here")


def test_nothing_is_claimed_from_an_empty_line(endpoint: Endpoint) -> None:
    assert claim_next(WORKER) is None


def test_a_claim_names_the_worker_its_host_and_a_lease(ask: Submit) -> None:
    generation = ask()

    call = claim_next(WORKER)

    assert call is not None
    call.refresh_from_db()
    generation.refresh_from_db()
    assert (call.status, call.worker, call.spool_host, call.epoch) == ("claimed", "here:1:a", "here", 1)
    assert call.lease_until is not None
    assert generation.status == GenerationStatus.RUNNING


def test_a_member_with_nothing_running_goes_before_one_with_five_waiting(
    ask: Submit, mei: User, bo: User
) -> None:
    for _ in range(5):
        ask()
    ask(member=bo)

    members = [call.member_id for _ in range(3) if (call := claim_next(WORKER))]

    assert members == [mei.pk, bo.pk, mei.pk]


def test_an_administrators_word_goes_before_every_turn(ask: Submit, bo: User) -> None:
    ask()
    ask(member=bo)
    urgent = ask(member=bo)
    Call.objects.filter(generation=urgent).update(priority=1)
    Call.objects.filter(member=bo).exclude(generation=urgent).update(priority=-1)

    first, second, third = (claim_next(WORKER) for _ in range(3))

    assert first is not None and first.generation == urgent
    assert second is not None and second.member_id != bo.pk
    assert third is not None and third.member_id == bo.pk


def test_an_endpoint_is_never_asked_more_at_once_than_its_limit(ask: Submit, endpoint: Endpoint) -> None:
    endpoint.calls_at_once = 2
    endpoint.save()
    for _ in range(4):
        ask()

    assert [claim_next(WORKER) is not None for _ in range(4)] == [True, True, False, False]


def test_a_member_never_has_more_running_than_the_limit(ask: Submit, settings: Settings) -> None:
    settings.CALLS_AT_ONCE_PER_MEMBER = 1
    ask()
    ask()

    assert claim_next(WORKER) is not None
    assert claim_next(WORKER) is None


def test_a_call_waits_for_its_time(ask: Submit) -> None:
    ask()
    Call.objects.update(not_before=lease(60))

    assert claim_next(WORKER) is None


def test_a_suspended_members_calls_do_not_run(ask: Submit, mei: User) -> None:
    ask()
    mei.is_active = False
    mei.save()

    assert claim_next(WORKER) is None


def test_an_endpoint_that_is_switched_off_is_not_asked(ask: Submit, endpoint: Endpoint) -> None:
    ask()
    endpoint.is_active = False
    endpoint.save()

    assert claim_next(WORKER) is None
    assert Call.objects.get().status == CallStatus.QUEUED


def test_what_started_within_a_minute_counts_towards_the_limit_per_minute(
    ask: Submit, endpoint: Endpoint
) -> None:
    Endpoint.objects.update(calls_per_minute=2)
    for _ in range(4):
        ask()

    assert startable() == 2
    first, second = claim_next(WORKER), claim_next(WORKER)
    assert first is not None
    assert second is not None
    assert claim_next(WORKER) is None
    end(first, sent_seconds_ago=59)
    end(second, sent_seconds_ago=30)
    assert claim_next(WORKER) is None
    assert startable() == 0

    end(first, sent_seconds_ago=61)
    assert startable() == 1
    assert claim_next(WORKER) is not None
    assert claim_next(WORKER) is None


def test_a_call_that_never_reached_the_endpoint_does_not_use_up_its_minute(
    ask: Submit, endpoint: Endpoint
) -> None:
    Endpoint.objects.update(calls_per_minute=1)
    ask()
    call = claim_next(WORKER)
    assert call is not None
    Call.objects.filter(pk=call.pk).update(status=CallStatus.QUEUED)

    assert claim_next(WORKER) is not None


def test_a_model_is_never_asked_more_at_once_than_its_own_limit(ask: Submit, endpoint: Endpoint) -> None:
    endpoint.models.filter(name="gpt-image-2").update(calls_at_once=1)
    for _ in range(3):
        ask()

    assert startable() == 1
    assert [claim_next(WORKER) is not None for _ in range(2)] == [True, False]
    assert startable() == 0


def test_a_model_at_its_limit_keeps_neither_its_member_nor_its_endpoint_waiting(
    ask: Submit, endpoint: Endpoint, mei: User, bo: User
) -> None:
    endpoint.models.filter(name="gpt-image-2").update(calls_at_once=1)
    ask()
    ask()
    ask(model="dall-e-3")
    ask(member=bo)
    ask(member=bo, model="dall-e-3")

    claimed = [call for _ in range(5) if (call := claim_next(WORKER)) is not None]

    assert [(call.member_id, call.generation.model) for call in claimed] == [
        (mei.pk, "gpt-image-2"),
        (bo.pk, "dall-e-3"),
        (mei.pk, "dall-e-3"),
    ]


def test_an_endpoint_at_its_limit_keeps_no_other_endpoint_waiting(
    ask: Submit, endpoint: Endpoint, wire: FakeEndpoint
) -> None:
    other = Endpoint.objects.create(name="Other", base_url=wire.base_url)
    other.offer(["gpt-image-2"])
    Endpoint.objects.filter(pk=endpoint.pk).update(calls_per_minute=1)
    ask()
    ask()
    ask(endpoint=other)

    claimed = [call for _ in range(3) if (call := claim_next(WORKER)) is not None]

    assert [call.endpoint_id for call in claimed] == [endpoint.pk, other.pk]


@pytest.mark.django_db(transaction=True)
def test_limits_hold_when_many_workers_claim_at_the_same_moment(ask: Submit, endpoint: Endpoint) -> None:
    Endpoint.objects.update(calls_per_minute=3)
    endpoint.models.filter(name="dall-e-3").update(calls_at_once=1)
    for model in ("gpt-image-2", "dall-e-3") * 4:
        ask(model=model)
    start = Barrier(6)

    def claim(number: int) -> str | None:
        start.wait()
        try:
            call = claim_next(Worker(name=f"here:{number}:a", host="here"))
            return call.generation.model if call else None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as workers:
        claimed = sorted(model for model in workers.map(claim, range(6)) if model)

    assert claimed == ["dall-e-3", "gpt-image-2", "gpt-image-2"]


@pytest.mark.parametrize(
    ("endpoints", "models", "deadline"), [(10, None, 600), (900, None, 900), (900, 30, 30), (10, 1200, 1200)]
)
def test_the_models_own_deadline_goes_before_the_endpoints_and_the_familys(
    ask: Submit, endpoint: Endpoint, endpoints: int, models: int | None, deadline: int
) -> None:
    Endpoint.objects.update(deadline_seconds=endpoints)
    endpoint.models.filter(name="gpt-image-2").update(deadline_seconds=models)
    ask()
    call = claim_next(WORKER)
    assert call is not None

    assert connection_of(call).deadline == deadline


def end(call: Call, *, sent_seconds_ago: int) -> None:
    Call.objects.filter(pk=call.pk).update(status=CallStatus.SETTLED, sent_at=lease(-sent_seconds_ago))
