"""Which injected fault the odd end of a call goes back to: what, when, and in whose hands it was.

A fault explains only what it can lead to, and only in its time: a kill what its process had in hand, a cut
wire what was on it, an outage what it overlapped. What nothing explains is a finding.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.db.models import QuerySet

from generations.images_api import Reason
from generations.models import Call, CallOutcome, CallStatus
from tests.faults.asking import ledger
from tests.faults.orders import Fired
from tests.faults.stand import LEASE, STOPPED, Stand

_WORD = re.compile(r"\[\[([a-z0-9-]+)")
# Words of the simulator that change how an answer looks and not how a call ends.
_HARMLESS = frozenset({"plain", "seed", "url", "b64", "data-uri", "both-keys", "ping", "done", "retry-after"})
_LATE = frozenset({Reason.TIMEOUT, Reason.GATEWAY_TIMEOUT})
# What the soak orders in its prompts, and the only reasons that this may leave. Words that are not named may
# leave any: of their cases the table says exactly what is expected.
_OF_WORDS = {
    "slow": _LATE,
    "drop": frozenset({Reason.CONNECTION_LOST}),
    "block": frozenset({Reason.MODERATION_BLOCKED}),
    "truncate": frozenset({Reason.TRUNCATED_ANSWER}),
    "html": frozenset({Reason.GATEWAY_TIMEOUT, Reason.WEB_PAGE}),
    "fewer": frozenset({Reason.WITHHELD, Reason.EMPTY_ANSWER}),
    "once": frozenset({Reason.RATE_LIMITED, Reason.SERVER_ERROR, Reason.OVERLOADED}),
}
# What the simulator's safety system keeps back some of, where a model makes several images.
_OF_SUBJECTS = {"gunfight": Reason.WITHHELD}
_NO_ANSWER = frozenset({Reason.WORKER_LOST, Reason.STUDIO_STOPPED, Reason.CONNECTION_LOST})
_NO_CONNECTION = frozenset({Reason.UNREACHABLE, Reason.CONNECTION_REFUSED})
_OF_OUTAGES = {
    "database": _NO_ANSWER,
    "endpoint": frozenset({Reason.CONNECTION_LOST, Reason.CHECK_AWAY}) | _NO_CONNECTION,
    "clock": frozenset({Reason.WORKER_LOST}),
    "disk": frozenset({Reason.SPOOL_FULL}),
}
_ENDING = ("kill", "stop", "hold", "terminate", "fail", "lose-database", "end-session")
_OF_ACTIONS = {
    **dict.fromkeys(_ENDING, _NO_ANSWER),
    "crash": _NO_ANSWER | {Reason.NOT_AN_IMAGE},
    "fill-disk": frozenset({Reason.SPOOL_FULL}),
}
_LASTS = {"stop": STOPPED + LEASE, "hold": 4.0 * LEASE}  # seconds that a process stands still
_LAG = 2.0 * LEASE  # seconds until what an outage has broken is found: a lease, and the sweeps
_BLINK = 1.0  # second between what is done and what is written down of it


@dataclass(frozen=True, slots=True)
class Fault:
    """What an end goes back to."""

    what: str
    at: float  # Unix time; 0.0 for what the prompt orders
    worker: str  # "" where it was not in a worker


class Attribution:
    """Everything that was injected at a stand, as it is looked up for one call after the other."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._by_call: defaultdict[str, list[Fired]] = defaultdict(list)
        self._by_pid: defaultdict[int, list[Fired]] = defaultdict(list)
        self._answered = {
            str(row["call_id"]): row["delivered_at"] or row["finished_at"] or 0.0
            for row in ledger(stand.simulator)
        }
        self._fired = sorted(stand.orders.fired(), key=lambda fired: fired.at)
        # Who stands still within a commit on SQLite keeps the database from all others.
        self._held_by_one = [
            ("database", fired.at, fired.at + _LASTS["stop"])
            for fired in self._fired
            if stand.database == "sqlite"
            and fired.action == "stop"
            and fired.point.startswith("before-commit")
        ]
        for fired in self._fired:
            self._by_pid[fired.pid].append(fired)
            if fired.call:
                self._by_call[fired.call].append(fired)

    def of(self, call: Call) -> Fault | None:
        """Return the fault that the call ended oddly for, or was sent again for; None when there is none."""
        return next(self._faults(call), None)

    def of_loss(self, call: Call) -> Fault | None:
        """Return why images are not stored that the endpoint made and handed over.

        What lies in the spool does not depend on any process: of an answer that was received, only what it
        says itself explains a loss, or a decoder that dies of it every time.
        """
        own = chain(
            self._of_words(call),
            self._by_itself(call),
            (self._fault(one) for one in self._by_call[str(call.pk)] if one.action == "crash"),
        )
        return next(own, None) if call.received_at else self.of(call)

    def of_repeat(self, call: Call) -> Fault | None:
        """Return why it is not the first try: an endpoint that was busy before it, or no way to send."""
        if unsent_tries(call) == 0:
            busy = _replaced(call).first()
            return self.of(busy) if busy else None
        return next(
            chain(
                self._by_itself(call),
                (fault for fault in self._overlapping(call) if fault.what in ("endpoint", "check", "disk")),
            ),
            None,
        )

    def of_takeover(self, call: Call) -> Fault | None:
        """Return what let more than one worker, or more than one settler, have the call.

        Who had it before the last one is not written down, so that here only the times have to fit.
        """
        since, until = life(call)
        within = (one for one in self._fired if _reaches(one, since, until))
        return next(
            chain(
                self._by_itself(call),
                (self._fault(fired) for fired in self._by_call[str(call.pk)]),
                (Fault(one.action, one.at, str(one.pid)) for one in within),
                (fault for fault in self._overlapping(call) if fault.what != "redis"),
            ),
            None,
        )

    def _faults(self, call: Call) -> Iterator[Fault]:
        yield from self._of_words(call)
        yield from self._by_itself(call)
        for fired in self._by_call[str(call.pk)]:
            if call.reason in _OF_ACTIONS[fired.action]:
                yield self._fault(fired)
        yield from self._in_its_worker(call)
        yield from (
            fault for fault in self._overlapping(call) if call.reason in _OF_OUTAGES.get(fault.what, ())
        )

    def _of_words(self, call: Call) -> Iterator[Fault]:
        for word in _words(call):
            if call.reason in _OF_WORDS.get(word, ()):
                yield Fault(f"[[{word}]]", 0.0, "")
        for word, reason in _OF_SUBJECTS.items():
            if word in call.generation.prompt and call.reason == reason:
                yield Fault(word, 0.0, "")

    def _by_itself(self, call: Call) -> Iterator[Fault]:
        """What the endpoint was told to do to this call and no other."""
        if call.endpoint.base_url != self._stand.base_url:
            yield Fault("an endpoint of its own", 0.0, "")
        for word in _words(call):
            if word not in _OF_WORDS:
                yield Fault(f"[[{word}]]", 0.0, "")

    def _fault(self, fired: Fired) -> Fault:
        return Fault(f"{fired.action} at {fired.point}", fired.at, str(fired.pid))

    def _in_its_worker(self, call: Call) -> Iterator[Fault]:
        """A process that ended or stood still while it had the call in hand."""
        pid = call.worker.split(":")[1] if call.worker.count(":") else ""
        if not pid or call.reason not in _NO_ANSWER:
            return
        since, until = self._in_hand(call)
        for fired in self._by_pid[int(pid)]:
            if call.reason in _OF_ACTIONS[fired.action] and _reaches(fired, since, until):
                yield self._fault(fired)

    def _in_hand(self, call: Call) -> tuple[float, float]:
        """Return since when and until when its last worker may have waited for the answer, as Unix times.

        A worker that was believed dead too early still brings its answer, unless it dies before that.
        """
        since = _unix(call.claimed_at, call.queued_at.timestamp())
        answered = self._answered.get(str(call.pk), 0.0)
        return since, max(answered, _unix(call.received_at or call.settled_at, time.time()))

    def _overlapping(self, call: Call) -> Iterator[Fault]:
        since, until = life(call)
        for what, begun, ended in (*self._stand.disturbances, *self._held_by_one):
            lag = 0.0 if what == "endpoint" else _LAG
            if begun - _BLINK < until and since < ended + lag:
                yield Fault(what, begun, "")


