"""A few crash points, other ones at every run; `make faults` knows all of them."""

import json
import os
import random
import subprocess
import sys

import pytest

from tests.faults.not_here import NOT_HERE
from tests.services.processes import ROOT

_CASES = 8
_DATABASE = "sqlite" if os.environ["DATABASE_URL"].startswith("sqlite") else "postgresql"


@getattr(pytest.mark, _DATABASE)  # type: ignore[untyped-decorator]
def test_a_few_faults_of_the_table_end_as_promised(capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.SystemRandom().randrange(10**6)
    command = (sys.executable, "-m", "tests.faults.on", _DATABASE, "--seed", str(seed), "--some", str(_CASES))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    with capsys.disabled():
        drawn = ", ".join(f"{line['case']} {line['injected']}" for line in lines[:_CASES])
        sys.stdout.write(f"\nfire: seed {seed} on {_DATABASE}: {drawn}\n")

    assert [line for line in lines if line["verdict"] != "ok"] == []
    assert len(lines) > _CASES, done.stderr[-4000:]


def test_what_cannot_be_injected_here_has_a_reason() -> None:
    assert all(reason.endswith(".") for reason in NOT_HERE.values())
