"""The real simulator, started as its own process, one per shape."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Simulator:
    process: subprocess.Popen[str]
    url: str
    client: httpx.Client

    def ask(self, prompt: str, *, call_id: str = "", key: str = "test-key", **fields: Any) -> httpx.Response:
        body = {"model": "gpt-image-1", "prompt": prompt, **fields}
        return self.post(
            {name: value for name, value in body.items() if value is not None}, call_id=call_id, key=key
        )

    def post(self, body: Any, *, call_id: str = "", key: str = "test-key") -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}", "X-Client-Request-Id": call_id}
        return self.client.post(f"{self.url}/v1/images/generations", json=body, headers=headers)

    def send(self, route: str, *, key: str = "test-key", call_id: str = "", **content: Any) -> httpx.Response:
        """`content` is what httpx takes: data and files for a form, json for the other form."""
        headers = {"Authorization": f"Bearer {key}", "X-Client-Request-Id": call_id}
        return self.client.post(f"{self.url}/v1/{route}", headers=headers, **content)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(self.url + path, headers={"Authorization": "Bearer test-key"})

    def rows(self, call_id: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get(f"/ledger?call_id={call_id}").json()["requests"]
        return rows

    def row(self, call_id: str, *, until: str = "finished_at") -> dict[str, Any]:
        """The one row of a call, once that column is filled."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            rows = self.rows(call_id)
            if rows and rows[-1][until] is not None:
                return rows[-1]
            time.sleep(0.02)
        raise AssertionError(f"{until} of {call_id} stayed empty")


def start(folder: Path, *options: str) -> Simulator:
    ledger = folder / "ledger.sqlite3"
    command = [sys.executable, "-m", "simulator", "--port", "0", "--ledger", str(ledger), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert " ready at http" in ready, process.communicate()
    # One client for all: making one reads the certificates anew, which costs more than most answers.
    return Simulator(process, ready.split(" ready at ")[1].split("/v1")[0], httpx.Client(timeout=20))


def stop(simulator: Simulator) -> tuple[int, str]:
    """The exit code, and everything it wrote to standard error."""
    simulator.client.close()
    simulator.process.terminate()
    _, errors = simulator.process.communicate(timeout=10)
    return simulator.process.returncode, errors


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    running = start(tmp_path_factory.mktemp("openai"), "--latency", "none")
    yield running
    assert stop(running) == (0, "")


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    running = start(
        tmp_path_factory.mktemp("new-api"), "--latency", "none", "--shape", "new-api", "--key", "sk-good"
    )
    yield running
    assert stop(running) == (0, "")


@pytest.fixture
def slow_endpoint(tmp_path: Path) -> Iterator[Simulator]:
    """One that a test may end itself."""
    running = start(tmp_path, "--latency", "30")
    yield running
    assert stop(running) == (0, "")
