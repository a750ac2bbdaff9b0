"""A stand: a whole studio of real processes for many cases, on a database, broker and storage of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.network import Wire
from tests.faults.nursery import Nursery, Part
from tests.faults.orders import ORDERS, SWEEP, Fired, Orders
from tests.faults.stand_services import database_for, s3_through, storage_for
from tests.services.broker import redis_url, start_redis
from tests.services.processes import Running, free_port, start, wait_for
from tests.services.s3 import Bucket
from tests.services.simulator import Simulator, start_simulator

LEASE = 4  # seconds
STOPPED = 4 * LEASE + 4  # seconds that a stop by order lasts: the claim on an answer is four leases long
SECRET = "sk-stand-key-that-nobody-may-ever-see"
EMAIL, PASSWORD = "administrator@example.com", "correct horse battery staple"
CALLS_WORKERS = 6


@dataclass(slots=True)
class Stand:
    """What a case may break."""

    database: str
    folder: Path
    environment: dict[str, str] = field(repr=False)
    simulator: Simulator
    redis: Running
    nursery: Nursery
    orders: Orders
    endpoint_wire: Wire
    database_wire: Wire | None
    s3_wire: Wire | None
    bucket: Bucket | None
    disturbances: list[tuple[str, float, float]] = field(default_factory=list)
    email: str = EMAIL
    password: str = field(repr=False, default=PASSWORD)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.endpoint_wire.port}/v1"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def calls(self) -> list[Part]:
        return [part for name, part in self.nursery.parts.items() if name.startswith("calls")]

    @property
    def images(self) -> Part:
        return self.nursery.parts["images"]

    @property
    def workers(self) -> list[Part]:
        """Return every part that takes work from the line or from the spool."""
        return [part for name, part in self.nursery.parts.items() if name.startswith(("calls", "images"))]

    @contextmanager
    def disturbed(self, what: str) -> Iterator[None]:
        """Write down that something was away, for whoever asks afterwards why a call ended as it did."""
        since = time.time()
        try:
            yield
        finally:
            self.disturbances.append((what, since, time.time()))

    def kill(self, part: Part) -> None:
        self.orders.note(Fired("outside", "kill", "", part.pid, time.time()))
        self.nursery.kill(part)

    def tell_to_end(self, part: Part) -> None:
        self.orders.note(Fired("outside", "terminate", "", part.pid, time.time()))
        part.signal(signal.SIGTERM)

    def stop(self, pid: int) -> None:
        """Let a process stand still; whoever asks for it wakes it."""
        self.orders.note(Fired("outside", "hold", "", pid, time.time()))
        os.kill(pid, signal.SIGSTOP)

    def woken(self) -> list[Fired]:
        """Return the stops by order that are over."""
        return [one for one in self.orders.fired() if one.action == "stop" and time.time() > one.at + STOPPED]

    def wake_for_ever(self, is_over: threading.Event) -> None:
        """Let processes that stopped by order go on when the others have long believed them dead."""
        done: set[Fired] = set()
        while not is_over.wait(0.5):
            for stopped in set(self.woken()) - done:
                done.add(stopped)
                with suppress(ProcessLookupError):
                    os.kill(stopped.pid, signal.SIGCONT)

    def kill_redis(self) -> None:
        self.redis.kill()

    def start_redis(self) -> None:
        self.redis = start_redis(self.folder)

    def restart_postgresql(self, *, away: float = 0.0) -> None:
        """Crash the server, and start it again after so many seconds, with the options that it had."""
        options = (self.folder / "pg" / "data" / "postmaster.opts").read_text().partition(" ")[2].strip()
        self._pg_ctl("stop", "-m", "immediate")
        time.sleep(away)
        self._pg_ctl("start", "-l", str(self.folder / "pg" / "restarted.log"), "-o", options)

    def end_sessions(self) -> None:
        """Let PostgreSQL end the sessions of everybody."""
        with closing(psycopg.connect(self._server_url(), autocommit=True)) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def alter_database(self, setting: str) -> None:
        """Set something for every new session, and end the old ones."""
        with closing(psycopg.connect(self._server_url(), autocommit=True)) as connection:
            connection.execute(f"ALTER DATABASE stand SET {setting}".encode())
        self.end_sessions()

    def logs(self) -> str:
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.folder.glob("*.log")))

    def _server_url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder / 'pg'}"

    def _pg_ctl(self, *command: str) -> None:
        data = self.folder / "pg" / "data"
        program = Path((data / "postmaster.opts").read_text().split()[0]).with_name("pg_ctl")
        user = "nobody" if os.geteuid() == 0 else None
        subprocess.run(
            (program, *command, "-D", data, "-w"),
            check=True,
            stdout=subprocess.DEVNULL,
            user=user,
            extra_groups=[] if user else None,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        )


@contextmanager
def standing(
    database: str,
    *,
    calls_threads: int = 1,
    images_workers: int = 1,
    latency: float = 0.2,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Stand]:
    """Start everything and set this process's environment, so that Django here sees what the workers see."""
    extra = environment or {}
    with ExitStack() as held:
        folder = Path(tempfile.mkdtemp(prefix="stand-"))
        folder.chmod(0o711)  # PostgreSQL may run as another user
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        simulator = start_simulator(folder, "--latency", str(latency))
        held.callback(simulator.server.end)
        redis = start_redis(folder)
        endpoint_wire = Wire(("127.0.0.1", int(simulator.base_url.split(":")[2].split("/")[0])))
        held.callback(endpoint_wire.close)
        own_url, url, wire = database_for(database, folder, held)
        bucket, s3_wire = storage_for(database, folder, held)
        base_url = f"http://127.0.0.1:{endpoint_wire.port}/v1"
        environment = {**_environment(folder, own_url, bucket), "IMAGES_BASE_URL": base_url, **extra}
        os.environ.clear()
        os.environ.update(environment)
        workers = environment | {"DATABASE_URL": url, **s3_through(s3_wire)}
        _bring_up_to_date(environment)
        nursery = Nursery(workers, folder / "nursery.log")
        held.callback(nursery.close)
        orders = Orders(folder / "orders")
        stand = Stand(
            database, folder, workers, simulator, redis, nursery, orders, endpoint_wire, wire, s3_wire, bucket
        )
        held.callback(lambda: stand.redis.end())
        is_over = threading.Event()
        held.callback(is_over.set)
        threading.Thread(target=stand.wake_for_ever, args=(is_over,), daemon=True).start()
        _start_parts(stand, calls_threads, images_workers)
        yield stand


