"""`make run`: the studio with everything it needs, on this machine, for the person in front of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from imagestudio.embedded import supervise
from imagestudio.embedded.broker import redis_server
from imagestudio.embedded.checks import LOOPBACK, check_port, check_python, find_redis, is_healthy
from imagestudio.embedded.options import ROOT, CannotStart, Options, read_options
from imagestudio.embedded.parts import environment_of_parts, parts
from imagestudio.embedded.var_folder import hold, kept_secret

_SECONDS_TO_ANSWER = 60


def main() -> int:
    _end_on_signals()
    try:
        return start(os.environ)
    except CannotStart as exc:
        print(f"studio: {exc}", file=sys.stderr)
        return 1


def start(environ: Mapping[str, str]) -> int:
    """Take the steps of a start in their order and stay until the studio is ended."""
    with ExitStack() as held:
        check_python()
        options = read_options(environ)
        held.enter_context(hold(options.var))
        check_port(options.port)
        broker = None if options.redis_url else held.enter_context(redis_server(find_redis(), options.var))
        secrets = {name: kept_secret(options.var, name) for name in ("SECRET_KEY", "ENDPOINT_KEY_SECRET")}
        environment = environment_of_parts(options, secrets=secrets, redis_socket=broker)
        new_administrator = bring_up_to_date(environment, options.var / "log" / "first_run.log")
        welcome = Welcome(options, new_administrator)
        held.callback(welcome.tell_credentials)  # should the studio end before it answered
        return supervise.run(
            parts(options, environment),
            environment={name: value for name, value in environment.items() if name != "ADMIN_PASSWORD"},
            log_folder=options.var / "log",
            once_started=welcome.tell_once_ready,
        )


def bring_up_to_date(environment: Mapping[str, str], log: Path) -> str:
    """Run migrations and the like in a process of their own; return what it says of a new administrator."""
    command = (sys.executable, "-m", "imagestudio.embedded.first_run")
    with log.open("ab") as err:
        done = subprocess.run(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        )
    if done.returncode:
        reason = log.read_text(errors="replace").strip().rpartition("\n")[2].removeprefix("studio: ")
        raise CannotStart(
            f"The database and files could not be brought up to date: {reason} (More in {log}.)"
        )
    return done.stdout


class Welcome:
    """What the terminal says once the studio answers."""

    def __init__(self, options: Options, new_administrator: str) -> None:
        self._options = options
        self._credentials = new_administrator.splitlines()

    def tell_once_ready(self) -> None:
        address = f"http://{LOOPBACK}:{self._options.port}/"
        _say(f"The studio is ready: {address}" if _answers_in_time(self._options.port) else "No answer yet.")
        self.tell_credentials()
        if self._options.simulated:
            _say("Images come from the simulator; IMAGES_API_KEY and IMAGES_BASE_URL name a real endpoint.")
        _say(f"Logs are in {self._options.var / 'log'}. Ctrl-C ends everything.")

    def tell_credentials(self) -> None:
        """Show a new administrator's password: here, once, and nowhere else."""
        while self._credentials:
            _say(self._credentials.pop(0))


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


def _answers_in_time(port: int) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_ANSWER
    while time.monotonic() < deadline:
        if is_healthy(port):
            return True
        time.sleep(0.05)
    return False


def _end_on_signals() -> None:
    # Until the parts run, an end is an exit that leaves the `with` blocks; then honcho takes over.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: sys.exit(0))
    # A closed terminal ends the studio like Ctrl-C.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


if __name__ == "__main__":
    sys.exit(main())
