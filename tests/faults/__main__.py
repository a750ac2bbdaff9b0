"""`make faults`: the table of faults on both databases; exit 1 where something deviates."""

import argparse
import json
import subprocess
import sys
import time

from tests.faults.not_here import NOT_HERE
from tests.faults.on import DEVIATES
from tests.faults.telling import tell

DATABASES = ("postgresql", "sqlite")
_WIDTHS = (5, 58, 52)  # of the columns, in letters


def main() -> int:
    options = _options()
    databases = (options.database,) if options.database else DATABASES
    begun = time.monotonic()
    statuses = [_run(database, options.cases) for database in databases]
    if not options.cases:
        tell("\nNot injected here:")
        for number, reason in NOT_HERE.items():
            tell(f"{number:>5}  {reason}")
    tell(
        f"\n{sum(ok for ok, _ in statuses)} as expected, {sum(bad for _, bad in statuses)} deviate, "
        f"{time.monotonic() - begun:.0f} s"
    )
    return 1 if any(bad for _, bad in statuses) else 0


def _run(database: str, cases: str) -> tuple[int, int]:
    """Print the table of one database; return how many lines are as expected, and how many deviate."""
    tell(f"\n{database}\n{_line('case', 'injected', 'expected', 'verdict')}")
    command = (sys.executable, "-m", "tests.faults.on", database, "--cases", cases)
    verdicts = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            seen = json.loads(line)
            verdicts.append(seen["verdict"] == "ok")
            tell(_line(seen["case"], seen["injected"], seen["expected"], seen["verdict"]))
            if not verdicts[-1]:
                tell(f"{'':7}seen: {seen['seen']}")
    # A run that broke off has told nothing of what it did not reach.
    broken_off = running.returncode not in (0, DEVIATES) or not verdicts
    if broken_off:
        tell(f"The run broke off with status {running.returncode}.")
    return sum(verdicts), len(verdicts) - sum(verdicts) + broken_off


def _line(*cells: str) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=False))
    return "  ".join((*padded, cells[-1]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults")
    parser.add_argument("--cases", default="", help="numbers of the table, with commas between them")
    parser.add_argument("--database", default="", choices=("", *DATABASES))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
