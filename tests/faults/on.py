"""`python -m tests.faults.on postgresql|sqlite`: the cases on one database, as lines of JSON."""

import argparse
import json
import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import django

from tests.faults.stand import Stand, standing
from tests.faults.telling import tell

if TYPE_CHECKING:
    from tests.faults.cases import Case

logger = logging.getLogger(__name__)

DEVIATES = 3  # exit status, which no failure of Python's has

# Read when a stand has set the environment that Django's settings are read from.
SECTIONS = ("crash", "upstream", "network", "worker", "broker", "database", "storage", "clock")
_CRASH_POINTS = 15
_TOGETHER = 12  # cases that are under way at the same time


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing of the stand is left behind
    with standing(options.database) as stand:
        django.setup()
        chosen = _chosen(options)
        lines = list(_report(stand, chosen))
    return 0 if all(lines) else DEVIATES


def _report(stand: Stand, cases: Sequence["Case"]) -> Iterator[bool]:
    """Tell every case as it is over, and then what the promises came to; say of each whether it is right."""
    for line in run(stand, cases):
        yield _tell(*line)
    import_module("tests.faults.asking").drained(seconds=60)
    for name, violations in import_module("tests.faults.invariants").checked(stand).items():
        yield _tell(name, "all of the above", "none broken", "; ".join(violations) or "none broken", 0)


def run(stand: Stand, cases: Sequence["Case"]) -> Iterator[tuple[str, str, str, str, float]]:
    """Carry the cases out, those that stand each other in groups, and say what was seen."""
    gentle = [case for case in cases if not case.is_alone]
    for start in range(0, len(gentle), _TOGETHER):
        yield from _together(stand, gentle[start : start + _TOGETHER])
    for case in cases:
        if case.is_alone:
            yield from _together(stand, [case])


def _chosen(options: argparse.Namespace) -> list["Case"]:
    """Return the cases of the database: all, those that were named, or some drawn from the seed."""
    cases = [case for section in SECTIONS for case in import_module(f"tests.faults.cases_{section}").CASES]
    there = [case for case in cases if options.database in case.databases]
    if options.cases:
        return [case for case in there if case.number in options.cases]
    if options.some:
        quick = [case for case in there if case.number <= _CRASH_POINTS and not case.is_long]
        return random.Random(options.seed).sample(quick, options.some)
    return there


def _together(stand: Stand, cases: Sequence["Case"]) -> Iterator[tuple[str, str, str, str, float]]:
    begun = time.monotonic()
    handles = [_attempt(partial(case.inject, stand)) for case in cases]
    for case, (handle, failure) in zip(cases, handles, strict=True):
        seen, broken = (failure, "") if failure else _attempt(partial(case.see, stand, handle))
        yield (
            str(case.number),
            case.injected,
            " or ".join(case.expected),
            str(broken or seen),
            time.monotonic() - begun,
        )


def _attempt(step: Callable[[], Any]) -> tuple[Any, str]:
    """Return what the step gave, or else how it failed: one broken case must not hide the others."""
    try:
        return step(), ""
    except Exception as error:
        logger.exception("a case broke")
        return None, f"{type(error).__name__}: {error}"[:300]


def _tell(number: str, injected: str, expected: str, seen: str, seconds: float) -> bool:
    is_right = seen in expected.split(" or ")
    line = {
        "case": number,
        "injected": injected,
        "expected": expected,
        "seen": seen,
        "seconds": round(seconds, 1),
        "verdict": "ok" if is_right else "DEVIATES",
    }
    tell(json.dumps(line))
    return is_right


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("database", choices=("postgresql", "sqlite"))
    parser.add_argument(
        "--cases", default="", type=lambda text: [int(part) for part in text.split(",") if part]
    )
    parser.add_argument("--some", type=int, default=0, help="so many quick crash points, drawn from the seed")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
