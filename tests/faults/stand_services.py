"""The database and the storage of a stand, each with a wire between it and the workers."""

import os
import signal
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.faults.network import Wire
from tests.services.postgresql import create_database, postgresql
from tests.services.processes import wait_for
from tests.services.s3 import Bucket, s3_server


def database_for(database: str, folder: Path, held: ExitStack) -> tuple[str, str, Wire | None]:
    """Return the URL for this process, the one for the workers, and the wire between the two."""
    if database == "sqlite":
        url = f"sqlite:///{quote(str(folder / 'studio.sqlite3'))}"
        return url, url, None
    server = held.enter_context(postgresql(folder / "pg"))
    held.callback(_stop_postgresql, folder / "pg" / "data")
    own = create_database(server, "stand")
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        # The server of the tests is told to forget the last commits of a crash; this one crashes on purpose.
        connection.execute("ALTER DATABASE stand SET synchronous_commit = on")
    wire = Wire(folder / "pg" / ".s.PGSQL.5432")
    held.callback(wire.close)
    return own, f"postgresql://postgres@127.0.0.1:{wire.port}/stand", wire


def storage_for(database: str, folder: Path, held: ExitStack) -> tuple[Bucket | None, Wire | None]:
    if database == "sqlite":
        return None, None
    store = held.enter_context(s3_server(folder / "s3"))
    wire = Wire(("127.0.0.1", int(store.endpoint_url.rpartition(":")[2])))
    held.callback(wire.close)
    return store.make_bucket(), wire


def s3_through(wire: Wire | None) -> Mapping[str, str]:
    return {"AWS_S3_ENDPOINT_URL": f"http://127.0.0.1:{wire.port}"} if wire else {}


def _stop_postgresql(data: Path) -> None:
    """End the server also when it is another one than the first, after a restart."""
    file = data / "postmaster.pid"
    if file.exists():
        pid = int(file.read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        wait_for(lambda: not file.exists(), "the end of PostgreSQL")
