"""Who is next: fewest running first, then the longest waiting; limits hold."""

import pytest
from pytest_django import Settings

from generations.execution.claiming import claim_next
from generations.execution.worker import Worker
from generations.models import Call, CallStatus, Endpoint, GenerationStatus
from generations.models.calls import lease
from team.models import User
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
