"""Whose job an administrator cancels is told by whom, where the job is shown."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from generations.execution import calling
from generations.models import Call, CallOutcome, CallStatus, Generation
from team.models import User
from tests.generations.conftest import Submit

pytestmark = pytest.mark.django_db

TOLD = "Ada, an administrator, has cancelled this."


def cancelled_by(member: User, generation: Generation) -> None:
    client = Client()
    client.force_login(member)
    client.post(f"/queue/{generation.pk}/cancel/")


def shown_to(member: User, address: str) -> str:
    client = Client()
    client.force_login(member)
    return client.get(address).text


def test_whose_job_was_cancelled_is_told_by_which_administrator(ask: Submit, mei: User, ada: User) -> None:
    generation = ask(prompt="nobody else's words")

    cancelled_by(ada, generation)

    assert TOLD in shown_to(mei, "/")
    assert TOLD in shown_to(mei, f"/generations/{generation.pk}/")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_repr) == (ada, str(generation.pk))  # and not the prompt


def test_what_was_sent_before_an_administrator_cancelled_is_said_to_be_kept(
    ask: Submit, mei: User, ada: User
) -> None:
    generation = ask()
    calling.execute_next()

    cancelled_by(ada, generation)

    page = shown_to(mei, "/")
    assert TOLD in page
    assert "What had been sent already is paid for, and is kept when it arrives." in page
    assert "You have cancelled this." not in page


def test_the_place_of_an_image_that_will_not_come_names_who_cancelled_it(
    ask: Submit, mei: User, ada: User
) -> None:
    generation = ask(model="dall-e-3", n=2)
    sent = generation.calls.order_by("position")[0]
    Call.objects.filter(pk=sent.pk).update(status=CallStatus.UNKNOWN)
    cancelled_by(ada, generation)

    page = shown_to(mei, f"/generations/{generation.pk}/")

    assert generation.calls.filter(outcome=CallOutcome.CANCELLED).count() == 1
    assert "Cancelled by Ada" in page


def test_what_somebody_cancels_of_their_own_names_nobody(ask: Submit, mei: User, ada: User) -> None:
    cancelled_by(mei, ask())
    cancelled_by(ada, ask(member=ada))

    assert not LogEntry.objects.exists()
    assert "an administrator, has cancelled this" not in shown_to(mei, "/") + shown_to(ada, "/")


def test_who_comes_second_is_not_named(ask: Submit, mei: User, ada: User) -> None:
    generation = ask()
    calling.execute_next()
    cancelled_by(mei, generation)

    cancelled_by(ada, generation)

    assert not LogEntry.objects.exists()
    assert "You have cancelled this." in shown_to(mei, "/")
