"""`python -m tests.faults.recovery`: how soon work goes on after a kill, without Redis, and behind a crowd.

With the lease and the sweep of production; every figure is read from the rows, on the database's clock.
"""

import argparse
import signal
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import django
import redis

from tests.faults.orders import SWEEP
from tests.faults.stand import Stand, standing
from tests.faults.telling import tell

_LEASE = 30  # seconds
_RESUMES = 15.0  # seconds within which waiting work goes on
_CONSUMES = 30.0  # seconds within which doorbells are heard again
_CROWD = 500
_SLOT = 2  # seconds that a call of the crowd takes at the endpoint


@dataclass(frozen=True, slots=True)
class Figure:
    """Many measurements of one thing, in seconds."""

    what: str
    seconds: Sequence[float]
    bound: float
    others: str = ""  # ends that none of them may have

    @property
    def is_kept(self) -> bool:
        return bool(self.seconds) and max(self.seconds) <= self.bound and not self.others

    def __str__(self) -> str:
        middle, most = statistics.median(self.seconds), max(self.seconds)
        verdict = "ok" if self.is_kept else f"BROKEN {self.others}"
        return (
            f"{self.what:62}  {len(self.seconds):4}  {middle:6.1f}  {most:6.1f}  {self.bound:6.1f}  {verdict}"
        )


class Measuring:
    """A stand, and what is measured at it."""

    def __init__(self, stand: Stand, *, rounds: int) -> None:
        self._stand = stand
        self._rounds = rounds
        self._asking: Any = import_module("tests.faults.asking")
        self._models: Any = import_module("generations.models")
        self._people: Any = import_module("tests.people")
        self._submission: Any = import_module("generations.submission")
        self._models.Endpoint.objects.update(calls_at_once=1000)

    def figures(self) -> Iterator[Figure]:
        yield from self._kills()
        yield from self._restarts()
        yield from self._crowd()

    def _kills(self) -> Iterator[Figure]:
        """All calls workers die at once, with a call in each hand and more in the line, and are restarted."""
        resumed: list[float] = []
        crashed: list[tuple[Any, float]] = []
        for _ in range(self._rounds):
            hands = len(self._stand.calls)
            flying = [self._ask("a cat [[plain]] [[slow:120]]") for _ in range(hands)]
            self._wait(lambda flying=flying: self._are_sent(flying))
            waiting = [self._ask("a cat [[plain]]") for _ in range(hands)]
            killed = time.time()
            for part in self._stand.calls:
                self._stand.kill(part)
            self._wait(lambda waiting=waiting: self._are_over(waiting))
            resumed.append(min(self._claimed(one) for one in waiting) - killed)
            crashed += [(one, killed) for one in flying]
        self._wait(lambda: self._are_over([one for one, _ in crashed]))
        yield Figure("killed: waiting work is claimed again", resumed, _RESUMES)
        ends = {self._call(one).reason for one, _ in crashed} - {"worker_lost"}
        lost = [self._call(one).settled_at.timestamp() - killed for one, killed in crashed]
        what = f"killed: what was sent is unknown (lease of {_LEASE} s)"
        yield Figure(what, lost, _LEASE + _RESUMES, " ".join(sorted(ends)))

    def _restarts(self) -> Iterator[Figure]:
        """Redis restarts, calls are in flight, and the doorbell of another one lies there."""
        heard, done, statuses = [], [], set()
        for _ in range(2 * self._rounds):
            flying = self._ask(f"a cat [[plain]] [[slow:{_SLOT}]]")
            self._wait(lambda flying=flying: self._are_sent([flying]))
            self._stand.kill_redis()
            time.sleep(1)
            self._stand.start_redis()
            begun, asked_at = time.monotonic(), time.time()
            after = self._ask("a cat [[plain]]")
            self._wait(self._nothing_rings)
            heard.append(time.monotonic() - begun)
            self._wait(lambda both=(flying, after): self._are_over(both))
            done.append(self._call(after).settled_at.timestamp() - asked_at)
            statuses |= {self._status(one) for one in (flying, after)} - {"succeeded"}
        others = " ".join(sorted(statuses))
        yield Figure("Redis restarted: doorbells are taken from it again", heard, _CONSUMES)
        yield Figure("Redis restarted: a call asked for after it is settled", done, _CONSUMES, others)

    def _crowd(self) -> Iterator[Figure]:
        crowd = self._people.make_member()
        prompt = f"a cat [[plain]] [[slow:{_SLOT}]]"
        waiting = [self._ask(prompt, member=crowd) for _ in range(_CROWD)]
        begun = []
        for _ in range(self._rounds):
            newcomer = self._ask("a cat [[plain]]")
            self._wait(lambda newcomer=newcomer: self._are_over([newcomer]))
            call = self._call(newcomer)
            begun.append((call.claimed_at - call.queued_at).total_seconds())
        left = self._models.Call.objects.filter(member=crowd, status="queued").count()
        slots = [
            (call.received_at - call.claimed_at).total_seconds()
            for call in self._models.Call.objects.filter(member=crowd, received_at__isnull=False)
        ]
        for generation in waiting:
            self._submission.cancel(generation)
        self._wait(lambda: self._are_over(waiting))
        what = f"behind {_CROWD} of another ({left} still waited at the end): a call starts"
        yield Figure(what, begun, max(slots))

    def _ask(self, prompt: str, *, member: Any = None) -> Any:
        return self._asking.ask(self._stand, prompt, member=member, model="dall-e-2", size="256x256")

    def _wait(self, condition: Any) -> None:
        if not self._asking.wait_until(condition, seconds=300):
            raise TimeoutError("It did not come to its end in five minutes.")

    def _call(self, generation: Any) -> Any:
        return self._asking.only_call(generation)

    def _claimed(self, generation: Any) -> float:
        return float(self._call(generation).claimed_at.timestamp())

    def _status(self, generation: Any) -> str:
        return str(self._models.Generation.objects.get(pk=generation.pk).status)

    def _are_sent(self, generations: Iterable[Any]) -> bool:
        """Whether the endpoint is at work on all of them."""
        return all(self._asking.requests(self._stand.simulator, one.pk)[1] for one in generations)

    def _are_over(self, generations: Iterable[Any]) -> bool:
        wanted = [one.pk for one in generations]
        active = self._models.Generation.objects.filter(pk__in=wanted, status__in=("queued", "running"))
        return not active.exists()

    def _nothing_rings(self) -> bool:
        with redis.Redis.from_url(self._stand.environment["REDIS_URL"]) as broker:
            client: Any = broker
            return bool(client.llen("studio:calls") == 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.recovery")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--rounds", type=int, default=10, help="kills and newcomers; twice as many restarts")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing of the stand is left behind
    database = options.database
    environment = {
        "CALL_LEASE_SECONDS": str(_LEASE),
        "CALLS_AT_ONCE_PER_MEMBER": "8",
        "IMAGES_MODELS": "dall-e-2",
        SWEEP: "5",
    }
    tell(f"{database:62}     n     p50     max   bound")
    with standing(database, environment=environment, latency=0.2) as stand:
        django.setup()
        figures = []
        for figure in Measuring(stand, rounds=options.rounds).figures():
            tell(str(figure))
            figures.append(figure)
    return 0 if all(figure.is_kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
