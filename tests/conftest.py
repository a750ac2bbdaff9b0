"""The fixtures every test may ask for; the services behind them start when the first test does."""

import os
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
import redis as redis_client
from django.conf import settings as django_settings
from django.db import connection
from django.utils import translation
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker, Settings

from imagestudio.embedded.first_run import collect_static_files
from imagestudio.translations import compile_translations
from tests.services.broker import redis_server
from tests.services.chromium import chromium, hear_first
from tests.services.postgresql import with_database
from tests.services.processes import Running, start, wait_for
from tests.services.s3 import S3, Bucket, s3_server
from tests.services.simulator import Simulator, simulator_server
from tests.services.studio import Studio, environment_of, running_studio, worker_parts

pytest_plugins = ["tests.people"]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the words before processes that share the tests are started: all read the same files."""
    if not hasattr(session.config, "workerinput"):
        compile_translations()


@pytest.fixture(autouse=True)
def _english() -> None:
    """A page that was asked for in Chinese leaves its language behind in the process."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _static_files() -> None:
    """Pages are tested with the hashed static files that production has."""
    collect_static_files()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for another's last test."""
    if draw := os.environ.get("STUDIO_TEST_DRAW"):
        _leave_one_of_each(items, config, seed=draw)
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("fresh_clone", "browser", "workers"))))


def _leave_one_of_each(items: list[pytest.Item], config: pytest.Config, *, seed: str) -> None:
    """Of a browser test in two languages, themes or sizes keep one, another one with each seed.

    All of them take longer than a run after every change may; without the variable none is left out.
    """
    variants: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("browser"):
            variants[item.nodeid.partition("[")[0]].append(item)
    drawn = random.Random(seed)
    kept = {id(drawn.choice(of_one)) for of_one in variants.values()}
    left_out = [item for of_one in variants.values() for item in of_one if id(item) not in kept]
    config.hook.pytest_deselected(items=left_out)
    gone = {id(item) for item in left_out}
    items[:] = [item for item in items if id(item) not in gone]


@pytest.fixture(scope="session")
def var() -> Path:
    """The folder of this run; its path is short enough for sockets."""
    return Path(os.environ["STUDIO_VAR"])


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder for one test whose path is short enough for sockets, which tmp_path's need not be."""
    folder = Path(tempfile.mkdtemp(prefix="studio-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Give SQLite's test database a file: workers in other processes open it too."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"] = {**database.get("TEST", {}), "NAME": f"{database['NAME']}-test"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Before the test database is dropped, see off what workers that were killed have left in it."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            wait_for(_is_alone_in_the_database, "the last session of the test database")
            connection.close()


@pytest.fixture(scope="session")
def _redis_server(var: Path) -> Iterator[Running]:
    with redis_server(var) as server:
        yield server


@pytest.fixture
def redis(_redis_server: Running) -> Iterator["redis_client.Redis"]:
    """A client of the running broker, which is empty when the test begins."""
    with redis_client.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def s3_server_of_run(var: Path) -> Iterator[S3]:
    with s3_server(var / "s3") as server:
        yield server


@pytest.fixture
def s3_bucket(s3_server_of_run: S3) -> Bucket:
    """An empty bucket on a real S3 server that demands keys."""
    return s3_server_of_run.make_bucket()


@pytest.fixture
def s3_storage(s3_bucket: Bucket, settings: Settings) -> Bucket:
    """The bucket as the default storage of this process."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": s3_bucket.name,
                "endpoint_url": s3_bucket.store.endpoint_url,
                "region_name": "us-east-1",
                "access_key": s3_bucket.store.access_key,
                "secret_key": s3_bucket.store.secret_key,
                "addressing_style": "path",
            },
        },
    }
    return s3_bucket


@pytest.fixture(scope="session")
def simulator(var: Path) -> Iterator[Simulator]:
    """The simulator as a process; its base URL and ledger."""
    with simulator_server(var / "simulator") as running:
        yield running


@pytest.fixture
def workers(
    transactional_db: None, redis: "redis_client.Redis", simulator: Simulator, var: Path
) -> Iterator[dict[str, Running]]:
    """The calls and images workers as processes, on the database that the test itself sees."""
    environment = environment_of(var, _url_of_test_database(), simulator.base_url)
    running = {
        part.name: start(
            part.name, part.command, environment=environment, log=var / "workers" / f"{part.name}.log"
        )
        for part in worker_parts(var, environment)
    }
    try:
        for one in running.values():
            wait_for(partial(_has_said_ready, one), one.name, running=[one])
        yield running
    finally:
        for one in running.values():
            one.end()
            one.log.unlink()


@pytest.fixture(scope="session")
def studio(var: Path) -> Iterator[Studio]:
    """A whole studio shared by the run; tests must not disturb its parts."""
    with running_studio(var / "studio") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running, pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread, which Django would take for an asynchronous caller.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        hear_first(patch)
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a browser profile of its own; an uncaught error of a script fails the test."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def _has_said_ready(worker: Running) -> bool:
    return " ready." in worker.log.read_text()


def _is_alone_in_the_database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return not cursor.fetchall()


def _url_of_test_database() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(name)}"
    return with_database(os.environ["DATABASE_URL"], name)
