"""The parts that the studio stands on, each asked for something small."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from generations import storage

_PATIENCE = 2.0  # seconds; a page that says what is away must not wait for it
_askers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="is-the-storage-there")


@dataclass(frozen=True, slots=True)
class Part:
    """A part with how quickly it answered."""

    name: str
    is_up: bool
    milliseconds: float
    facts: tuple[str, ...] = ()


def parts() -> tuple[Part, ...]:
    """Ask the database, Redis and the object storage; takes at most three seconds when they are away."""
    return (
        _asked("database", _database),
        _asked("redis", _redis),
        _asked("storage", _storage),
    )


def redis_memory() -> dict[str, Any]:
    """Return what Redis says about its memory; raises redis.RedisError."""
    client: Any = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    memory: dict[str, Any] = client.info("memory")
    return memory


def _asked(name: str, ask: Callable[[], tuple[str, ...]]) -> Part:
    start = time.perf_counter()
    try:
        facts = ask()
    except (DatabaseError, redis.RedisError, storage.StorageUnavailable, TooLate):
        return Part(name, is_up=False, milliseconds=_since(start))
    return Part(name, is_up=True, milliseconds=_since(start), facts=facts)


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def _database() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return (connection.display_name,)


def _redis() -> tuple[str, ...]:
    memory = redis_memory()
    return (_("%(size)s in use") % {"size": filesizeformat(memory["used_memory"])},)


def _storage() -> tuple[str, ...]:
    _askers.submit(storage.ensure).result(timeout=_PATIENCE)
    return ()
