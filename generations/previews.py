"""Pictures of a call that is still being made: in Redis, for minutes, and never a result.

    the pool that waits       offer()    the newest bytes of a call, as they came
    the pool that computes    take()     the same bytes, once
                              show()     the small picture that was made of them
    pages                     newest()   which calls have a picture
                              picture()  the picture

Without Redis there are no previews, and nothing else changes. What is kept is bounded whatever endpoints
send, because the doorbells need the same Redis: bytes have a few places for all calls together, and of every
call only the newest picture is there.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import redis

from generations import live

logger = logging.getLogger(__name__)

MOST_BYTES = 8_000_000  # of one partial image; an honest one of the largest size has three to six million
_PLACES = 8  # 64 MB at most; calls that meet in one place lose a preview, not more
_OFFERED = 120  # seconds; whoever makes pictures is a second behind, or has more urgent things to do
_SHOWN = 600  # seconds; the next one comes sooner, or the call ends
_LOOK_AWAY = 10.0  # seconds without asking, when a page had to wait for a Redis that hangs


@dataclass(frozen=True, slots=True)
class Partial:
    """An unfinished picture: of `of` that were asked for each image, with its `index` from 0.

    The `number` counts those of the call from 1. It is the same as the index where a call makes one image.
    """

    number: int
    index: int
    of: int
    data: bytes = field(default=b"", repr=False)


class _Sight:
    """Whether pages ask at all: a Redis that hangs may cost one page half a second, not every tile."""

    closed_until = 0.0  # on the monotonic clock


def offer(call_id: UUID, partial_image: Partial) -> bool:
    """Keep the bytes for whoever makes the picture, in place of older ones; False when Redis is away."""
    key = _place(call_id)
    client: Any = live.impatient_redis()
    try:
        with client.pipeline() as together:
            together.delete(key)
            together.hset(key, mapping={"call": call_id.hex, **_fields(partial_image)})
            together.expire(key, _OFFERED)
            together.execute()
    except redis.RedisError:
        logger.warning("previews: Redis is out of reach")
        return False
    return True


def take(call_id: UUID) -> Partial | None:
    """Return the bytes that were offered of a call, once; None when another call has their place by now."""
    key = _place(call_id)
    client: Any = live.impatient_redis()
    try:
        if client.hget(key, "call") != call_id.hex.encode():
            return None
        with client.pipeline() as together:
            together.hgetall(key)
            together.delete(key)
            found: dict[bytes, bytes] = together.execute()[0]
    except redis.RedisError:
        return None
    values = [found.get(name) for name in (b"number", b"index", b"of", b"data")]
    return _partial(values) if found.get(b"call") == call_id.hex.encode() else None


def show(call_id: UUID, partial_image: Partial) -> bool:
    """Let pages have the picture; False when a newer one is there already, or Redis is not."""
    key = _key(call_id)
    client: Any = live.impatient_redis()
    try:
        if int(client.hget(key, "number") or 0) >= partial_image.number:
            return False
        with client.pipeline() as together:
            together.hset(key, mapping=_fields(partial_image))
            together.expire(key, _SHOWN)
            together.execute()
    except redis.RedisError:
        return False
    return True


def newest(call_ids: Iterable[UUID]) -> Mapping[UUID, Partial]:
    """Return, without their bytes, the newest pictures of those calls that have one."""
    asked = list(call_ids)
    if not asked or time.monotonic() < _Sight.closed_until:
        return {}
    try:
        with live.impatient_redis().pipeline(transaction=False) as together:
            for call_id in asked:
                together.hmget(_key(call_id), "number", "index", "of")
            found = together.execute()
    except redis.RedisError:
        _Sight.closed_until = time.monotonic() + _LOOK_AWAY
        return {}
    known = {call_id: _partial([*values, b""]) for call_id, values in zip(asked, found, strict=True)}
    return {call_id: partial_image for call_id, partial_image in known.items() if partial_image}


def picture(call_id: UUID) -> bytes | None:
    """Return the newest picture of a call, a WebP; None when there is none, or no Redis."""
    client: Any = live.impatient_redis()
    try:
        data: bytes | None = client.hget(_key(call_id), "data")
    except redis.RedisError:
        return None
    return data


def forget(call_id: UUID) -> None:
    """Take away what is shown of a call that has ended; what cannot be taken away goes by itself."""
    try:
        live.impatient_redis().delete(_key(call_id))
    except redis.RedisError:
        logger.warning("previews: Redis is out of reach")


def _fields(partial_image: Partial) -> dict[str, Any]:
    names = ("number", "index", "of", "data")
    return {name: getattr(partial_image, name) for name in names}


def _partial(values: list[bytes | None]) -> Partial | None:
    number, index, of, data = values
    if number is None or index is None or of is None or data is None:
        return None
    return Partial(number=int(number), index=int(index), of=int(of), data=data)


def _key(call_id: UUID) -> str:
    return f"studio:preview:{call_id.hex}"


def _place(call_id: UUID) -> str:
    return f"studio:partial:{call_id.int % _PLACES}"
