"""`make bench-history`: a million generations in a PostgreSQL of its own, and a table of finding in it."""

import argparse
import sys
from contextlib import closing
from pathlib import Path

import psycopg

from tests.bench.own_server import own_server, run


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench-history", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--keep", type=Path, help="a folder for the database: the next run with it fills none"
    )
    asked = parser.parse_args(arguments)
    with own_server(asked.keep) as environment:
        if not _is_filled(environment["DATABASE_URL"]):
            run(environment, "-m", "tests.bench.seed_history", f"--rows={asked.rows}")
        run(environment, "-m", "tests.bench.history_table", f"--rounds={asked.rounds}")
    return 0


def _is_filled(url: str) -> bool:
    """Whether an earlier run has left its rows, which are written all or none."""
    with closing(psycopg.connect(url)) as connection:
        return connection.execute("SELECT 1 FROM generations_generation LIMIT 1").fetchone() is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
