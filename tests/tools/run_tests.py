"""`make test`: the suite on PostgreSQL, then again on SQLite without what the database cannot change."""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.services.plugin import summary

# Starting things takes processors, waiting for them does not: two processes pay off even on two cores.
PROCESSES = ("--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder")
RUNS = {
    "postgresql": (),
    # What never asks the database has been run, and pages look the same in a browser on either.
    "sqlite": ("-m", "sqlite and not browser and not either_database"),
}
# What browsers and whole studios do in time depends on what else the machine does. A few of their tests that
# failed are asked once more, alone. More than a few are no accident, and no other test gets a second turn.
MOST_ONCE_MORE = 3
DEPENDS_ON_THE_MACHINE = re.compile(r"tests/(e2e/|faults/test_fire|test_embedded|test_fresh_clone)")


def main(arguments: list[str]) -> int:
    total: Counter[str] = Counter()
    if os.environ.get("CI") and "STUDIO_TEST_DRAW" not in os.environ:
        os.environ["STUDIO_TEST_DRAW"] = str(random.randrange(10**6))
    if draw := os.environ.get("STUDIO_TEST_DRAW"):
        print(f"Of each browser test one variant is drawn; STUDIO_TEST_DRAW={draw} draws the same again.")
    statuses = [_run(database, [*options, *arguments], total) for database, options in RUNS.items()]
    print(f"Both runs: {total['tests']} tests passed; {summary(total)}")
    # A selection in ARGS may leave nothing for the second run.
    wrong = [
        status
        for status in statuses
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    ]
    return next(iter(wrong), 0 if total["tests"] else int(pytest.ExitCode.NO_TESTS_COLLECTED))


def _run(database: str, arguments: list[str], total: Counter[str]) -> int:
    begun = time.monotonic()
    status, failed = _pytest(database, [*PROCESSES, *arguments], total)
    if status == pytest.ExitCode.TESTS_FAILED and may_be_asked_once_more(failed):
        status, _ = _pytest(database, failed, total)
        came = "passed when asked alone" if status == pytest.ExitCode.OK else "failed again"
        print(f"UNSTEADY: failed beside others, then {came}: {', '.join(failed)}", flush=True)
    print(f"make test on {database}: {time.monotonic() - begun:.0f} s", flush=True)
    return status


def may_be_asked_once_more(failed: Sequence[str]) -> bool:
    """Whether what failed are a few tests, and only ones that a busy machine can disturb."""
    return 0 < len(failed) <= MOST_ONCE_MORE and all(map(DEPENDS_ON_THE_MACHINE.match, failed))


def _pytest(database: str, arguments: list[str], total: Counter[str]) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.json"
        environment = os.environ | {"STUDIO_TEST_DATABASE": database, "STUDIO_TEST_COUNTS": str(counts)}
        status = subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment).returncode
        told = json.loads(counts.read_text()) if counts.exists() else {"ran": {}, "failed": []}
    total.update(told["ran"])
    return status, told["failed"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
