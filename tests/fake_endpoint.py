"""An images endpoint in a thread that answers what the test tells it to: a fake at the wire."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer; `drop` closes the connection without one.

    With `hold` it waits before it answers. The `rest` of the body follows when the test is `ready_for_rest`,
    and so many bytes as are `unsent` are announced and never come.
    """

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"
    drop: bool = False
    rest: bytes = b""
    ready_for_rest: threading.Event | None = None
    unsent: int = 0
    hold: threading.Event | None = None


@dataclass(slots=True)
class FakeEndpoint:
    """What it will answer, in order (the last one for ever), and what it was asked."""

    base_url: str
    answers: list[Scripted] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> Scripted:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def picture(*, size: tuple[int, int] = (64, 48), color: str = "teal", kind: str = "PNG") -> bytes:
    """A small real image."""
    stream = io.BytesIO()
    Image.new("RGB", size, color).save(stream, kind)
    return stream.getvalue()


def images(*pictures: bytes, **more: Any) -> Scripted:
    """A good answer with these pictures."""
    data = [{"b64_json": base64.b64encode(one).decode()} for one in pictures]
    return Scripted(body=json.dumps({"created": 1, "data": data, **more}).encode())


def error(status: int, *, headers: tuple[tuple[str, str], ...] = (), **fields: Any) -> Scripted:
    """An error in OpenAI's shape."""
    return Scripted(status=status, body=json.dumps({"error": fields}).encode(), headers=headers)


def streamed(*frames: bytes, **more: Any) -> Scripted:
    """An answer in events."""
    return Scripted(body=b"".join(frames), media_type="text/event-stream", **more)


def partial_frame(picture: bytes, *, index: int = 0) -> bytes:
    """The event of an unfinished image."""
    return _frame("image_generation.partial_image", picture, partial_image_index=index)


def completed_frame(picture: bytes) -> bytes:
    """The event of an image."""
    return _frame("image_generation.completed", picture, usage={"total_tokens": 7})


def _frame(kind: str, picture: bytes, **more: Any) -> bytes:
    event = {"type": kind, "b64_json": base64.b64encode(picture).decode(), "created_at": 1, **more}
    return f"event: {kind}\ndata: {json.dumps(event)}\n\n".encode()


MODERATION_BLOCKED = error(
    400,
    headers=(("x-request-id", "req_blocked"),),
    code="moderation_blocked",
    type="image_generation_user_error",
    message="Your request was rejected by the safety system. safety_violations=[sexual].",
    moderation_details={"moderation_stage": "input", "categories": ["sexual"]},
)


@contextmanager
def fake_endpoint() -> Iterator[FakeEndpoint]:
    """Serve on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    endpoint = FakeEndpoint(f"http://127.0.0.1:{server.server_port}/v1", answers=[images(picture())])
    server.endpoint = endpoint  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        endpoint: FakeEndpoint = self.server.endpoint  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        endpoint.asked.append(json.loads(body))
        endpoint.headers.append(dict(self.headers))
        answer = endpoint.next_answer()
        endpoint.arrived.set()
        if answer.hold is not None:
            answer.hold.wait(30)
        if answer.drop:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body + answer.rest) + answer.unsent))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        if answer.ready_for_rest is not None:
            answer.ready_for_rest.wait(30)
            self.wfile.write(answer.rest)
        self.close_connection |= bool(answer.unsent)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
