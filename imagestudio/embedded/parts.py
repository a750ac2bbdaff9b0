"""Which processes make a studio, and with which command each is started."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from imagestudio.embedded.checks import LOOPBACK, free_port
from imagestudio.embedded.options import Options

WEB_PROCESSES, WEB_THREADS = 2, 8
CALLS_THREADS = 32
IMAGES_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    command: tuple[str, ...]
    # A file that must exist first: people wait for the page, so nothing else may take its processor time.
    after: Path | None = None


def environment_of_parts(
    options: Options, *, secrets: Mapping[str, str], redis_socket: Path | None
) -> dict[str, str]:
    """Return what every part reads; what the person set in the environment stays."""
    return {
        "DATABASE_URL": f"sqlite:///{quote(str(options.var / 'studio.sqlite3'))}",
        "STUDIO_HOST": "local",
        **secrets,
        **(
            {"SIMULATOR_URL": f"http://{LOOPBACK}:{free_port(options.port + 1)}/v1"}
            if options.simulated
            else {}
        ),
        **options.environment,
        **({"REDIS_URL": f"unix://{quote(str(redis_socket))}?db=0"} if redis_socket else {}),
        "DJANGO_SETTINGS_MODULE": "imagestudio.settings",
        "PYTHONUNBUFFERED": "1",
        "STUDIO_EMBEDDED": "1",
        "STUDIO_VAR": str(options.var),
    }


def parts(options: Options, environment: Mapping[str, str]) -> list[Part]:
    celery = (sys.executable, "-m", "celery", "-A", "imagestudio")
    worker = (*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle")
    calls = (*worker, "-Q", "calls", "-P", "threads", "-c", str(CALLS_THREADS), "-n", "calls@%h")
    images_queues = f"images.{environment['STUDIO_HOST']},sweep"
    images = (*worker, "-Q", images_queues, "-P", "prefork", "-c", str(IMAGES_PROCESSES), "-n", "images@%h")
    schedule = str(options.var / "beat-schedule")
    beat = (*celery, "beat", "--loglevel", "INFO", "--schedule", schedule, "--pidfile=")
    web_is_up = options.var / "web.pid"
    running = [
        Part("web", _web(options.port, web_is_up)),
        Part("calls", calls, after=web_is_up),
        Part("images", images, after=web_is_up),
        Part("beat", beat, after=web_is_up),
    ]
    if "SIMULATOR_URL" in environment:
        running.append(
            Part("simulator", _simulator(environment["SIMULATOR_URL"], options.var), after=web_is_up)
        )
    return running


def _web(port: int, pid_file: Path) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "gunicorn", "imagestudio.wsgi", "--bind", f"{LOOPBACK}:{port}"),
        *("--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)),
        # Loaded once and then forked; gunicorn writes its pid when that is done.
        *("--preload", "--pid", str(pid_file), "--graceful-timeout", "5", "--no-control-socket"),
        # Addresses hold searches of 400 characters, nine bytes each and more, and filters beside them.
        *("--limit-request-line", "8190"),
    )


def _simulator(url: str, var: Path) -> tuple[str, ...]:
    port = url.removesuffix("/v1").rpartition(":")[2]
    return (sys.executable, "-m", "simulator", "--port", port, "--ledger", str(var / "simulator.sqlite3"))
