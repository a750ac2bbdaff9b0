"""How PostgreSQL finds cases: by an index, once there are more than a few."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.models import Case
from generations.review.finding import decided_today, next_waiting, page, previous_waiting
from generations.review.sought import Sought, State
from team.models import User
from tests.bench.seed_review import fill

_BIG = {f"generations_{name}" for name in ("case", "generation", "refusal", "call", "verdict", "look")}
_ROWS = 10_000  # fewer are read whole by a planner in its right mind


@pytest.fixture
def reviewer(db: None) -> User:
    reviewer = fill(rows=_ROWS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL random_page_cost = 1.1")
    return reviewer


def scanned(statement: str) -> set[str]:
    """The big tables that a statement's plan reads from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        told = cursor.fetchone()[0]
    plans: list[dict[str, Any]] = [(json.loads(told) if isinstance(told, str) else told)[0]["Plan"]]
    found = set()
    while plans:
        plan = plans.pop()
        plans += plan.get("Plans", [])
        if plan["Node Type"] == "Seq Scan":
            found.add(plan["Relation Name"])
    return found & _BIG


def test_a_page_of_the_queue_reads_no_table_from_end_to_end(reviewer: User) -> None:
    member = User.objects.get(name="Seed 0")
    middle = page(Sought(), reviewer).next_cursor or ""
    searches = [
        Sought(),
        Sought(state=State.DECIDED),
        Sought(state=State.ALL),
        Sought(model="flux-2-klein"),
        Sought(kind="report"),
        Sought(member=member.pk),
        Sought(mine=True),
        Sought(category="nothing has this"),
        Sought(state=State.DECIDED, category="nothing has this"),
        Sought(state=State.DECIDED, member=member.pk),
        Sought(state=State.DECIDED, model="flux-2-klein"),
    ]
    asks: list[Callable[[], object]] = [partial(page, sought, reviewer) for sought in searches]
    asks += [lambda: page(Sought(), reviewer, middle), lambda: decided_today(reviewer)]
    case = Case.objects.waiting().order_by("opened_at")[1000]
    asks += [lambda: next_waiting(Sought(), reviewer, after=case)]
    asks += [lambda: previous_waiting(Sought(), reviewer, before=case)]

    with CaptureQueriesContext(connection) as captured:
        for ask in asks:
            ask()
    statements = {query["sql"] for query in captured if query["sql"].startswith("SELECT")}

    assert len(statements) > len(asks)
    if connection.vendor == "postgresql":
        assert [(scanned(one), one) for one in statements if scanned(one)] == []
