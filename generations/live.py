"""Version stamps in Redis: while they stand still, a page has nothing to fetch, and no table is read."""

import logging
import uuid
from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

# A stamp that Redis did not take is lost, and a page would stand still: after so long the database is asked.
_TRUSTED = 20  # seconds
_LINE = "studio:live:line"


def announce(member_id: int) -> None:
    """Give the member a new stamp, and the team's line, in which everybody's places may have moved.

    Without Redis pages compare the database's instead, so nothing is lost.
    """
    try:
        with impatient_redis().pipeline(transaction=False) as together:
            together.set(_key(member_id), uuid.uuid4().hex, ex=_TRUSTED)
            together.set(_LINE, uuid.uuid4().hex, ex=_TRUSTED)
            together.execute()
    except redis.RedisError:
        logger.warning("live stamps: Redis is out of reach")


def stamp(member_id: int, *, otherwise: Callable[[], str]) -> str:
    """Return the member's stamp; where Redis has none, what the database says, which is kept as the stamp.

    So the database is asked once in twenty seconds, and each time while Redis is away.
    """
    key = _key(member_id)
    try:
        value = impatient_redis().get(key)
        if isinstance(value, bytes):
            return value.decode()
    except redis.RedisError:
        return otherwise()
    asked = otherwise()
    try:
        # Only where still nothing is: whoever announces in the meantime knows more.
        impatient_redis().set(key, asked, ex=_TRUSTED, nx=True)
    except redis.RedisError:
        logger.warning("live stamps: Redis is out of reach")
    return asked


def line_stamp() -> str | None:
    """Return the stamp of the team's line; "" while nothing has moved for long, None when Redis is away."""
    try:
        value = impatient_redis().get(_LINE)
    except redis.RedisError:
        return None
    return value.decode() if isinstance(value, bytes) else ""


@cache
def impatient_redis() -> redis.Redis:
    """Return the client for what may be lost."""
    # Half a second at most: a page must never wait for a broker that hangs.
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def _key(member_id: int) -> str:
    return f"studio:live:{member_id}"
