"""A redis-server of this run's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imagestudio.embedded.checks import find_redis
from tests.services.processes import Running, start, wait_for


@contextmanager
def redis_server(folder: Path) -> Iterator[Running]:
    """Yield a server on the private socket ``redis.sock`` in ``folder``."""
    server = start_redis(folder)
    try:
        yield server
    finally:
        server.end()


def start_redis(folder: Path) -> Running:
    path = folder / "redis.sock"
    command = (find_redis(), "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no")
    server = start("redis", (*command, "--dir", str(folder)), environment={}, log=folder / "redis.log")
    wait_for(path.is_socket, "redis-server", running=[server])
    return server


def redis_url(folder: Path) -> str:
    return f"unix://{folder / 'redis.sock'}?db=0"
