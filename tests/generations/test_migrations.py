"""The index of words is taken away and made anew on a database with rows: nothing is lost, all is found."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from generations import search
from generations.history.asked import Asked
from generations.history.finding import page
from generations.models import Generation
from team.models import User
from tests.studio_rows import make_rows


@pytest.fixture
def whole(transactional_db: None) -> Iterator[None]:
    """However far a test gets, the tests that follow find the newest tables."""
    yield
    if "generations_searchtext" not in columns():
        migrate(backwards=False)


def migrate(*, backwards: bool) -> None:
    """Take the migration of the search alone, which what came later does not build on."""
    loader = MigrationLoader(connection)
    migration = loader.get_migration("generations", "0008_search")
    before = loader.project_state(("generations", "0007_order_and_prices"))
    with connection.schema_editor(atomic=migration.atomic) as editor:
        take = migration.unapply if backwards else migration.apply
        take(before, editor)


def indexes() -> set[str]:
    """The indexes that the tables of the domain have, and on SQLite the names of their triggers, too."""
    statement = {
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'generations_%'",
        "sqlite": "SELECT name FROM sqlite_master WHERE tbl_name LIKE 'generations_%'",
    }[connection.vendor]
    return {name for (name,) in rows(statement) if not name.startswith("sqlite_")}


def columns() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return {
            table: {column.name for column in connection.introspection.get_table_description(cursor, table)}
            for table in tables
            if table.startswith("generations_")
        }


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def found(words: str, user: User) -> list[Generation]:
    return list(page(Asked(words=words), user).generations)


def test_what_there_is_survives_the_way_back_and_is_found_after_the_way_forward(
    whole: None, mei: User, rui: User, ada: User
) -> None:
    made = make_rows(mei, reviewer=rui, administrator=ada, words="一只白猫 on a roof")
    had = columns(), indexes()

    migrate(backwards=True)
    assert "generations_searchtext" not in columns()
    assert Generation.objects.get().prompt == "一只白猫 on a roof"
    if connection.vendor == "postgresql":
        assert rows("SELECT reloptions FROM pg_class WHERE relname = 'generations_generation'") == [(None,)]
    migrate(backwards=False)

    assert (columns(), indexes()) == had
    assert found("白猫 roof", mei) == [made.generation]
    Generation.objects.update(prompt="a lighthouse")
    search.note_many([made.generation.pk])
    assert found("lighthouse", mei) == [made.generation]