def ended_oddly(call: Call) -> bool:
    """Whether somebody has to say why: it came to nothing, or to less than was asked."""
    odd = (CallOutcome.FAILED, CallOutcome.PARTIAL, CallOutcome.REPEATED)
    return call.status == CallStatus.UNKNOWN or call.outcome in odd


def unsent_tries(call: Call) -> int:
    """Return how often this very call was put back in line because it could not be sent."""
    return call.repeats - _replaced(call).count() if call.repeats else 0


def takeovers(call: Call) -> int:
    """Return how often it was claimed more than one that nothing happens to: once, and once to settle."""
    return max(0, call.epoch - 2 - unsent_tries(call))


def life(call: Call) -> tuple[float, float]:
    """Return when the call came into the line and when it had come to its end, as Unix times."""
    return call.queued_at.timestamp(), _unix(call.settled_at, time.time())


def _replaced(call: Call) -> QuerySet[Call]:
    """The calls in whose place this one stands: they were answered that they cost nothing."""
    return Call.objects.select_related("generation", "endpoint").filter(
        generation=call.generation_id, position=call.position, outcome=CallOutcome.REPEATED
    )


def _words(call: Call) -> Iterator[str]:
    return (word for word in _WORD.findall(call.generation.prompt) if word not in _HARMLESS)


def _reaches(fired: Fired, since: float, until: float) -> bool:
    return since - _BLINK < fired.at + _LASTS.get(fired.action, 0.0) and fired.at < until + _BLINK


def _unix(moment: datetime | None, otherwise: float) -> float:
    return moment.timestamp() if moment else otherwise
