"""The simulator as a process of its own, as everybody runs it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.services.processes import Running, accepts, free_port, start, wait_for


@dataclass(frozen=True, slots=True)
class Simulator:
    base_url: str
    ledger: Path
    server: Running = field(repr=False)


@contextmanager
def simulator_server(folder: Path, *options: str) -> Iterator[Simulator]:
    simulator = start_simulator(folder, *options)
    try:
        yield simulator
    finally:
        simulator.server.end()


def start_simulator(folder: Path, *options: str) -> Simulator:
    port = free_port()
    ledger = folder / "simulator.sqlite3"
    command = (sys.executable, "-m", "simulator", "--port", str(port), "--ledger", str(ledger), *options)
    server = start("simulator", command, environment=os.environ, log=folder / "simulator.log")
    wait_for(lambda: accepts(port), "simulator", running=[server])
    return Simulator(f"http://127.0.0.1:{port}/v1", ledger, server)
