"""What is to happen where: files that the stand writes and the first process that gets there takes away."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

# What a part of a stand reads in its environment.
ORDERS = "STAND_ORDERS"  # the folder of the orders
SWEEP = "STAND_SWEEP_SECONDS"
VISIBILITY = "STAND_VISIBILITY_SECONDS"
CLOCK = "STAND_CLOCK_SECONDS"  # by how much the clock of this process is wrong


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that happened."""

    point: str
    action: str
    call: str  # "" when the place knows of none
    pid: int
    at: float  # Unix time


class Orders:
    """A folder of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._record = folder / "fired.jsonl"

    def give(self, point: str, action: str, *, call: str = "", lasting: bool = False) -> None:
        """Order an action at a point: once, unless it is lasting; for one call, if one is named."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".draft-{os.getpid()}-{time.monotonic_ns()}"
        draft.write_text(json.dumps({"action": action, "lasting": lasting}))
        draft.replace(self._file(point, call))

    def withdraw(self, point: str, *, call: str = "") -> bool:
        """Take an order back; False when it has been carried out, or never was given."""
        try:
            self._file(point, call).unlink()
        except FileNotFoundError:
            return False
        return True

    def withdraw_all(self) -> None:
        for file in self._folder.glob("*@*"):
            file.unlink(missing_ok=True)

    def take(self, point: str, call: str) -> str:
        """Return the action that is due here, for this process alone, or ""."""
        for wanted in (call, "") if call else ("",):
            file = self._file(point, wanted)
            try:
                order = json.loads(file.read_text())
                if not order["lasting"]:
                    file.unlink()
            except FileNotFoundError:
                continue
            self.note(Fired(point, order["action"], call, os.getpid(), time.time()))
            return str(order["action"])
        return ""

    def note(self, fired: Fired) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._record.open("a") as record:  # short lines that are appended stay whole
            record.write(json.dumps(asdict(fired)) + "\n")

    def fired(self) -> Iterator[Fired]:
        if self._record.exists():
            for line in self._record.read_text().splitlines():
                yield Fired(**json.loads(line))

    def _file(self, point: str, call: str) -> Path:
        return self._folder / f"{point}@{call}"
