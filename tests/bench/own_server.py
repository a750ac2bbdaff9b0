"""A PostgreSQL of a benchmark's own, with the studio's tables in it: gone at the end, or kept."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.services.postgresql import create_database, postgresql, with_database
from tests.services.processes import ROOT

# What a team's own server of 4 GiB would be given.
_OPTIONS = ("shared_buffers=1GB", "effective_cache_size=3GB", "work_mem=16MB", "random_page_cost=1.1")
_NAME = "bench"


@contextmanager
def own_server(keep: Path | None = None) -> Iterator[Mapping[str, str]]:
    """Give the environment in which programs of the project find the database.

    Args:
        keep: a folder that the database is left in for the next time, and found in if it is there; without
            one nothing is left.
    """
    with tempfile.TemporaryDirectory(prefix="studio-") as name:
        folder = (keep or Path(name)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # the server may run as another user
        with postgresql(folder / "pg", options=_OPTIONS) as server:
            environment = os.environ | {
                "DATABASE_URL": _database(server),
                "DJANGO_SETTINGS_MODULE": "imagestudio.settings",
                "SECRET_KEY": secrets.token_urlsafe(50),
                "STUDIO_VAR": str(folder),
            }
            run(environment, "manage.py", "migrate", "--verbosity=0")
            yield environment


def run(environment: Mapping[str, str], *arguments: str) -> None:
    """Run Python with these arguments in the project's folder; raises CalledProcessError."""
    subprocess.run((sys.executable, *arguments), cwd=ROOT, env=dict(environment), check=True)


def _database(server: str) -> str:
    try:
        return create_database(server, _NAME)
    except psycopg.errors.DuplicateDatabase:
        return with_database(server, _NAME)
