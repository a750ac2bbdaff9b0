"""A member's version stamp in Redis: while it stands still, an open page has nothing to fetch."""

import logging
import uuid
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

# A stamp that Redis did not take is lost, and a page would stand still: after so long the database is asked.
_TRUSTED = 20  # seconds


def announce(member_id: int) -> None:
    """Give the member a new stamp. Without Redis pages compare the database's instead, so nothing is lost."""
    try:
        impatient_redis().set(_key(member_id), uuid.uuid4().hex, ex=_TRUSTED)
    except redis.RedisError:
        logger.warning("live stamps: Redis is out of reach")


def stamp(member_id: int) -> str | None:
    """Return the member's stamp, or None when Redis is away or has none."""
    try:
        value = impatient_redis().get(_key(member_id))
    except redis.RedisError:
        return None
    return value.decode() if isinstance(value, bytes) else None


@cache
def impatient_redis() -> redis.Redis:
    """Return the client for what may be lost."""
    # Half a second at most: a page must never wait for a broker that hangs.
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def _key(member_id: int) -> str:
    return f"studio:live:{member_id}"
