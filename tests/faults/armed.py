"""`python -m tests.faults.armed celery|gunicorn …`: the real program, armed at points.py.

With `nursery` instead of a program it stays, and forks one for every line that it reads: what takes seconds
to import is imported once, so that a part which was killed is back at once.
"""

import json
import os
import re
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from imagestudio.celery import app
from tests.faults.actions import ACTIONS, MAIN
from tests.faults.orders import CLOCK, ORDERS, SWEEP, VISIBILITY, Orders
from tests.faults.points import COMMIT, MOVERS, POINTS, Point

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_PROGRAMS = {"celery": "celery.__main__:main", "gunicorn": "gunicorn.app.wsgiapp:run"}
_moved = threading.local()  # the call and status that this thread's next commit is about


def main(arguments: list[str]) -> None:
    app.conf.beat_schedule["sweep"]["schedule"] = float(os.environ.get(SWEEP, "1"))
    django.setup()
    import_module("generations.urls")
    for point in POINTS:
        _arm(point)
    for mover in MOVERS:
        _listen(mover)
    _arm_commits()
    if arguments == ["nursery"]:
        _fork_on_demand()
    else:
        _run(arguments)


def _run(arguments: list[str]) -> None:
    os.environ[MAIN] = str(os.getpid())
    if seconds := os.environ.get(VISIBILITY):
        app.conf.broker_transport_options["visibility_timeout"] = int(seconds)
    if offset := float(os.environ.get(CLOCK, "0")):
        _set_clocks(offset)
    sys.argv = arguments
    module, _, start = _PROGRAMS[arguments[0]].partition(":")
    sys.exit(getattr(import_module(module), start)())


def _fork_on_demand() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    born = []
    for line in sys.stdin:
        part = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(part)
        born.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for pid in born:  # whoever asked for them has died
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _become(part: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(part["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for descriptor, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, target)
    os.environ.update(part["environment"])
    _run(part["command"])


def _fire(point: str, call: str) -> None:
    action = Orders(Path(os.environ[ORDERS])).take(point, call)
    if action:
        ACTIONS[action]()


def _arm(point: Point) -> None:
    owner = _owner(point.owner)
    original = getattr(owner, point.attribute)

    @wraps(original)
    def armed(*args: Any, **kwargs: Any) -> Any:
        if point.side == "before":
            _fire(point.name, _call_in(*args))
        result = original(*args, **kwargs)
        if point.side == "after":
            _fire(point.name, _call_in(*args, result))
        return result

    setattr(owner, point.attribute, armed)


def _listen(mover: str) -> None:
    module = import_module(mover)
    if not hasattr(module, "move_call"):
        return
    original = module.move_call

    @wraps(original)
    def move_call(call: Any, new: Any, **kwargs: Any) -> bool:
        moved = bool(original(call, new, **kwargs))
        if moved:
            _moved.call, _moved.status = str(call.pk), str(new)
        return moved

    module.move_call = move_call  # type: ignore[attr-defined]


def _arm_commits() -> None:
    owner = _owner(COMMIT.owner)
    original = owner._commit

    @wraps(original)
    def _commit(self: Any) -> None:
        call, status = getattr(_moved, "call", ""), getattr(_moved, "status", "")
        _moved.call = ""
        if call:
            _fire(f"before-commit-{status}", call)
        original(self)
        if call:
            _fire(f"after-commit-{status}", call)

    owner._commit = _commit


def _owner(path: str) -> Any:
    module, _, name = path.partition(":")
    found = import_module(module)
    return getattr(found, name) if name else found


def _call_in(*things: Any) -> str:
    """Return the id of the call that is spoken of, wherever it stands: in a row, in a key, in a path."""
    for thing in things:
        if hasattr(thing, "spool_host"):
            return str(thing.pk)
        found = _UUID.search(str(getattr(thing, "_call_id", thing)))
        if found:
            return found[0]
    return ""


def _set_clocks(offset: float) -> None:
    right = time.time
    time.time = lambda: right() + offset


if __name__ == "__main__":
    main(sys.argv[1:])
