"""Looks at every part of the studio from the process that asks, and says what to do about what is not well.

The parts come first, then the engine that needs them. Nothing that is said holds a key or a password.
"""

import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from generations import storage, workers
from generations.engine.engine_checks import check_engine
from generations.engine.findings import Finding, attention, broken, ok
from generations.engine.parts import redis_memory
from generations.samples import database_now
from generations.sealing import LEAST_CHARACTERS, SecretMissing, SecretTooShort, SecretUnusable, seal

_LEAST_SECRET = 50  # characters, as Django's own check wants it
_MOST_APART = 5.0  # seconds between two clocks; leases are on the database's, files and logs on the host's
_ROOM = 2_000_000_000  # bytes on the spool's disk


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other; what needs the database is left out without it."""
    yield from _settings()
    database = list(_database())
    yield from database
    yield from _redis()
    yield from _storage()
    yield from _spool()
    if any(finding.state == "broken" for finding in database):
        yield attention(
            "engine", "Not looked at, because the database is not well.", "Mend the database first."
        )
    else:
        yield from check_engine()


def _settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield broken("settings", "DEBUG is on: errors are shown to everybody.", "Set DEBUG=0 and restart.")
    if len(settings.SECRET_KEY) < _LEAST_SECRET:
        yield attention(
            "settings",
            f"SECRET_KEY has {len(settings.SECRET_KEY)} characters, so sessions could be forged by guessing.",
            f"Set {_LEAST_SECRET} random characters or more; everybody has to sign in again.",
        )
    yield _sealing_secret()
    yield _public_url()
    if connection.vendor == "sqlite" and settings.PUBLIC_URL:
        yield attention(
            "settings", "The database is SQLite, which serves one machine.", "Set DATABASE_URL for a team."
        )


def _sealing_secret() -> Finding:
    try:
        seal("nothing")
    except SecretMissing:
        words = "ENDPOINT_KEY_SECRET is not set: keys can neither be stored nor read."
    except SecretTooShort:
        words = "ENDPOINT_KEY_SECRET can be guessed."
    except SecretUnusable:
        words = "ENDPOINT_KEY_SECRET cannot be used."
    else:
        return ok("settings", "ENDPOINT_KEY_SECRET is set.")
    return broken(
        "settings", words, f"Set {LEAST_CHARACTERS} random characters or more, the same everywhere."
    )


def _public_url() -> Finding:
    if urlsplit(settings.PUBLIC_URL).scheme == "https":
        return ok("settings", f"People reach the studio at {settings.PUBLIC_URL}.")
    return attention(
        "settings",
        "PUBLIC_URL is no https address: cookies are not marked secure, and links in mails may be wrong.",
        "Set PUBLIC_URL=https://… when others than you use this studio.",
    )


def _database() -> Iterator[Finding]:
    start = time.perf_counter()
    try:
        before = timezone.now()
        there = database_now()
        apart = (there - before).total_seconds()
        missing = _missing_migrations()
    except DatabaseError as exc:
        name = type(exc).__name__
        yield broken("database", f"It cannot be reached ({name}).", "Start it, or correct DATABASE_URL.")
        return
    took = (time.perf_counter() - start) * 1000
    yield ok("database", f"{connection.display_name} answers ({took:.0f} ms for all of this).")
    if missing:
        yield broken(
            "database",
            f"{len(missing)} migrations are not applied, first {missing[0]}.",
            "Run manage.py migrate, or start the first_run container again.",
        )
    if abs(apart) > _MOST_APART:
        yield attention(
            "clock",
            f"The clocks of this host and of the database are {abs(apart):.0f} s apart.",
            "Let NTP set both. Leases go by the database's clock alone, so no call is lost.",
        )
    else:
        yield ok("clock", f"This host and the database are {abs(apart):.1f} s apart.")


def _missing_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _redis() -> Iterator[Finding]:
    try:
        memory = redis_memory()
    except redis.RedisError as exc:
        advice = "Start it, or correct REDIS_URL. Until then requests are taken and begin late."
        yield broken("redis", f"It cannot be reached ({type(exc).__name__}).", advice)
        return
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction" and memory.get("maxmemory"):
        yield attention(
            "redis",
            f"It throws keys away when its memory is full (maxmemory-policy {policy}).",
            "Set maxmemory-policy noeviction, or doorbells get lost and calls begin late.",
        )
    else:
        yield ok("redis", f"It answers, uses {memory.get('used_memory_human', '?')} and evicts nothing.")


def _storage() -> Iterator[Finding]:
    key = f"doctor/{uuid.uuid4()}.txt"
    said = key.encode()
    start = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "said.txt")
            source.write_bytes(said)
            storage.store(source, key)
        with storage.open_object(key) as stored:
            heard = stored.read()
        storage.remove(key)
    except (storage.StorageUnavailable, FileNotFoundError) as exc:
        advice = "See AWS_* in the settings, the bucket and its rights. Until then answers wait in the spool."
        yield broken("storage", f"A small object could not be kept and read ({type(exc).__name__}).", advice)
        return
    took = (time.perf_counter() - start) * 1000
    if heard != said:
        yield broken("storage", "It gave back other bytes than it took.", "Do not use this storage.")
    else:
        yield ok("storage", f"An object was written, read and deleted ({took:.0f} ms).")


def _spool() -> Iterator[Finding]:
    root: Path = settings.SPOOL_ROOT
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=root, prefix="doctor-", suffix=".part"):
            free = shutil.disk_usage(root).free
        state = workers.spool_state(root)
    except OSError as exc:
        yield broken(
            "spool",
            f"{root} cannot be written ({type(exc).__name__}), so no call is made from this host.",
            "Give the folder to the user that the workers run as, or set STUDIO_SPOOL.",
        )
        return
    words = f"{root} holds {state.answers} answers; {free / 1e9:.1f} GB are free."
    if free < _ROOM:
        yield attention("spool", words, "Make room: without room for its answer no call is made.")
    else:
        yield ok("spool", words)
    if strangers := workers.laid_aside(root):
        yield attention(
            "spool",
            f"{strangers} answers belong to no call of this database, and lie in {root}/aside for 30 days.",
            "They are newer than a database that was restored: they were paid for, and hold the images.",
        )
