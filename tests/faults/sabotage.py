"""`make faults-sabotage`: takes the engine's safeguards away, one at a time; a test must fail for each.

What is changed is a copy of the project. A safeguard that is not found where it is looked for counts as
unnoticed, so that this list keeps up with the code; and nothing is noticed by tests that fail anyway.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.telling import tell
from tests.services.processes import ROOT

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "__pycache__", ".*_cache", "screens", ".hypothesis"
)


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A safeguard, the text that it stands in, the text without it, and the tests that know of it."""

    safeguard: str
    file: str
    text: str
    without: str
    tests: tuple[str, ...]


_MOVES = ("tests/generations/test_moves.py", "tests/generations/test_moves_machine.py")
SABOTAGES = (
    Sabotage(
        "the epoch of a move",
        "generations/models/moves.py",
        "status=old, epoch=call.epoch).update(",
        "status=old).update(",
        _MOVES,
    ),
    Sabotage(
        "the WHERE of the claim",
        "generations/models/moves.py",
        "filter(pk=call.pk, status=old, epoch=call.epoch).update(",
        "filter(pk=call.pk).update(",
        _MOVES,
    ),
    Sabotage(
        "the flush of the body",
        "generations/images_api/spool.py",
        "        os.fsync(self._descriptor)\n",
        "",
        ("tests/faults/test_power_cut.py",),
    ),
    Sabotage(
        "the flush of the body's name",
        "generations/images_api/spool.py",
        "            os.fsync(folder)\n",
        "            pass\n",
        ("tests/faults/test_power_cut.py",),
    ),
    Sabotage(
        "the answer that lies here already",
        "generations/execution/calling.py",
        "    if kept is not None:\n",
        "    if kept is not None and not call.pk:\n",
        ("tests/generations/test_execution.py",),
    ),
    Sabotage(
        "the release of the sweep's lock",
        "generations/execution/alone.py",
        "fcntl.flock(file, fcntl.LOCK_UN)",
        "pass",
        ("tests/generations/test_lookout.py",),
    ),
    Sabotage(
        "the hands of a process",
        "generations/execution/worker.py",
        "is_free = _busy < _most",
        "is_free = True",
        ("tests/generations/test_lookout.py",),
    ),
    Sabotage(
        "the claim before an object",
        "generations/execution/settling.py",
        "        raise TakenOver\n",
        "        pass\n",
        ("tests/generations/test_execution.py",),
    ),
    Sabotage(
        "the second look before reaping",
        "generations/execution/sweeping.py",
        "if not Call.objects.abandoned().filter(pk=call.pk).exists():",
        "if call.pk is None:",
        ("tests/generations/test_execution.py",),
    ),
    Sabotage(
        "the wait for a held database",
        "generations/execution/sweeping.py",
        "if time.monotonic() - asked > settings.CALL_LEASE_SECONDS / 3:",
        "if asked < 0:",
        ("tests/generations/test_execution.py",),
    ),
    Sabotage(
        "the commit of `sent`",
        "generations/execution/calling.py",
        "on_sending=partial(_mark_sent, call)",
        "on_sending=lambda: None",
        ("tests/generations/test_execution.py",),
    ),
)


def main() -> int:
    every_test = sorted({test for sabotage in SABOTAGES for test in sabotage.tests})
    whole = _tested(ROOT, every_test)
    if whole.returncode != 0:
        tell(f"The tests fail already:\n{whole.stdout[-2000:]}")
        return 1
    unnoticed = [sabotage for sabotage in SABOTAGES if not _is_noticed(sabotage)]
    tell(f"{len(SABOTAGES) - len(unnoticed)} of {len(SABOTAGES)} noticed")
    return 1 if unnoticed else 0


def _is_noticed(sabotage: Sabotage) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "studio"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        file = copy / sabotage.file
        whole = file.read_text()
        if sabotage.text not in whole:
            tell(f"{sabotage.safeguard:32} NOT FOUND in {sabotage.file}")
            return False
        file.write_text(whole.replace(sabotage.text, sabotage.without))
        tests = _tested(copy, sabotage.tests)
    failed = next((line for line in tests.stdout.splitlines() if line.startswith("FAILED")), "")
    # Only status 1 says that a test failed; others say that pytest itself did.
    is_noticed = tests.returncode == 1 and bool(failed)
    tell(f"{sabotage.safeguard:32} {failed.removeprefix('FAILED ') if is_noticed else 'UNNOTICED'}")
    return is_noticed


def _tested(folder: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", *tests)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
