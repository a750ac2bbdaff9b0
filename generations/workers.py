"""Signs of life of the two worker pools, kept in Redis for the readiness check."""

import logging
import threading

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

_EVERY = 5.0  # seconds
_FRESH = 20  # seconds after which a pool that said nothing counts as away


def announce_for_ever(pool: str) -> None:
    """Start the thread with which this worker says every few seconds that its pool is there."""
    threading.Thread(target=_announce, args=(pool,), name=f"{pool}-is-here", daemon=True).start()


def alive(pool: str) -> bool:
    """Whether a worker of the pool has said lately that it is there; False also when Redis is away."""
    try:
        return bool(_redis().exists(_key(pool)))
    except redis.RedisError:
        return False


def _announce(pool: str) -> None:
    pause = threading.Event()
    broker = _redis()
    while True:
        try:
            broker.set(_key(pool), settings.STUDIO_HOST, ex=_FRESH)
        except redis.RedisError:
            logger.warning("%s pool: Redis is out of reach", pool)
        pause.wait(_EVERY)


def _key(pool: str) -> str:
    return f"studio:worker:{pool}"


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
