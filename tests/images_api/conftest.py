"""What the tests of the client share."""

import json
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generations.images_api import Connection, Delivery, ImagesRequest, Spool

KEY = "sk-secret0123456789"
CALL = str(uuid.UUID(int=7))

Deliver = Callable[..., Delivery]
Measured = Callable[[], tuple[int, int]]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def asked() -> ImagesRequest:
    return ImagesRequest(model="gpt-image-2", prompt="a siamese cat", size="1024x1024")


@pytest.fixture
def connection() -> Connection:
    return Connection(base_url="https://images.example.com", api_key=KEY)


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Make a delivery of a body, as the spool would hold it."""

    def make(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Delivery:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        path = tmp_path / "answer.body"
        path.write_bytes(raw)
        return Delivery(
            call_id=CALL,
            status=status,
            headers=headers or {},
            request_id=(headers or {}).get("x-request-id", ""),
            seconds=1.0,
            received_at=1_800_000_000.0,
            body=path,
            body_bytes=len(raw),
        )

    return make


@pytest.fixture
def measured() -> Iterator[Measured]:
    """Tell the peak of what Python holds, and what the process has grown by."""
    Path("/proc/self/clear_refs").write_text("5")
    before = most_resident()
    tracemalloc.start()
    yield lambda: (tracemalloc.get_traced_memory()[1], most_resident() - before)
    tracemalloc.stop()


def most_resident() -> int:
    """The most memory that this process had since the mark was last reset, mapped files included."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
