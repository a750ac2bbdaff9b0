"""`make soak SECONDS=600 SEED=…`: chaos from a seed, then a count of what was lost or paid twice.

Everything is drawn from the seed: who asks for what, and what breaks when. When the processes get to what
was drawn is up to the machine.
"""

import argparse
import random
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import django
import redis

from tests.faults.stand import Stand, standing
from tests.faults.telling import tell

_PROMPTS = (
    # What is asked, and how often among a hundred.
    ("a cat [[plain]]", 60),
    ("a cat [[plain]] [[slow:2]]", 12),
    ("a cat [[plain]] [[slow:6]]", 4),
    ("a cat [[plain]] [[once:status:429]] [[retry-after:1]]", 4),
    ("a cat [[block:sexual]]", 4),
    ("a cat [[plain]] [[url]]", 4),
    ("a cat [[plain]] [[drop]]", 3),
    ("a cat [[plain]] [[truncate]]", 3),
    ("a cat [[plain]] [[html:524]]", 3),
    ("a cat [[plain]] [[fewer:1]]", 3),
)
_AT_POINTS = (
    *("claimed", "marked-sent", "in-body", "body-synced", "spooled", "received", "settling", "decoding"),
    *(
        "object-stored",
        "image-stored",
        "rows-written",
        "settled",
        "before-commit-sent",
        "before-commit-received",
    ),
)
_OPEN = 60  # calls that have not ended, at most, so that the end of the run is not a long wait
_DRAIN = 240.0  # seconds


class Soak:
    """One run on a stand."""

    def __init__(self, stand: Stand, *, seconds: float, seed: int, every: float) -> None:
        self._stand = stand
        self._seconds = seconds
        self._every = every
        self._random = random.Random(seed)
        self._asking: Any = import_module("tests.faults.asking")
        self._storage: Any = import_module("tests.faults.cases_storage")
        self._models: Any = import_module("generations.models")
        self.kills = 0
        people = import_module("tests.people")
        self._members = [people.make_member() for _ in range(8)]

    def run(self) -> None:
        end = time.monotonic() + self._seconds
        next_break = time.monotonic() + self._pause()
        while time.monotonic() < end:
            self._ask()
            if time.monotonic() > next_break:
                self._break()
                next_break = time.monotonic() + self._pause()
        self._stand.orders.withdraw_all()

    def _pause(self) -> float:
        return self._random.uniform(20, 45) * self._every

    def _ask(self) -> None:
        if (
            self._asking.look(self._models.Call.objects.exclude(status__in=("settled", "unknown")).count)
            > _OPEN
        ):
            time.sleep(0.2)
            return
        prompt = self._random.choices([text for text, _ in _PROMPTS], [often for _, often in _PROMPTS])[0]
        fields = {"n": self._random.choice((1, 1, 1, 2, 4)), "member": self._random.choice(self._members)}
        if self._random.random() < 0.15:
            fields |= {"model": "dall-e-3"}  # so many calls of one image
        self._asking.look(lambda: self._asking.ask(self._stand, prompt, **fields))
        time.sleep(self._random.uniform(0, 0.1))

    def _break(self) -> None:
        breaks: list[Callable[[], None]] = [self._kill] * 6 + [self._die_somewhere] * 8 + [self._end] * 2
        breaks += [self._flush, self._restart_redis, self._lose_storage, self._cut_endpoint]
        if self._stand.database == "postgresql":
            breaks += [self._restart_database, self._end_sessions]
        self._random.choice(breaks)()

    def _kill(self) -> None:
        self._stand.kill(self._random.choice([*self._stand.calls, self._stand.images]))
        self.kills += 1

    def _die_somewhere(self) -> None:
        self._stand.orders.give(self._random.choice(_AT_POINTS), "kill")
        self.kills += 1

    def _end(self) -> None:
        self._random.choice([*self._stand.calls, self._stand.images]).signal(signal.SIGTERM)

    def _flush(self) -> None:
        with redis.Redis.from_url(self._stand.environment["REDIS_URL"]) as broker:
            broker.flushall()

    def _restart_redis(self) -> None:
        self._stand.kill_redis()
        time.sleep(1)
        self._stand.start_redis()

    def _lose_storage(self) -> None:
        with self._storage.storage_away(self._stand, "refuse"):
            time.sleep(3)

    def _cut_endpoint(self) -> None:
        with self._stand.disturbed("endpoint"):
            self._stand.endpoint_wire.cut()

    def _restart_database(self) -> None:
        with self._stand.disturbed("database"):
            self._stand.restart_postgresql(away=1)

    def _end_sessions(self) -> None:
        with self._stand.disturbed("database"):
            self._stand.end_sessions()


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing of the stand is left behind
    tell(f"seed {options.seed}, {options.seconds:.0f} s on {options.database}")
    with standing(options.database, calls_threads=4, latency=options.latency) as stand:
        django.setup()
        soak = Soak(stand, seconds=options.seconds, seed=options.seed, every=options.every)
        soak.run()
        import_module("tests.faults.asking").drained(seconds=_DRAIN)
        return _report(stand, soak, options)


def _report(stand: Stand, soak: Soak, options: argparse.Namespace) -> int:
    broken = import_module("tests.faults.invariants").checked(stand)
    calls = import_module("generations.models").Call.objects.count()
    fired = [one for one in stand.orders.fired() if one.action == "kill"]
    tell(
        f"seed {options.seed}, {options.database}: {calls} calls, {len(fired)} kills, "
        f"{len(stand.disturbances)} outages; "
        f"{sum(len(broken[name]) for name in ('I2', 'I3', 'I4'))} lost, {len(broken['I1'])} paid twice, "
        f"{len(broken['I5'])} unattributed"
    )
    for name, violations in broken.items():
        for violation in violations:
            tell(f"  {name}: {violation}")
    return 1 if any(broken.values()) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--every", type=float, default=1.0, help="times 20 to 45 seconds between two faults")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that the endpoint works")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
