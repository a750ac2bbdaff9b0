"""A private redis-server for the life of the studio; it starts before the other parts and ends after them."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imagestudio.embedded.options import CannotStart
from imagestudio.embedded.var_folder import socket_folder

_SECONDS_TO_START = 10
_SECONDS_TO_END = 2


@contextmanager
def redis_server(program: str, var: Path) -> Iterator[Path]:
    """Yield the socket of a running server. It keeps nothing on disk: the database is the queue."""
    log = var / "log" / "redis.log"
    with socket_folder(var, "redis.sock") as folder, log.open("ab") as out:
        path = folder / "redis.sock"
        path.unlink(missing_ok=True)  # a killed run leaves its socket behind
        server = subprocess.Popen(
            (program, *_options(path, var)),
            # No secrets; the marks by which the next start finds what a killed one left behind.
            env={"STUDIO_EMBEDDED": "1", "STUDIO_VAR": str(var)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C at the terminal must reach the workers first
        )
        try:
            _wait_until_it_answers(server, path, log)
            yield path
        finally:
            _end(server)


def _options(path: Path, var: Path) -> list[str]:
    listening = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    keeping_nothing = [
        "--dir",
        str(var),
        "--save",
        "",
        "--appendonly",
        "no",
        "--maxmemory-policy",
        "noeviction",
    ]
    # A process title would be written over the environment that marks the process as a studio's.
    return [*listening, *keeping_nothing, "--loglevel", "warning", "--set-proc-title", "no"]


def _wait_until_it_answers(server: "subprocess.Popen[bytes]", path: Path, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while server.poll() is None and time.monotonic() < deadline:
        if _answers(path):
            return
        time.sleep(0.02)
    raise CannotStart(f"The redis-server did not start; {log} says why.")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
