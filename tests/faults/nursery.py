"""The parts of a stand as processes: started and killed in a moment, and back by themselves."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.services.processes import ROOT, wait_for


@dataclass(slots=True)
class Part:
    """A program of the stand; `pid` is the leader of its session."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    pid: int = 0
    is_wanted: bool = True

    @property
    def is_alive(self) -> bool:
        return self.pid != 0 and _is_there(self.pid)

    def signal(self, sign: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, sign)


class Nursery:
    """Forks parts from one process that has imported everything, and replaces those that end."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._lock = threading.Lock()
        self.parts: dict[str, Part] = {}
        self._is_over = threading.Event()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "tests.faults.armed", "nursery"),
                env=dict(environment),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self._tender = threading.Thread(target=self._tend, name="nursery", daemon=True)
        self._tender.start()

    def add(self, part: Part) -> Part:
        self.parts[part.name] = part
        return part

    def kill(self, part: Part) -> None:
        """End it and its children at once; it comes back by itself while it is wanted."""
        pid = part.pid
        part.signal(signal.SIGKILL)
        wait_for(lambda: not _is_there(pid), f"the end of {part.name}")

    def end(self, part: Part, seconds: float = 20) -> None:
        """Ask it to end and wait for that; it is not started again."""
        part.is_wanted = False
        with self._lock:
            pid = part.pid
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not _is_there(pid), f"the end of {part.name}", seconds=seconds)

    def close(self) -> None:
        self._is_over.set()
        self._tender.join()
        for part in self.parts.values():
            if part.pid:
                part.signal(signal.SIGCONT)
                part.signal(signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def _tend(self) -> None:
        while not self._is_over.wait(0.1):
            for part in list(self.parts.values()):
                with self._lock:
                    if part.is_wanted and not part.is_alive:
                        self._start(part)

    def _start(self, part: Part) -> None:
        if part.pid:
            part.signal(signal.SIGKILL)  # children that outlived it
        born = {"command": part.command, "environment": dict(part.environment), "log": str(part.log)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(born) + "\n")
        self._process.stdin.flush()
        part.pid = int(self._process.stdout.readline())


def _is_there(pid: int) -> bool:
    """Whether the process runs; one that has ended and is not buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the second when it ends while it is looked at
        return False


def wait_until_said(part: Part, word: str, *, times: int, seconds: float = 60) -> None:
    """Return when the log of the part has the word so many times."""
    wait_for(
        lambda: part.log.exists() and part.log.read_text(errors="replace").count(word) >= times,
        f"{part.name}: {word}",
        seconds=seconds,
    )
