"""What machines ask: is the process up, and is everything it needs within reach?"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from generations import storage, workers


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database, the broker, the storage and both worker pools are within reach; 503 names what is not."""
    parts = {name: check() for name, check in _CHECKS.items()}
    ready = all(parts.values())
    return JsonResponse(
        {
            "status": "ok" if ready else "unready",
            "parts": {name: "ok" if up else "away" for name, up in parts.items()},
        },
        status=200 if ready else 503,
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        return bool(
            redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
        )
    except redis.RedisError:
        return False


def _storage() -> bool:
    try:
        storage.ensure()
    except storage.StorageUnavailable:
        return False
    return True


def _worker() -> bool:
    return workers.alive("calls") and workers.alive("images")


_CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "broker": _broker,
    "storage": _storage,
    "worker": _worker,
}
