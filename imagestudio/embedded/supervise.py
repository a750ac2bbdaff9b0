"""Runs the parts side by side until one ends or the person ends them all."""

import logging
import re
import shlex
import threading
from collections.abc import Callable, Mapping, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from honcho import manager as honcho
from honcho.printer import Message

from imagestudio.embedded.options import ROOT
from imagestudio.embedded.parts import Part

# The whole end must fit into ten seconds, with the redis-server after the parts.
SECONDS_TO_END = 6
LOG_BYTES = 5_000_000

_SERIOUS = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")
_STOPPED = re.compile(r"(?P<part>\w+) stopped \(rc=(?P<status>-?\d+)\)")


def run(
    parts: Sequence[Part],
    *,
    environment: Mapping[str, str],
    log_folder: Path,
    once_started: Callable[[], None],
) -> int:
    """Return 0 when the person ended the studio and 1 when a part ended by itself."""
    honcho.KILL_WAIT = SECONDS_TO_END
    output = Output(log_folder, once_started)
    manager = Manager(output)
    for part in parts:
        if part.after:
            part.after.unlink(missing_ok=True)  # from the last run
        manager.add_process(part.name, shell_command(part), env=dict(environment), cwd=str(ROOT))
    manager.loop()
    if manager.ended_by_person:
        return 0
    print(
        f"studio: {output.first_to_stop} ended by itself, so everything was ended; "
        f"{log_folder / output.first_to_stop}.log says why."
    )
    return 1


def shell_command(part: Part) -> str:
    """Return the line that a shell runs for a part: it waits for what must be there first, and becomes it."""
    wait = f"until [ -e {shlex.quote(str(part.after))} ]; do sleep 0.1; done; " if part.after else ""
    return f"{wait}exec {shlex.join(part.command)}"


class Manager(honcho.Manager):
    """Honcho's loop; it learns a part's process only after the start, and a signal may come before that."""

    ended_by_person = False

    def terminate(self) -> None:
        # Honcho sets the status before it calls this for a signal, and never to these two otherwise.
        self.ended_by_person = self.ended_by_person or self.returncode in (130, 143)
        if self._all_started():
            super().terminate()
        else:
            threading.Timer(0.1, self.terminate).start()


class Output:
    """Where honcho prints: each part to its own log, and to the terminal what is serious."""

    width = 0  # honcho writes its column width here

    def __init__(self, folder: Path, once_started: Callable[[], None]) -> None:
        self.first_to_stop = ""
        self._folder = folder
        self._once_started: Callable[[], None] | None = once_started
        self._logs: dict[str, RotatingFileHandler] = {}

    def write(self, message: Message) -> None:
        if self._once_started:  # honcho writes its first line when every part is started
            threading.Thread(target=self._once_started, daemon=True).start()
            self._once_started = None
        text = message.data if isinstance(message.data, str) else message.data.decode(errors="replace")
        for line in text.splitlines():
            self._log_of(message.name).emit(logging.LogRecord("", 0, "", 0, line, None, None))
            self._show(message.name, line)

    def _show(self, name: str, line: str) -> None:
        stopped = _STOPPED.fullmatch(line.strip()) if name == "system" else None
        if stopped:
            self.first_to_stop = self.first_to_stop or stopped["part"]
        elif _SERIOUS.search(line):
            print(f"{name}: {line}", flush=True)

    def _log_of(self, name: str) -> RotatingFileHandler:
        if name not in self._logs:
            file = self._folder / f"{name}.log"
            self._logs[name] = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
        return self._logs[name]
