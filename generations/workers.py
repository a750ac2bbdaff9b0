"""Who works: every worker process says every few seconds in Redis that it is there, and how its disk is.

All times are Redis's own, so that hosts whose clocks differ are seen alike.
"""

import atexit
import hashlib
import json
import logging
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import redis
from celery.signals import worker_shutting_down
from django.conf import settings

from generations.execution.worker import this_worker
from generations.images_api.spool import ASIDE

logger = logging.getLogger(__name__)

POOLS = ("calls", "images")

_EVERY = 5.0  # seconds
_FRESH = 20  # seconds after which a worker that said nothing counts as away
_FORGOTTEN = 900  # seconds after which nobody asks any more what has become of it
_KEY = "studio:workers"

_is_stopping = threading.Event()


@dataclass(frozen=True, slots=True)
class SpoolState:
    """The folder of a host in which paid answers are written down first."""

    answers: int
    bytes: int
    free: int  # bytes that are left on the disk


@dataclass(frozen=True, slots=True)
class Sign:
    """What a worker process said last."""

    name: str
    pool: str
    host: str
    version: str
    started: float  # Unix time
    last: float  # Unix time
    silent: float  # seconds since then
    is_stopping: bool
    spool: SpoolState

    @property
    def is_fresh(self) -> bool:
        return self.silent < _FRESH


def announce_for_ever(pool: str) -> None:
    """Start the thread with which this worker says every few seconds that its pool is there."""
    threading.Thread(target=_announce, args=(pool,), name=f"{pool}-is-here", daemon=True).start()
    atexit.register(_leave)


def give_sign(broker: redis.Redis, pool: str, *, running_for: float) -> None:
    """Say that this process of the pool is there, since so many seconds; raises redis.RedisError."""
    now = _now(broker)
    said = {
        "pool": pool,
        "host": settings.STUDIO_HOST,
        "version": version(),
        "started": now - running_for,
        "last": now,
        "is_stopping": _is_stopping.is_set(),
        "spool": asdict(spool_state(settings.SPOOL_ROOT)),
    }
    broker.hset(_KEY, this_worker().name, json.dumps(said))
    if gone := [sign.name for sign in _signs(broker, now) if sign.silent > _FORGOTTEN]:
        broker.hdel(_KEY, *gone)


def signs() -> tuple[Sign, ...]:
    """Return what every worker of the last minutes said last, by pool and host; raises redis.RedisError."""
    broker = _redis()
    return _signs(broker, _now(broker))


def alive(pool: str) -> bool:
    """Whether a worker of the pool has said lately that it is there; False also when Redis is away."""
    try:
        return any(sign.pool == pool and sign.is_fresh for sign in signs())
    except redis.RedisError:
        return False


@cache
def version() -> str:
    """Return a mark of the code: two processes with different ones do not run the same release."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def spool_state(root: Path) -> SpoolState:
    """Count what lies in a spool folder; one that is not there yet is empty, on the disk of its parent."""
    answers = size = 0
    for file in root.glob("*.*"):
        with suppress(FileNotFoundError):  # settled in this moment
            size += file.stat().st_size
            answers += file.suffix == ".body"
    disk = next(folder for folder in (root, *root.parents) if folder.exists())
    return SpoolState(answers=answers, bytes=size, free=shutil.disk_usage(disk).free)


def laid_aside(root: Path) -> int:
    """Count the answers in a spool folder that belong to no call which the database knows."""
    return len(list((root / ASIDE).glob("*.body")))


def _announce(pool: str) -> None:
    pause = threading.Event()
    broker = _redis()
    start = time.monotonic()
    while True:
        try:
            give_sign(broker, pool, running_for=time.monotonic() - start)
        except redis.RedisError:
            logger.warning("%s pool: Redis is out of reach", pool)
        except OSError:
            logger.exception("%s pool: the spool folder cannot be read", pool)
        pause.wait(_EVERY)


@worker_shutting_down.connect
def _say_that_it_stops(**_: Any) -> None:
    # Only a mark: what is in flight is finished first, and the next sign of life tells it.
    _is_stopping.set()


def _leave() -> None:
    with suppress(redis.RedisError):  # without a word it is forgotten a little later
        _redis().hdel(_KEY, this_worker().name)


def _signs(broker: redis.Redis, now: float) -> tuple[Sign, ...]:
    client: Any = broker  # the stubs cannot tell the two kinds of client apart
    found: Mapping[bytes, bytes] = client.hgetall(_KEY)
    read = []
    for name, said in found.items():
        with suppress(KeyError, TypeError, ValueError):  # another release may say it otherwise
            read.append(_read(name.decode(), json.loads(said), now))
    return tuple(sorted(read, key=lambda sign: (sign.pool, sign.host, sign.started)))


def _read(name: str, said: Mapping[str, Any], now: float) -> Sign:
    return Sign(
        name=name,
        pool=str(said["pool"]),
        host=str(said["host"]),
        version=str(said["version"]),
        started=float(said["started"]),
        last=float(said["last"]),
        silent=max(0.0, now - float(said["last"])),
        is_stopping=bool(said["is_stopping"]),
        spool=SpoolState(**said["spool"]),
    )


def _now(broker: redis.Redis) -> float:
    client: Any = broker
    seconds, microseconds = client.time()
    return float(seconds + microseconds / 1_000_000)


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
