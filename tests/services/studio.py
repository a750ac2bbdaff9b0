"""A whole studio of real processes beside the test: web, workers, beat, redis, simulator and database."""

import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import psycopg

from imagestudio.embedded.checks import is_healthy
from imagestudio.embedded.options import Options
from imagestudio.embedded.parts import Part, parts
from tests.services.broker import redis_url, start_redis
from tests.services.postgresql import create_database, drop_database
from tests.services.processes import ROOT, Running, free_port, start, wait_for
from tests.services.simulator import Simulator, start_simulator

EMAIL, PASSWORD = "administrator@example.com", "correct horse battery staple"


@dataclass(slots=True)
class Studio:
    """The running parts by name: web, calls, images, beat, redis, simulator."""

    url: str
    folder: Path
    database_url: str
    environment: Mapping[str, str] = field(repr=False)
    simulator: Simulator
    running: dict[str, Running] = field(repr=False, default_factory=dict)
    email: str = EMAIL
    password: str = field(repr=False, default=PASSWORD)

    def kill(self, name: str) -> None:
        """End a part and its children as a power cut would."""
        self.running[name].kill()

    def end(self, name: str, seconds: float = 10) -> None:
        """End a part as a restart would, with time to finish."""
        self.running[name].end(seconds)

    def freeze(self, name: str) -> None:
        self.running[name].signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.running[name].signal(signal.SIGCONT)

    def start(self, name: str) -> None:
        """Start a part that was ended, with the command it had."""
        former = self.running[name]
        assert not former.is_alive, f"{name} is still running"
        self.running[name] = start(name, former.command, environment=former.environment, log=former.log)
        self.wait_until_ready()

    def restart(self, name: str) -> None:
        self.end(name)
        self.start(name)

    def log(self, name: str) -> str:
        return self.running[name].log.read_text(errors="replace")

    def manage(self, *arguments: str) -> str:
        """Run a management command on this studio and return what it printed."""
        command = (sys.executable, "manage.py", *arguments)
        return subprocess.run(
            command, cwd=ROOT, env=dict(self.environment), check=True, capture_output=True, text=True
        ).stdout

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask this studio's database; ``%s`` stands for a parameter on both engines."""
        if self.database_url.startswith("sqlite"):
            file = unquote(self.database_url.removeprefix("sqlite:///"))
            with closing(sqlite3.connect(file, timeout=20)) as lite:
                return lite.execute(statement.replace("%s", "?"), parameters).fetchall()
        with closing(psycopg.connect(self.database_url, autocommit=True)) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def ledger(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask the simulator's own record of what it was asked to do and would have charged for."""
        with closing(sqlite3.connect(self.simulator.ledger, timeout=20)) as ledger:
            return ledger.execute(statement, parameters).fetchall()

    def wait_until_ready(self) -> None:
        port = int(self.url.rpartition(":")[2])
        alive = [one for one in self.running.values() if one.is_alive]
        if self.running["web"].is_alive:
            wait_for(lambda: is_healthy(port), "web", running=alive)
        for name in ("calls", "images"):
            if self.running[name].is_alive and self.running["redis"].is_alive:
                wait_for(partial(self._has_said_ready, name), name, running=alive)

    def _has_said_ready(self, name: str) -> bool:
        return " ready." in _since_last_start(self.log(name))


def _since_last_start(log: str) -> str:
    return log[log.rfind("-------------- ") :] if "-------------- " in log else log


@contextmanager
def running_studio(folder: Path, *, extra: Mapping[str, str] | None = None) -> Iterator[Studio]:
    """Start everything, wait until it is ready, and end everything."""
    folder.mkdir(parents=True, exist_ok=True)
    with _fresh_database(folder) as database_url:
        # Tests that need a slow endpoint say so in their prompts.
        simulator = start_simulator(folder, "--latency", "0.3")
        running = {"simulator": simulator.server}
        try:
            running["redis"] = start_redis(folder)
            environment = environment_of(folder, database_url, simulator.base_url) | dict(extra or {})
            studio = Studio(
                f"http://127.0.0.1:{environment['PORT']}",
                folder,
                database_url,
                environment,
                simulator,
                running,
            )
            _bring_up_to_date(studio)
            for part in _parts(folder, environment):
                running[part.name] = start(
                    part.name, part.command, environment=environment, log=folder / f"{part.name}.log"
                )
            studio.wait_until_ready()
            yield studio
        finally:
            for one in reversed(running.values()):
                one.signal(signal.SIGCONT)
                one.end()


def environment_of(folder: Path, database_url: str, simulator_url: str) -> dict[str, str]:
    """Return the environment of the parts of a studio in ``folder``."""
    return {
        **os.environ,
        "ADMIN_EMAIL": EMAIL,
        "ADMIN_PASSWORD": PASSWORD,
        "CALL_LEASE_SECONDS": "3",  # a killed worker's call is found soon
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "imagestudio.settings",
        "PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
        "REDIS_URL": redis_url(folder),
        "SIMULATOR_URL": simulator_url,
        "STATIC_ROOT": str(Path(os.environ["STUDIO_VAR"]) / "static"),  # collected once for the whole run
        "STUDIO_VAR": str(folder),
    }


def worker_parts(folder: Path, environment: Mapping[str, str]) -> list[Part]:
    """Return the calls and the images worker."""
    return [part for part in _parts(folder, environment) if part.name in {"calls", "images"}]


def _parts(folder: Path, environment: Mapping[str, str]) -> list[Part]:
    options = Options(
        port=int(environment["PORT"]), var=folder, redis_url="", simulated=True, environment=environment
    )
    return [part for part in parts(options, environment) if part.name != "simulator"]


def _bring_up_to_date(studio: Studio) -> None:
    command = (sys.executable, "-m", "imagestudio.embedded.first_run")
    done = subprocess.run(command, cwd=ROOT, env=dict(studio.environment), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@contextmanager
def _fresh_database(folder: Path) -> Iterator[str]:
    server_url = os.environ["DATABASE_URL"]
    if server_url.startswith("sqlite"):
        file = folder / "studio.sqlite3"
        shutil.copy(migrated_file(), file)
        yield f"sqlite:///{quote(str(file))}"
        return
    name = f"studio_{secrets.token_hex(6)}"
    try:
        yield create_database(server_url, name, template=_migrated_database(server_url))
    finally:
        drop_database(server_url, name)


@cache
def _migrated_database(server_url: str) -> str:
    """Every studio of the run begins as a copy of this one: migrating takes ten seconds of a processor."""
    name = "studio_template"
    _migrate(create_database(server_url, name))
    return name


@cache
def migrated_file() -> Path:
    """The same for SQLite."""
    file = Path(os.environ["STUDIO_VAR"]) / "template.sqlite3"
    _migrate(f"sqlite:///{quote(str(file))}")
    return file


def _migrate(database_url: str) -> None:
    command = (sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity=0")
    subprocess.run(command, cwd=ROOT, env=os.environ | {"DATABASE_URL": database_url}, check=True)
