"""`python -m tests.faults.on postgresql|sqlite`: the cases on one database, as lines of JSON."""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import django

from tests.faults.stand import Stand, standing

if TYPE_CHECKING:
    from tests.faults.cases import Case

# Read when a stand has set the environment that Django's settings are read from.
SECTIONS = ("crash", "upstream", "network", "worker", "broker", "database", "storage", "clock")
_TOGETHER = 12  # cases that are under way at the same time


def main() -> int:
    options = _options()
    with standing(options.database) as stand:
        django.setup()
        chosen = [
            case
            for section in SECTIONS
            for case in import_module(f"tests.faults.cases_{section}").CASES
            if options.database in case.databases and (not options.cases or case.number in options.cases)
        ]
        is_right = all([_tell(*line) for line in run(stand, chosen)])
        invariants = import_module("tests.faults.invariants")
        for name, violations in invariants.checked(stand).items():
            is_right &= _tell(name, "all of the above", "none broken", "; ".join(violations) or "none broken", 0)
    return 0 if is_right else 1


def run(stand: Stand, cases: Sequence["Case"]) -> Iterator[tuple[str, str, str, str, float]]:
    """Carry the cases out, those that stand each other in groups, and say what was seen."""
    gentle = [case for case in cases if not case.is_alone]
    for start in range(0, len(gentle), _TOGETHER):
        yield from _together(stand, gentle[start : start + _TOGETHER])
    for case in cases:
        if case.is_alone:
            yield from _together(stand, [case])


def _together(stand: Stand, cases: Sequence["Case"]) -> Iterator[tuple[str, str, str, str, float]]:
    begun = time.monotonic()
    handles = [_attempt(lambda case=case: case.inject(stand)) for case in cases]  # type: ignore[misc]
    for case, (handle, failure) in zip(cases, handles, strict=True):
        seen, broken = (failure, "") if failure else _attempt(lambda: case.see(stand, handle))  # noqa: B023
        yield (
            str(case.number),
            case.injected,
            " or ".join(case.expected),
            str(broken or seen),
            time.monotonic() - begun,
        )


def _attempt(step):  # type: ignore[no-untyped-def]
    try:
        return step(), ""
    except Exception as error:
        traceback.print_exc()
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
    print(json.dumps(line), flush=True)
    return is_right


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("database", choices=("postgresql", "sqlite"))
    parser.add_argument("--cases", default="", type=lambda text: [int(part) for part in text.split(",") if part])
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
