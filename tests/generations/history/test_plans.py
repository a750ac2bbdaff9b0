"""How PostgreSQL looks things up: by an index, whatever is asked for, once there is more than a little."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.history import finding
from generations.history.asked import Asked
from generations.history.counts import facets, months
from generations.history.finding import count, matching_images, page, place_of
from generations.history.marks import marks_of
from generations.models import Generation
from generations.neighbours import neighbours
from team.models import Role, User
from tests.bench.seed_history import fill

BIG = {"generations_generation", "generations_searchtext", "generations_image", "generations_call"}
ROWS = 10_000  # fewer are read whole by a planner in its right mind


@pytest.fixture
def largest(db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """The member who has most of a history that is large enough to be looked up."""
    for name in ("NEAREST", "NAMED"):
        monkeypatch.setattr(finding, name, 50)  # as few beside all rows as there are in a studio's life
    fill(rows=ROWS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL random_page_cost = 1.1")
    return User.objects.get(name="Seed 0")


def scanned(statement: str) -> set[str]:
    """The big tables that a statement's plan reads from end to end."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        plans = [cursor.fetchone()[0][0]["Plan"]]
    found = set()
    while plans:
        plan = plans.pop()
        plans += plan.get("Plans", [])
        if plan["Node Type"] == "Seq Scan":
            found.add(plan["Relation Name"])
    return found & BIG


def test_nothing_reads_a_big_table_from_end_to_end(largest: User) -> None:
    administrator = User(pk=largest.pk, role=Role.ADMINISTRATOR)
    tag, collection = largest.tags.all()[0], largest.collections.all()[0]
    middle = Generation.objects.filter(member=largest).newest_first()[200]
    searches = [
        Asked(),
        Asked(words="橘猫"),
        Asked(words="teapot -snow"),
        Asked(words="vitrine"),
        Asked(words="vitrine", status=("succeeded",)),
        Asked(tag=(tag.pk,)),
        Asked(status=("failed",), favourite=True, tag=(tag.pk,)),
        Asked(category=("hate",), references=False),
        Asked(collection=collection.pk, rating=3),
        Asked(sort="rating"),
        Asked(sort="cost", quality=("high",)),
    ]
    asks: list[Callable[[], object]] = [partial(page, asked, largest) for asked in searches]
    asks += [partial(page, asked, largest, place_of(middle, asked)) for asked in searches]
    asks += [partial(count, asked, largest) for asked in searches]
    asks += [partial(facets, asked, largest) for asked in searches[:1]]
    asks += [partial(marks_of, asked, largest) for asked in searches]
    asks += [partial(months, Asked(), largest)]
    asks += [lambda: list(matching_images(Asked(words="vitrine"), largest))]
    asks += [partial(page, Asked(team=True, words=words), administrator) for words in ("橘猫", "vitrine")]
    images = list(middle.images.all())
    asks += [partial(neighbours, one, images, in_history=True, asked=searches[1]) for one in images]

    with CaptureQueriesContext(connection) as captured:
        for ask in asks:
            ask()
    statements = {query["sql"] for query in captured if query["sql"].startswith("SELECT")}

    assert len(statements) > len(asks)
    if connection.vendor == "postgresql":
        assert [(scanned(one), one) for one in statements if scanned(one)] == []
