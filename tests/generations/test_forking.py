"""A child of a pool never inherits a database that another thread of its parent has open."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services.processes import ROOT

_LOOK_AND_FORK = """
import os, sys, threading
import django
django.setup()
from django.db import connection
from generations import forking

is_open = threading.Event()

def look():
    with forking.database_open():
        connection.ensure_connection()
        is_open.set()
        while not forking.is_awaited():
            pass

looking = threading.Thread(target=look, daemon=True)
looking.start()
is_open.wait()
{before}
child = os.fork()
if child == 0:
    files = [os.path.realpath(f"/proc/self/fd/{{number}}") for number in os.listdir("/proc/self/fd")]
    print(sum(file == sys.argv[1] for file in files), flush=True)
    with forking.database_open():
        connection.ensure_connection()
    os._exit(0)
os.waitpid(child, 0)
"""
_ONE_S_OWN = "forking._gate.enter()  # whoever forks has it open as well"


def test_a_fork_waits_until_no_other_thread_has_the_database_open(tmp_path: Path) -> None:
    assert _inherited(tmp_path) == "0"


def test_a_thread_that_forks_does_not_wait_for_itself(tmp_path: Path) -> None:
    assert _inherited(tmp_path, before=_ONE_S_OWN) == "0"


def _inherited(folder: Path, *, before: str = "") -> str:
    """Return how many files of the database a child has that was forked during a look."""
    database = folder.resolve() / "studio.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "imagestudio.settings",
    }
    command = (sys.executable, "-c", _LOOK_AND_FORK.format(before=before), str(database))
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()
