"""An answer as an event stream: partial images, completed events, and what can go wrong with them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulator import answers
from simulator.answers import Made
from simulator.bodies import Operation
from simulator.delivery import Line, Manner, write_for_ever
from simulator.drawing.encoding import half_done
from simulator.errors import JsonValue, Problem
from simulator.jobs import Job
from simulator.options import Shape
from simulator.pages import page_of
from simulator.usage import usage_of

HEADERS = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"))
PING = b": PING\n\n"
DONE = b"data: [DONE]\n\n"
# No beginning of any image.
GARBAGE = b"".join(hashlib.sha256(bytes([place])).digest() for place in range(64))

# Frames on their way from the work to the line; None is the end.
Frames = asyncio.Queue[bytes | None]


def is_streamed(job: Job, shape: Shape) -> bool:
    """Else the answer is one document: nobody asked for a stream, or a fault comes before it."""
    if page_of(job.faults) is not None or any(name in job.faults for name in ("drop", "task")):
        return False
    is_asked = job.asked.partials is not None and "no-stream" not in job.faults
    return is_asked or "stream" in job.faults or is_fabricated(job, shape)


def is_fabricated(job: Job, shape: Shape) -> bool:
    """The gateway got one document from the vendor and makes a stream of it, in words of its own."""
    ignored = shape is Shape.NEW_API and (not job.asked.family.streams or "no-stream" in job.faults)
    return "fabricated" in job.faults or (ignored and job.asked.partials is not None)


def partials_of(job: Job, shape: Shape) -> int:
    """How many partial images of each image are sent."""
    if is_fabricated(job, shape):
        return 0
    ordered = job.faults.number("partials")
    return job.asked.partials or 0 if ordered is None else int(ordered)


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes the frames of one job."""

    job: Job
    shape: Shape
    link_to: Callable[[bytes], str]

    def partial(self, content: bytes, step: int) -> bytes:
        asked = self.job.asked
        if "bad-partials" in self.job.faults:
            drawn = GARBAGE
        else:
            drawn = half_done(content, step, asked.output_format, asked.compression)
        payload = answers.base64_of(drawn)
        return self._frame("partial_image", {"b64_json": payload, "partial_image_index": step})

    def completed(self, made: Made, place: int) -> bytes:
        item = answers.item_of(self.job.asked, self.job.faults, made, place, self.link_to)
        fields = item if isinstance(item, dict) else {"url": item}
        if is_fabricated(self.job, self.shape):
            return self._made_up({name: value for name, value in fields.items() if value})
        return self._frame("completed", {**fields, "usage": self._usage()})

    def failed(self, problem: Problem) -> bytes:
        """What ends a stream that began well. The gateway lets it pass as it is."""
        error: dict[str, JsonValue] = {
            "type": problem.type,
            "code": problem.code,
            "message": problem.message,
            "param": problem.param,
        }
        if "error-200" in self.job.faults:
            return _written(None, {"error": error})
        return _written("error", {"type": "error", "error": error})

    def _frame(self, name: str, fields: dict[str, JsonValue]) -> bytes:
        asked = self.job.asked
        subject = "image_generation" if asked.operation is Operation.GENERATIONS else "image_edit"
        body: dict[str, JsonValue] = {
            "type": f"{subject}.{name}",
            "created_at": int(time.time()),
            "size": f"{asked.size[0]}x{asked.size[1]}",
            "quality": asked.quality,
            "background": "transparent" if asked.is_transparent else "opaque",
            "output_format": asked.output_format,
            **fields,
        }
        return _written(f"{subject}.{name}", body)

    def _made_up(self, fields: dict[str, JsonValue]) -> bytes:
        name = "image_generation.completed"
        body: dict[str, JsonValue] = {"type": name, "created_at": int(time.time()), **fields}
        if self.job.asked.family.counts_tokens:
            usage = self._usage()
            names = {"prompt_tokens": usage["input_tokens"], "completion_tokens": usage["output_tokens"]}
            body["usage"] = {**usage, **names}
        return _written(name, body)

    def _usage(self) -> dict[str, JsonValue]:
        usage = usage_of(self.job.asked, images=1, partials=partials_of(self.job, self.shape))
        return {name: dict(value) if isinstance(value, dict) else value for name, value in usage.items()}


def last_frames(job: Job, shape: Shape) -> Iterator[bytes]:
    """The vendor's own stream just ends; the gateway's has a last word."""
    if "done" in job.faults or (is_fabricated(job, shape) and "no-done" not in job.faults):
        yield DONE


async def deliver_stream(frames: Frames, manner: Manner, line: Line) -> bool:
    """True when the last byte went to a client that was still there. Takes every frame either way."""
    packer = zlib.compressobj(1, wbits=31) if manner.gzip else None
    headers = (*HEADERS, ("content-encoding", "gzip")) if packer else HEADERS
    await line.start(200, headers)
    # One frame is held back when the last is to be spoiled, since only the end tells which is the last.
    holds, held = manner.truncate or manner.drop_body, b""
    while (frame := await _next(frames, manner, line)) is not None:
        await _write(held if holds else frame, manner, line, packer)
        held = frame
    if holds:
        await _write(held[: len(held) // 2], manner, line, packer)
    if manner.endless:
        return await write_for_ever(b"", PING, line)
    if manner.drop_body and line.is_open:
        await line.cut()
        return False
    if not line.is_open:
        return False
    await line.write(packer.flush() if packer else b"", more=False)
    return True


async def _next(frames: Frames, manner: Manner, line: Line) -> bytes | None:
    while manner.ping is not None:
        try:
            return await asyncio.wait_for(frames.get(), manner.ping)
        except TimeoutError:
            await _write(PING, Manner(), line, None)
    return await frames.get()


async def _write(frame: bytes, manner: Manner, line: Line, packer: zlib._Compress | None) -> None:
    pieces = max(1, -(-len(frame) // 10)) if manner.drip else max(1, len(frame))
    for start in range(0, len(frame), pieces):
        if not line.is_open:
            return
        if manner.drip and start:
            await asyncio.sleep(manner.drip)
        piece = frame[start : start + pieces]
        if packer is not None:
            piece = packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
        await line.write(piece, more=True)


def _written(name: str | None, body: dict[str, JsonValue]) -> bytes:
    event = f"event: {name}\n" if name else ""
    return f"{event}data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
