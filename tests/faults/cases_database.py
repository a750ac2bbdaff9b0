"""Cases 60 to 66: the database ends sessions, restarts, is away, is locked, takes no writes."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import httpx

from generations.models import Generation
from tests.faults import asking
from tests.faults.cases import AS_PROMISED, DONE, LOST_UNSENT, Case, all_hold, one
from tests.faults.cases_worker import ends, in_flight
from tests.faults.stand import LEASE, Stand

_POSTGRESQL = ("postgresql",)
_SQLITE = ("sqlite",)


def _restarted(stand: Stand) -> list[Generation]:
    asked = [asking.ask(stand, f"a cat [[slow:{number / 2}]]") for number in range(8)]
    for _ in range(2):
        with stand.disturbed("database"):
            stand.restart_postgresql()
            time.sleep(1)
    return asked


def _sessions_ended(stand: Stand) -> list[Generation]:
    asked = [asking.ask(stand, f"a cat [[slow:{number / 2}]]") for number in range(8)]
    with stand.disturbed("database"):
        for _ in range(10):
            stand.end_sessions()
            time.sleep(0.4)
    return asked


def _away_during_calls(stand: Stand) -> list[Generation]:
    """Away for four leases, from before the answer until long after it."""
    asked = [asking.ask(stand, "a cat [[slow:3]]") for _ in range(4)]
    in_flight(stand, asked)
    with stand.disturbed("database"):
        stand.restart_postgresql(away=4 * LEASE)
    return asked


def _replies_lost(stand: Stand) -> list[Generation]:
    """The wire to the database is cut behind the word COMMIT, twenty times; only a person repeats."""
    assert stand.database_wire is not None
    with stand.disturbed("database"):
        stand.database_wire.cuts_after = b"COMMIT"
        stand.database_wire.cuts_left = 20
        asked = [asking.ask(stand, "a cat") for _ in range(6)]
        asking.wait_until(
            lambda: stand.database_wire is not None and stand.database_wire.cuts_left == 0, seconds=30
        )
        stand.database_wire.cuts_left = 0
    return asked


def _asked_once_at_most(stand: Stand, asked: list[Generation]) -> str:
    asking.drained(seconds=asking.PATIENCE)
    states = {asking.state(stand, generation) for generation in asked}
    allowed = {DONE, LOST_UNSENT, "unknown connection_lost: asked 0, paid 0, images 0"}
    return all_hold({f"each succeeded, or was never sent ({sorted(states)})": states <= allowed})


def _silent(stand: Stand) -> list[Generation]:
    """The database neither answers nor closes: sessions hang until somebody gives up."""
    assert stand.database_wire is not None
    asked = [asking.ask(stand, "a cat [[slow:2]]") for _ in range(3)]
    in_flight(stand, asked)
    with stand.disturbed("database"):
        stand.database_wire.mode = "silence"
        time.sleep(3 * LEASE)
        stand.database_wire.mode = "pass"
    return asked


def _read_only(stand: Stand) -> list[Generation]:
    asked = [asking.ask(stand, "a cat [[slow:2]]") for _ in range(3)]
    in_flight(stand, asked)
    with stand.disturbed("database"):
        stand.alter_database("default_transaction_read_only = on")
        time.sleep(2 * LEASE)
        stand.alter_database("default_transaction_read_only = off")
    asked.append(asking.ask(stand, "a cat"))
    return asked


def _locked(stand: Stand) -> list[Generation]:
    """A backup holds SQLite's only lock for longer than two leases while calls are in flight."""
    asked = [asking.ask(stand, f"a cat [[slow:{seconds}]]") for seconds in (1, 3, 6)]
    in_flight(stand, asked)
    file = stand.folder / "studio.sqlite3"
    with (
        stand.disturbed("database"),
        closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as backup,
    ):
        backup.execute("BEGIN IMMEDIATE")
        time.sleep(2.5 * LEASE)
        backup.execute("ROLLBACK")
    return asked


def _crowd_of_readers(stand: Stand) -> str:
    def status(_: int) -> int:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{stand.url}/account/login/", timeout=60).status_code
        return 0

    with ThreadPoolExecutor(200) as readers:
        seen = set(readers.map(status, range(200)))
    return all_hold({f"200 or 503 ({sorted(seen)})": seen <= {200, 503}, "some were served": 200 in seen})


CASES = (
    *(
        one(60, f"session ended at `{point}`", *expected, at=(point, "end-session"), databases=_POSTGRESQL)
        for point, expected in {
            "claimed": (DONE,),
            "marked-sent": (DONE,),
            "spooled": (DONE,),
            "received": (DONE,),
            "settling": (DONE,),
            "image-stored": (DONE,),
            "rows-written": (DONE,),
            "settled": (DONE,),
            "before-commit-claimed": (DONE,),
            "before-commit-sent": (DONE,),
            "before-commit-received": (DONE,),
            "before-commit-settled": (DONE,),
        }.items()
    ),
    Case(
        14,
        "the wire cut behind COMMIT, twenty times",
        AS_PROMISED,
        _replies_lost,
        _asked_once_at_most,
        _POSTGRESQL,
        is_alone=True,
    ),
    Case(
        60,
        "PostgreSQL crashes twice, 8 calls on their way",
        (DONE,),
        _restarted,
        lambda s, h: ends(s, h, DONE),
        _POSTGRESQL,
        is_alone=True,
    ),
    Case(
        60,
        "all sessions ended ten times",
        (DONE,),
        _sessions_ended,
        lambda s, h: ends(s, h, DONE),
        _POSTGRESQL,
        is_alone=True,
    ),
    Case(
        61,
        "PostgreSQL away for four leases during calls",
        (DONE,),
        _away_during_calls,
        lambda s, h: ends(s, h, DONE),
        _POSTGRESQL,
        is_alone=True,
    ),
    Case(
        61,
        "the database says nothing for three leases",
        (DONE,),
        _silent,
        lambda s, h: ends(s, h, DONE),
        _POSTGRESQL,
        is_alone=True,
    ),
    Case(
        62,
        "PostgreSQL takes no writes for two leases",
        (DONE,),
        _read_only,
        lambda s, h: ends(s, h, DONE),
        _POSTGRESQL,
        is_alone=True,
    ),
    Case(
        63,
        "SQLite locked for two and a half leases",
        (DONE,),
        _locked,
        lambda s, h: ends(s, h, DONE),
        _SQLITE,
        is_alone=True,
    ),
    Case(
        66,
        "200 requests at once",
        AS_PROMISED,
        lambda stand: None,
        lambda stand, _: _crowd_of_readers(stand),
        is_alone=True,
    ),
)
