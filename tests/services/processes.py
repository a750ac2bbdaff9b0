"""Starts and ends the processes of a test, each in a session of its own so that none is left behind."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_TO_END = 10


@dataclass(slots=True)
class Running:
    """A process under way; ``command`` and ``environment`` start the same one again."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def signal(self, sign: signal.Signals) -> None:
        """Send the signal to the process and to every child of its session."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, sign)

    def kill(self) -> None:
        """End the process and its children at once, and return when none of them is there."""
        self.signal(signal.SIGKILL)
        self.process.wait()
        wait_for(lambda: not self._has_group(), f"the end of {self.name}")

    def end(self, seconds: float = SECONDS_TO_END) -> None:
        """Ask it to end, and end it when it does not."""
        self.signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()  # children that outlived it

    def _has_group(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


def start(
    name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path, user: str | None = None
) -> Running:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            extra_groups=[] if user else None,
        )
    return Running(name, command, environment, log, process)


def wait_for(
    condition: Callable[[], bool], what: str, *, running: Sequence[Running] = (), seconds: float = 30
) -> None:
    """Return once the condition holds; fail with the logs when time is up or a process has ended."""
    deadline = time.monotonic() + seconds
    while not condition():
        ended = [one for one in running if not one.is_alive]
        if ended or time.monotonic() > deadline:
            logs = "\n".join(
                f"--- {one.name} ---\n{one.log.read_text(errors='replace')[-4000:]}" for one in running
            )
            raise AssertionError(f"{what}: {'ended early' if ended else f'not within {seconds} s'}\n{logs}")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0
