"""The index of words is taken away and made anew on a database with rows: nothing is lost, all is found."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from generations import search
from generations.history.asked import Asked
from generations.history.finding import page
from generations.models import Generation, Image
from generations.models.search_texts import SearchText
from team.models import User
from tests.studio_rows import make_rows


@pytest.fixture
def whole(transactional_db: None) -> Iterator[None]:
    """However far a test gets, the tests that follow find the newest tables."""
    yield
    if "generations_searchtext" not in columns():
        migrate(backwards=False)


def migrate(name: str = "0008_search", *, backwards: bool) -> None:
    """Take one migration of the search alone, which what came later does not build on."""
    loader = MigrationLoader(connection)
    migration = loader.get_migration("generations", name)
    [before_it] = migration.dependencies
    before = loader.project_state(before_it)
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


def tokens() -> set[str]:
    """What stands in the index of words, without quotes."""
    return {
        token.strip("'")
        for (line,) in rows("SELECT tokens FROM generations_searchtext")
        for token in line.split()
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


def test_tokens_are_named_with_their_member_and_on_the_way_back_the_member_is_one(
    whole: None, mei: User, rui: User, ada: User
) -> None:
    made = make_rows(mei, reviewer=rui, administrator=ada, words="一只白猫 on a roof")
    had = tokens(), indexes()

    migrate("0023_tokens_of_members", backwards=True)
    plain = tokens()
    assert {"won", "h白猫", f"m{mei.pk}"} <= plain
    assert f"m{mei.pk}won" not in plain
    migrate("0023_tokens_of_members", backwards=False)

    assert (tokens(), indexes()) == had
    assert found("白猫 roo", mei) == [made.generation]
    assert found("白猫 roo", rui) == []


def test_what_was_made_before_gets_the_shape_of_its_first_image(
    whole: None, mei: User, rui: User, ada: User
) -> None:
    made = make_rows(mei, reviewer=rui, administrator=ada, words="cat")
    Image.objects.filter(generation=made.generation).update(width=3, height=2)
    Generation.objects.update(shape="", images_count=1)

    migrate("0025_shapes", backwards=False)

    assert Generation.objects.get().shape == "landscape"


def test_of_a_text_of_more_tokens_than_can_be_named_twice_words_are_kept(
    whole: None, mei: User, rui: User, ada: User
) -> None:
    make_rows(mei, reviewer=rui, administrator=ada, words="cat")
    pairs = (f"h{chr(0x4E00 + at // 200)}{chr(0x4E00 + at % 200)}" for at in range(40_001))
    SearchText.objects.update(tokens=" ".join([*pairs, "wend", f"m{mei.pk}"]))

    migrate("0023_tokens_of_members", backwards=False)

    named = tokens()
    assert {"wend", f"m{mei.pk}wend", "h一一"} <= named


def test_a_text_with_nothing_to_find_is_indexed_as_it_was(
    whole: None, mei: User, rui: User, ada: User
) -> None:
    make_rows(mei, reviewer=rui, administrator=ada, words="cat")
    SearchText.objects.update(tokens="")
    had = tokens(), indexes()

    for backwards in (True, False):
        migrate("0023_tokens_of_members", backwards=backwards)

    assert (tokens(), indexes()) == had == (set(), had[1])
