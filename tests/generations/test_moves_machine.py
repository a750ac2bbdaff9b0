"""In whatever order workers and sweeps come, whoever is second is told so, and nothing is sent twice."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, integers, sampled_from

from generations.models import Call, CallStatus, move_call
from generations.models.moves import CALL_MOVES
from tests.generations.conftest import Submit, only_call

_HOLDERS = 3  # workers and sweeps, each with the row as it once read it
_SENT = (CallStatus.SENT, CallStatus.RECEIVED, CallStatus.UNKNOWN)


@pytest.mark.django_db
def test_moves_keep_their_promises_in_every_order(ask: Submit) -> None:
    class Moves(RuleBasedStateMachine):
        """One call in the database, a model of it in memory, and holders whose copies grow old."""

        @initialize()
        def begin(self) -> None:
            self.call = only_call(ask())
            self.model: tuple[CallStatus, int] = (CallStatus.QUEUED, 0)
            self.copies = [Call.objects.get(pk=self.call.pk) for _ in range(_HOLDERS)]
            self.times_sent = 0
            self.was_sent = False

        @rule(holder=integers(0, _HOLDERS - 1))
        def read(self, holder: int) -> None:
            self.copies[holder] = Call.objects.get(pk=self.call.pk)

        @rule(holder=integers(0, _HOLDERS - 1), new=sampled_from(CallStatus), is_new_epoch=booleans())
        def move(self, holder: int, new: CallStatus, is_new_epoch: bool) -> None:
            copy = self.copies[holder]
            old = (CallStatus(copy.status), copy.epoch)
            if new not in CALL_MOVES[old[0]]:
                with pytest.raises(ValueError, match="does not move"):
                    move_call(copy, new)
                return
            moved = move_call(copy, new, new_epoch=is_new_epoch)
            assert moved == (old == self.model)
            if moved:
                self.model = (new, old[1] + is_new_epoch)
                self.times_sent += new == CallStatus.SENT
                self.was_sent |= new in _SENT

        @invariant()
        def the_row_is_what_the_winners_made_of_it(self) -> None:
            row = Call.objects.get(pk=self.call.pk)
            assert (row.status, row.epoch) == self.model

        @invariant()
        def what_was_sent_is_never_sent_again(self) -> None:
            assert self.times_sent <= 1
            assert not (self.was_sent and self.model[0] in (CallStatus.QUEUED, CallStatus.CLAIMED))

    checks: Any = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    run_state_machine_as_test(
        Moves,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=checks,
        ),
    )
