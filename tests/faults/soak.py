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
    ("a cat [[plain]]", 58),
    ("a cat in lingerie [[plain]]", 2),  # stopped by the check before sending
    ("a cat in a gunfight [[plain]]", 2),  # flagged by it, and sent
    ("a cat [[plain]] [[slow:1]]", 12),
    ("a cat [[plain]] [[slow:5]]", 4),
    ("a cat [[plain]] [[once:status:429]] [[retry-after:1]]", 4),
    ("a cat [[plain]] [[block:sexual]]", 3),
    ("a cat [[plain]] [[url]]", 3),
    ("a cat [[plain]] [[drop]]", 3),
    ("a cat [[plain]] [[truncate]]", 3),
    ("a cat [[plain]] [[html:524]]", 3),
    ("a cat [[plain]] [[fewer:1]]", 3),
)
_SMALL = {"model": "dall-e-2", "size": "256x256"}  # so that what is counted is calls, and not pixels
_KINDS = ((_SMALL, 92), ({"model": "dall-e-3"}, 4), ({"model": "gpt-image-2"}, 4))
_AT_POINTS = (
    *(
        "claimed",
        "checked",
        "marked-sent",
        "in-body",
        "body-synced",
        "spooled",
        "received",
        "settling",
        "decoding",
    ),
    *("object-stored", "image-stored", "rows-written", "settled"),
    *("before-commit-claimed", "before-commit-sent", "before-commit-received", "before-commit-settled"),
)
_THRESHOLDS = {"sexual": 0.5}  # of the check before sending
_MEMBERS = 24
_AT_ONCE = 64  # calls that the endpoint takes
_OPEN = 160  # calls that have not ended, at most, so that the end of the run is not a long wait
_BETWEEN = 12  # requests of members between two faults, at least: a slow machine must not do nothing but die
_DRAIN = 400.0  # seconds


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
        self._submission: Any = import_module("generations.submission")
        people = import_module("tests.people")
        self._members = [people.make_member() for _ in range(_MEMBERS)]
        self._asked: list[Any] = []
        self._asked_since = 0
        self.breaks: dict[str, int] = {}

    def run(self) -> None:
        self._asking.main_endpoint()
        self._models.Endpoint.objects.update(calls_at_once=_AT_ONCE)
        self._asking.check_before_sending(_THRESHOLDS)
        end = time.monotonic() + self._seconds
        next_break = time.monotonic() + self._pause()
        while time.monotonic() < end:
            self._ask()
            if time.monotonic() > next_break and self._asked_since >= _BETWEEN:
                self._break()
                next_break, self._asked_since = time.monotonic() + self._pause(), 0
        self._stand.orders.withdraw_all()

    def _pause(self) -> float:
        return self._random.uniform(20, 45) * self._every

    def _ask(self) -> None:
        calls = self._models.Call.objects.exclude(status__in=("settled", "unknown"))
        if (room := _OPEN - self._asking.look(calls.count)) <= 0:
            time.sleep(0.1)
            return
        for _ in range(min(room, 8)):
            prompt = self._drawn(_PROMPTS)
            fields = {
                "n": self._random.choice((1, 1, 1, 1, 2, 4)),
                "member": self._random.choice(self._members),
            }
            asked = self._asking.ask(self._stand, prompt, **fields, **self._drawn(_KINDS))
            self._asked = [*self._asked[-20:], asked]
            self._asked_since += 1
            if self._random.random() < 0.03:
                self._change_a_mind()

    def _drawn(self, choices: Any) -> Any:
        return self._random.choices([what for what, _ in choices], [often for _, often in choices])[0]

    def _change_a_mind(self) -> None:
        """Somebody cancels what waits, runs or has ended, and keeps what still comes, or does not."""
        generation, keep = self._random.choice(self._asked), self._random.random() < 0.5
        self._asking.look(lambda: self._submission.cancel(generation, keep=keep))

    def _break(self) -> None:
        breaks: list[Callable[[], None]] = [self._kill] * 7 + [self._die_somewhere] * 8
        breaks += [self._end, self._stop_somewhere, self._flush, self._restart_redis]
        breaks += [self._lose_storage, self._cut_endpoint, self._step_clock]
        if self._stand.database == "postgresql":
            breaks += [self._restart_database, self._end_sessions]
        chosen = self._random.choice(breaks)
        name = chosen.__name__.strip("_").replace("_", " ")
        self.breaks[name] = self.breaks.get(name, 0) + 1
        chosen()

    def _kill(self) -> None:
        self._stand.kill(self._random.choice(self._stand.workers))

    def _die_somewhere(self) -> None:
        self._stand.orders.give(self._random.choice(_AT_POINTS), "kill")

    def _stop_somewhere(self) -> None:
        self._stand.orders.give(self._random.choice(_AT_POINTS), "stop")

    def _end(self) -> None:
        self._stand.tell_to_end(self._random.choice(self._stand.workers))

    def _flush(self) -> None:
        with redis.Redis.from_url(self._stand.environment["REDIS_URL"]) as broker:
            broker.flushall()

    def _restart_redis(self) -> None:
        with self._stand.disturbed("redis"):
            self._stand.kill_redis()
            time.sleep(1)
            self._stand.start_redis()

    def _lose_storage(self) -> None:
        with self._storage.storage_away(self._stand, "refuse"):
            time.sleep(3)

    def _cut_endpoint(self) -> None:
        with self._stand.disturbed("endpoint"):
            self._stand.endpoint_wire.cut()

    def _step_clock(self) -> None:
        """Ten minutes pass at once for the leases of all that is in flight."""
        with self._stand.disturbed("clock"):
            self._asking.look(import_module("tests.faults.cases_clock").let_leases_end)

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
    environment = {"IMAGES_MODELS": "gpt-image-2,dall-e-3,dall-e-2"}
    with standing(
        options.database,
        calls_threads=8,
        images_workers=2,
        latency=options.latency,
        environment=environment,
    ) as stand:
        django.setup()
        soak = Soak(stand, seconds=options.seconds, seed=options.seed, every=options.every)
        soak.run()
        import_module("tests.faults.asking").drained(seconds=_DRAIN)
        return int(import_module("tests.faults.counting").report(stand, soak.breaks, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--every", type=float, default=1.0, help="times 20 to 45 seconds between two faults")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that the endpoint works")
    parser.add_argument("--list", default="", help="a file for every unknown and every retry, with its fault")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
