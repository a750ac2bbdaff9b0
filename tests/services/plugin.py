"""Starts the database before Django reads its settings, and says at the end what the tests ran on.

Loaded by ``-p`` in pyproject.toml: a conftest.py would come after pytest-django has read the settings.
"""

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.services.broker import redis_url
from tests.services.postgresql import postgresql

# Which marks a test gets for the fixtures it uses, itself or through others.
USES = {
    "redis": {"redis", "workers", "studio", "broken_studio"},
    "s3": {"s3_server_of_run", "s3_bucket", "s3_storage"},
    "workers": {"workers", "studio", "broken_studio"},
    "browser": {"browser", "page"},
}
_DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "studio", "broken_studio"}
_TITLES = {
    "postgresql": "on PostgreSQL",
    "sqlite": "on SQLite",
    "redis": "with redis",
    "s3": "with S3",
    "workers": "with workers",
    "browser": "in the browser",
}
# What a developer has set for a studio of their own must not reach the tests.
_FOREIGN = (
    "ADMIN_",
    "AWS_",
    "EMAIL_",
    "IMAGES_",
    "SIMULATOR_",
    "STUDIO_SPOOL",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "DEBUG",
)

_held = ExitStack()
_counts: Counter[str] = Counter()
_failed: dict[str, None] = {}  # each once, in their order: a test can fail and its end as well
_skipped: list[str] = []


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    # Short, because PostgreSQL and Redis put sockets here; open, because PostgreSQL may run as another user.
    var = Path(tempfile.mkdtemp(prefix="studio-tests-"))
    var.chmod(0o711)
    _held.callback(shutil.rmtree, var, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        del os.environ[name]
    os.environ |= {
        "DATABASE_URL": _database(var),
        "REDIS_URL": redis_url(var),  # nobody listens there until a test asks for redis
        "SECRET_KEY": "only-for-tests-" + "x" * 50,
        "ENDPOINT_KEY_SECRET": "only-for-tests-" + "y" * 50,
        "STUDIO_HOST": "tests",
        "STUDIO_VAR": str(var),
    }
    try:
        return (yield)
    except BaseException:
        _held.close()
        raise


def pytest_unconfigure() -> None:
    _held.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & _DATABASE_FIXTURES:
            item.add_marker(_engine())
        for mark, using in USES.items():
            if fixtures & using:
                item.add_marker(mark)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed[report.nodeid] = None
    elif report.skipped:
        _skipped.append(report.nodeid)
    elif report.when == "call" and report.passed:
        _counts["tests"] += 1
        _counts.update(mark for mark in _TITLES if mark in report.keywords)


def pytest_sessionfinish(session: pytest.Session) -> None:
    file = os.environ.get("STUDIO_TEST_COUNTS")
    if file and not hasattr(session.config, "workerinput"):
        Path(file).write_text(json.dumps({"ran": _counts, "failed": list(_failed)}))
    if _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(summary(_counts))
    if _skipped:
        terminalreporter.write_line(
            f"A test may not be skipped; skipped were: {', '.join(_skipped)}", red=True
        )


def summary(counts: Counter[str]) -> str:
    return "ran " + ", ".join(f"{title}: {counts[mark]}" for mark, title in _TITLES.items())


def _engine() -> str:
    return "sqlite" if os.environ["DATABASE_URL"].startswith("sqlite") else "postgresql"


def _database(var: Path) -> str:
    if os.environ.get("STUDIO_TEST_DATABASE") == "sqlite":
        return f"sqlite:///{quote(str(var / 'studio.sqlite3'))}"
    return os.environ.get("TEST_DATABASE_URL") or _held.enter_context(postgresql(var / "pg"))
