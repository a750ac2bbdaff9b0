"""Prints the table of the history's bench, of the database that the environment names."""

import os
import statistics
import sys
from collections.abc import Sequence

from django.db import connection

from generations.models import Generation
from tests.bench.history_queries import Line, measured, queries

ROUNDS = 3
_HEAD = (
    "query",
    "processors: p50",
    "p95",
    "promised",
    "by the clock: p50",
    "p95",
    "ILIKE, OFFSET: p50",
    "p95",
    "times ours: p50",
    "p95",
)


def main() -> int:
    rows = Generation.objects.count()
    load = ", ".join(f"{one:.0f}" for one in os.getloadavg())
    sys.stdout.write(f"{rows:,} generations on {_version()}; load of the machine {load}. Milliseconds.\n\n")
    sys.stdout.write(f"| {' | '.join(_HEAD)} |\n|{' --- |' * len(_HEAD)}\n")
    for query in queries():
        sys.stdout.write(_row(measured(query, rounds=ROUNDS)))
        sys.stdout.flush()
    return 0


def _row(line: Line) -> str:
    ours = _percentiles([one.processors for one in line.ours])
    clock = _percentiles([one.clock for one in line.ours])
    naive = _percentiles([one.processors for one in line.naive])
    cells = [
        line.query.name,
        *(f"{one:.1f}" for one in ours),
        str(line.query.promised or ""),
        *(f"{one:.0f}" for one in (*clock, *naive)),
        *(f"{theirs / own:.1f}" for theirs, own in zip(naive, ours, strict=True)),
    ]
    return f"| {' | '.join(cells)} |\n"


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    if len(times) == 1:
        return times[0], times[0]
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]


def _version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


if __name__ == "__main__":
    sys.exit(main())
