"""What can be ordered to happen at a point."""

import errno
import os
import signal
import time
from collections.abc import Callable, Mapping

from django.db import OperationalError, connection

# The process that a supervisor would signal, as it is written down when a part starts.
MAIN = "STAND_MAIN_PID"


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.1)  # another thread may be the one that takes the signal


def terminate() -> None:
    os.kill(int(os.environ[MAIN]), signal.SIGTERM)


def fail() -> None:
    raise RuntimeError("This failure was ordered.")


def fill_disk() -> None:
    raise OSError(errno.ENOSPC, "This disk is full by order.")


def lose_database() -> None:
    """What a commit looks like whose reply is lost, or a connection that has broken before it."""
    connection.close()
    raise OperationalError("This connection was lost by order.")


def end_session() -> None:
    """Let PostgreSQL end the session of this thread, which hears of it at its next statement."""
    if connection.vendor == "postgresql" and connection.connection is not None:
        session = connection.connection.info.backend_pid
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [session])
        other.close()


ACTIONS: Mapping[str, Callable[[], None]] = {
    "kill": kill,
    "crash": crash,
    "stop": stop,
    "terminate": terminate,
    "fail": fail,
    "fill-disk": fill_disk,
    "lose-database": lose_database,
    "end-session": end_session,
}
