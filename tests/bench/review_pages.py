"""Fills the database that the environment names, then measures the review: pages, decisions, forgetting."""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import connection
from django.test import Client

from generations.models import Case
from generations.review.finding import page
from generations.review.sought import Sought
from imagestudio.embedded.first_run import collect_static_files
from team.models import Role, User
from tests.bench import review_forgetting
from tests.bench.seed_review import fill

# Milliseconds that may pass, 95 times in 100.
_QUEUE = 80
_DECISION = 200


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.review_pages", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=20, help="0 fills the database, and no more")
    asked = parser.parse_args(arguments)
    reviewer = User.objects.filter(role=Role.REVIEWER).first() or fill(rows=asked.rows)
    if not asked.rounds:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    settings.ALLOWED_HOSTS = ["testserver"]
    collect_static_files()
    client = Client()
    client.force_login(reviewer)
    load = ", ".join(f"{one:.0f}" for one in os.getloadavg())
    sys.stdout.write(f"{asked.rows:,} refusals; load of the machine {load}. Milliseconds.\n\n")
    sys.stdout.write("| what | promised | p50 | p95 |\n| --- | --- | --- | --- |\n")
    for name, address in _addresses(reviewer).items():
        _told(name, _QUEUE, lambda address=address: client.get(address), rounds=asked.rounds)  # type: ignore[misc]
    waiting = iter(
        list(Sought().found_by(reviewer).order_by("opened_at").values_list("pk", flat=True)[:1000])
    )
    _told("a case", _QUEUE, lambda: client.get(f"/review/{next(waiting)}/"), rounds=asked.rounds)
    _told("a decision", _DECISION, lambda: _decide(client, next(waiting)), rounds=asked.rounds)
    review_forgetting.measure(reviewer)
    return 0


def _addresses(reviewer: User) -> Mapping[str, str]:
    """Pages of the queue as reviewers ask for them, with what is frequent, rare and not there at all."""
    member = Case.objects.order_by("-pk").values_list("member", flat=True)[0]
    after = ""
    for _ in range(30):
        after = page(Sought(), reviewer, after).next_cursor or ""
    return {
        "the queue": "/review/",
        "its 31st page": f"/review/?after={after}",
        "decided": "/review/?state=decided",
        "all": "/review/?state=all",
        "a frequent category": "/review/?category=violence",
        "a category that nothing has": "/review/?category=nothing",
        "a frequent model": "/review/?model=gpt-image-1",
        "a rare model": "/review/?model=flux-2-klein",
        "a member": f"/review/?member={member}",
        "reports, of which there are none": "/review/?kind=report",
    }


def _decide(client: Client, case: int) -> None:
    answer = client.post(f"/review/{case}/", {"decision": "right", "version": "0"})
    if answer.status_code != 302:
        raise RuntimeError(f"The decision about {case} was answered with {answer.status_code}.")


def _told(name: str, promised: int, ask: Callable[[], object], *, rounds: int) -> None:
    ask()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    sys.stdout.write(f"| {name} | {promised} | {statistics.median(times):.0f} | {p95:.0f} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
