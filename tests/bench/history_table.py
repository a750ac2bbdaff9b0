"""Prints the table of the history's bench, of the database that the environment names."""

import argparse
import os
import statistics
import sys
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.test import Client

from generations.models import Generation
from imagestudio.embedded.first_run import collect_static_files
from team.models import User
from tests.bench.history_queries import Line, Taken, by_size, measured, pages, queries, taken

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
_ANSWERS = 40  # of the web server, for each line of the table
_PROMISED = 60


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history_table", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args(arguments).rounds
    rows = Generation.objects.count()
    load = ", ".join(f"{one:.0f}" for one in os.getloadavg())
    sys.stdout.write(f"{rows:,} generations on {_version()}; load of the machine {load}. Milliseconds.\n\n")
    sys.stdout.write(f"| {' | '.join(_HEAD)} |\n|{' --- |' * len(_HEAD)}\n")
    collect_static_files()
    import_module("imagestudio.wsgi")  # which readies the process for pages, as in the web server
    for query in queries():
        sys.stdout.write(_row(measured(query, rounds=rounds)))
        sys.stdout.flush()
    largest = by_size()[0]
    for name, addresses in pages(largest).items():
        sys.stdout.write(_page_row(f"the whole {name}", _answered(largest, addresses)))
        sys.stdout.flush()
    return 0


def _answered(member: User, addresses: Sequence[str]) -> list[Taken]:
    """Ask the web server for everything that stands on pages, each of them once before to warm up."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(member)
    for address in addresses:
        answer = client.get(address)
        if answer.status_code != HTTPStatus.OK:
            raise ValueError(f"{address} was answered with {answer.status_code}.")
    turns = range(-(-_ANSWERS // len(addresses)))
    return [taken(partial(client.get, address)) for _ in turns for address in addresses]


def _page_row(name: str, times: Sequence[Taken]) -> str:
    ours = _percentiles([one.processors for one in times])
    clock = _percentiles([one.clock for one in times])
    cells = [f"{ours[0]:.1f}", f"{ours[1]:.1f}", str(_PROMISED), f"{clock[0]:.0f}", f"{clock[1]:.0f}"]
    return f"| {' | '.join([name, *cells, *[''] * 4])} |\n"


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
    sys.exit(main(sys.argv[1:]))
