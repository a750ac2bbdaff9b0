"""A status changes only through one guarded statement."""

import pytest

from generations.models import Call, CallStatus, Generation, move_call
from tests.generations.conftest import Submit, only_call

pytestmark = pytest.mark.django_db


def test_only_the_first_of_two_moves_from_the_same_status_succeeds(ask: Submit) -> None:
    generation = ask()
    first, second = only_call(generation), only_call(generation)

    assert move_call(first, CallStatus.CLAIMED, new_epoch=True)
    assert not move_call(second, CallStatus.CLAIMED, new_epoch=True)
    assert only_call(generation).epoch == 1


def test_a_fenced_out_worker_cannot_move_a_call(ask: Submit) -> None:
    call = only_call(ask())
    move_call(call, CallStatus.CLAIMED, new_epoch=True)
    stale = Call.objects.get(pk=call.pk)
    move_call(call, CallStatus.QUEUED, new_epoch=True)
    move_call(call, CallStatus.CLAIMED, new_epoch=True)

    assert not move_call(stale, CallStatus.SENT)


def test_a_settled_call_never_moves_again(ask: Submit) -> None:
    call = only_call(ask())
    move_call(call, CallStatus.SETTLED)

    with pytest.raises(ValueError, match="does not move"):
        move_call(call, CallStatus.QUEUED)


def test_a_sent_call_cannot_go_back_in_line(ask: Submit) -> None:
    call = only_call(ask())
    move_call(call, CallStatus.CLAIMED)
    move_call(call, CallStatus.SENT)

    with pytest.raises(ValueError, match="does not move"):
        move_call(call, CallStatus.QUEUED)


def test_every_move_marks_the_generation_as_changed(ask: Submit) -> None:
    generation = ask()
    before = generation.changed_at
    move_call(only_call(generation), CallStatus.CLAIMED)

    assert Generation.objects.get(pk=generation.pk).changed_at > before
