"""`make seed-history ROWS=1000000`: fills the studio's own database with a history that reads like a team's.

Its images have no files. Run twice it adds a second team's worth.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.apps import apps
from django.db import connection, transaction

from tests.bench.history_rows import (
    COLLECTIONS_EACH,
    COLUMNS,
    MEMBERS,
    TABLES,
    TAGS_EACH,
    Chunk,
    Ids,
    Row,
    chunks,
)

SEED = 20261122


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make seed-history", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(arguments)
    begun = time.monotonic()
    fill(rows=asked.rows, seed=asked.seed)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    sys.stdout.write(f"{asked.rows:,} generations in {time.monotonic() - begun:.0f} s.\n")
    return 0


def fill(*, rows: int, seed: int = SEED) -> None:
    """Write the rows in one transaction; memory stays the same however many they are."""
    with transaction.atomic(), _bulk():
        ids = _people_and_things()
        for chunk in chunks(ids, rows=rows, seed=seed):
            _write(chunk)


def _people_and_things() -> Ids:
    model = apps.get_model
    mark = uuid4().hex[:6]
    members = model("team", "User").objects.bulk_create(
        model("team", "User")(
            email=f"seed-{mark}-{number}@studio.example", name=f"Seed {number}", password="!"
        )
        for number in range(MEMBERS)
    )
    endpoints = model("generations", "Endpoint").objects.bulk_create(
        model("generations", "Endpoint")(name=f"Seed {mark} {number}", base_url="http://127.0.0.1:9/v1")
        for number in range(2)
    )
    tags = model("generations", "Tag").objects.bulk_create(
        model("generations", "Tag")(member=member, name=f"tag {number}", folded=f"tag {number}")
        for member in members
        for number in range(TAGS_EACH)
    )
    collections = model("generations", "Collection").objects.bulk_create(
        model("generations", "Collection")(owner=member, name=f"Set {number}")
        for member in members
        for number in range(COLLECTIONS_EACH)
    )
    return Ids(
        members=[member.pk for member in members],
        endpoints=[endpoint.pk for endpoint in endpoints],
        tags={one.pk: [tag.pk for tag in tags if tag.member_id == one.pk] for one in members},
        collections={one.pk: [made.pk for made in collections if made.owner_id == one.pk] for one in members},
    )


def _write(chunk: Chunk) -> None:
    with connection.cursor() as cursor:
        for name, table in TABLES.items():
            columns = COLUMNS[name].split()
            rows = getattr(chunk, name)
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                    copy.write("".join(map(_line, rows)))
            else:
                places = ", ".join(["%s"] * len(columns))
                names = ", ".join(columns)
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608


def _line(row: Row) -> str:
    return "\t".join(["\\N" if one is None else _escaped(str(one)) for one in row]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in text or "\\" in text else text


@contextmanager
def _bulk() -> Iterator[None]:
    """Make the index of the words after the rows: that takes a tenth of the time."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        # A busy machine may need longer than a minute for the rows of one chunk.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):  # the rows fit each other: nothing is gained by a look at each key
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'searchtext_tokens'")
        definition = cursor.fetchone()[0]
        cursor.execute("DROP INDEX searchtext_tokens")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(definition)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
