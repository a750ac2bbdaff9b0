"""Puts an answer on the wire, in the manner the faults order, and says whether its last byte went out."""

from __future__ import annotations

import asyncio
import gzip
import math
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Receive, Send

PADDING = b" " * 2048 + b"\n"
PIECE = 256 * 1024

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outgoing:
    status: int
    body: bytes
    headers: Headers = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the bytes go out."""

    drop: bool = False
    drop_body: bool = False
    truncate: bool = False
    gzip: bool = False
    gzip_twice: bool = False
    endless: bool = False
    drip: float | None = None
    pad: float | None = None
    # Of a stream: seconds between comments while no frame is ready.
    ping: float | None = None


class Line:
    """The client's end of one request: knows when it hung up, and can be cut."""

    def __init__(self, receive: Receive, send: Send, cut: Callable[[], None]) -> None:
        self._send = send
        self._cut = cut
        # After the body was read, the only thing that is still to be received is the end of the connection.
        self._hung_up = asyncio.ensure_future(receive())

    @property
    def is_open(self) -> bool:
        return not self._hung_up.done()

    def close(self) -> None:
        self._hung_up.cancel()

    async def cut(self) -> None:
        self._cut()
        await self._hung_up

    async def start(self, status: int, headers: Headers) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, part: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": more})


async def deliver(outgoing: Outgoing, manner: Manner, line: Line) -> bool:
    """True when the last byte was handed over while the client was still there."""
    if manner.drop:
        await line.cut()
        return False
    body, headers = outgoing.body, outgoing.headers
    if manner.truncate:
        body = body[: len(body) * 2 // 3]
    for encoding in ("gzip, gzip",) if manner.gzip_twice else ("gzip",) if manner.gzip else ():
        for _ in encoding.split(","):
            body = gzip.compress(body, compresslevel=1)
        headers = (*headers, ("content-encoding", encoding))
    if not (manner.truncate or manner.endless):
        headers = (*headers, ("content-length", str(len(body))))
    await line.start(outgoing.status, headers)
    if manner.endless:
        return await write_for_ever(body[:1] + PADDING, PADDING, line)
    return await _write(body, manner, line)


async def write_for_ever(beginning: bytes, part: bytes, line: Line) -> bool:
    """Until the client has had enough; so nothing is ever delivered."""
    await line.write(beginning, more=True)
    while line.is_open:
        await line.write(part, more=True)
        # The socket may take all there is without waiting once; other requests want their turn.
        await asyncio.sleep(0)
    return False


async def deliver_padded(work: asyncio.Future[Outgoing], manner: Manner, line: Line) -> bool:
    """Whitespace while the work goes on; whatever it comes to, the status has been 200 since the start."""
    await line.start(200, (("content-type", "application/json"), ("cache-control", "no-transform")))
    await line.write(PADDING, more=True)
    while not (await asyncio.wait({work}, timeout=manner.pad))[0]:
        await line.write(PADDING, more=True)
    body = work.result().body
    return await _write(body[: len(body) * 2 // 3] if manner.truncate else body, manner, line)


async def _write(body: bytes, manner: Manner, line: Line) -> bool:
    parts = _parts(body, manner)
    for place, part in enumerate(parts):
        if not line.is_open:
            return False
        if manner.drop_body and place >= len(parts) // 2:
            await line.cut()
            return False
        if manner.drip and place:
            await asyncio.sleep(manner.drip)
        # A write that meets a full socket waits there, so being past the last one means the bytes are out.
        await line.write(part, more=place < len(parts) - 1)
    return True


def _parts(body: bytes, manner: Manner) -> list[bytes]:
    size = max(1, math.ceil(len(body) / 10)) if manner.drip or manner.drop_body else PIECE
    return [body[start : start + size] for start in range(0, max(1, len(body)), size)]