def calls_part(
    stand: Stand, name: str, *, threads: int = 1, environment: Mapping[str, str] | None = None
) -> Part:
    """Start one more calls worker, with an environment of its own."""
    command = (*_worker("calls", "calls"), "-P", "threads", "-c", str(threads), "-n", f"calls@{name}")
    return stand.nursery.add(Part(name, command, environment or {}, stand.folder / f"{name}.log"))


def _start_parts(stand: Stand, calls_threads: int, images_workers: int) -> None:
    folder = stand.folder
    for number in range(CALLS_WORKERS):
        # A proxy that nobody has set for the studio must not be used.
        calls_part(
            stand, f"calls-{number}", threads=calls_threads, environment={"HTTP_PROXY": "http://127.0.0.1:9"}
        )
    for number in range(images_workers):
        name = f"images-{number}" if number else "images"
        images = (
            *_worker("images", "images.stand,sweep"),
            "-P",
            "prefork",
            "-c",
            "3",
            "-n",
            f"images@{name}",
        )
        stand.nursery.add(Part(name, images, {}, folder / f"{name}.log"))
    beat = ("celery", "-A", "imagestudio", "beat", "--loglevel", "INFO", "--pidfile=")
    stand.nursery.add(
        Part("beat", (*beat, "--schedule", str(folder / "beat-schedule")), {}, folder / "beat.log")
    )
    web = ("gunicorn", "imagestudio.wsgi", "--bind", f"127.0.0.1:{stand.environment['PORT']}")
    web_options = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket")
    stand.nursery.add(Part("web", (*web, *web_options), {}, folder / "web.log"))
    for part in list(stand.nursery.parts.values()):
        wait_for(lambda part=part: part.is_alive, part.name)  # type: ignore[misc]
    ready = stand.workers
    wait_for(lambda: all(" ready." in _text(part.log) for part in ready), "the workers", seconds=120)


def _worker(name: str, queues: str) -> tuple[str, ...]:
    quiet = ("--without-gossip", "--without-mingle")
    return ("celery", "-A", "imagestudio", "worker", "--loglevel", "INFO", *quiet, "-Q", queues)


def _text(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""


def _environment(folder: Path, database_url: str, bucket: Bucket | None) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        **(bucket.environment if bucket else {}),
        "ADMIN_EMAIL": EMAIL,
        "ADMIN_PASSWORD": PASSWORD,
        "CALL_LEASE_SECONDS": str(LEASE),
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "imagestudio.settings",
        "ENDPOINT_KEY_SECRET": "only-for-the-stand-" + "y" * 50,
        "IMAGES_API_KEY": SECRET,
        "IMAGES_MODELS": "gpt-image-2,dall-e-3",
        "PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
        "REDIS_URL": redis_url(folder),
        "SECRET_KEY": "only-for-the-stand-" + "x" * 50,
        "STUDIO_EMBEDDED": "1",
        "STUDIO_HOST": "stand",
        "STUDIO_VAR": str(folder),
        ORDERS: str(folder / "orders"),
        SWEEP: "1",
    }


def _bring_up_to_date(environment: Mapping[str, str]) -> None:
    first_run = start(
        "first-run",
        (sys.executable, "-m", "imagestudio.embedded.first_run"),
        environment=environment,
        log=Path(environment["STUDIO_VAR"]) / "first-run.log",
    )
    assert first_run.process.wait() == 0, first_run.log.read_text()
