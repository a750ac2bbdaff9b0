"""Searches what was asked for: the words of prompts, and indexes for filters and orders.

On PostgreSQL the words are a tsvector under a GIN index, on SQLite an FTS5 table that triggers keep right.
"""

from collections.abc import Iterator
from uuid import UUID

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import generations.models.search_texts
from generations.search.index import rows_of

CHUNK = 1000  # generations read and written at a time, so that memory stays flat

# A page of the history is found in the index alone, whatever it is filtered by.
HISTORY = """
CREATE INDEX generation_history ON generations_generation (member_id, created_at DESC, id DESC) INCLUDE (
    status, outcome, operation, endpoint_id, model, n, size, shape, quality, background, source,
    best_rating, favourites, cost, trashed_at
)
"""
PLAIN_HISTORY = """
CREATE INDEX generation_history ON generations_generation (member_id, created_at DESC, id DESC)
"""
# Without a list of pending entries a search costs the same at any time; one insertion costs well below 1 ms.
TOKENS = "CREATE INDEX searchtext_tokens ON generations_searchtext USING gin (tokens) WITH (fastupdate = off)"
# The planner chooses between the newest rows and the index by how frequent it knows words to be.
STATISTICS = "ALTER TABLE generations_searchtext ALTER COLUMN tokens SET STATISTICS 500"
# Rows that were not vacuumed are looked up in the table besides the index: not more than 2 % of them. To start
# workers takes longer than a page may.
FOR_PAGES = """
ALTER TABLE {table} SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02, parallel_workers = 0
)
"""
NOT_FOR_PAGES = """
ALTER TABLE generations_generation RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor,
    autovacuum_analyze_scale_factor, parallel_workers
)
"""
SQLITE = (
    """
    CREATE VIRTUAL TABLE generations_searchtext_tokens USING fts5(
        tokens, content = 'generations_searchtext', content_rowid = 'id', tokenize = 'ascii', detail = 'none'
    )
    """,
    """
    CREATE TRIGGER searchtext_added AFTER INSERT ON generations_searchtext BEGIN
        INSERT INTO generations_searchtext_tokens(rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER searchtext_removed AFTER DELETE ON generations_searchtext BEGIN
        INSERT INTO generations_searchtext_tokens(generations_searchtext_tokens, rowid, tokens)
        VALUES ('delete', old.id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER searchtext_changed AFTER UPDATE ON generations_searchtext BEGIN
        INSERT INTO generations_searchtext_tokens(generations_searchtext_tokens, rowid, tokens)
        VALUES ('delete', old.id, old.tokens);
        INSERT INTO generations_searchtext_tokens(rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    "INSERT INTO generations_searchtext_tokens(generations_searchtext_tokens) VALUES ('rebuild')",
)
SQLITE_BACKWARDS = (
    "DROP TRIGGER searchtext_added",
    "DROP TRIGGER searchtext_removed",
    "DROP TRIGGER searchtext_changed",
    "DROP TABLE generations_searchtext_tokens",
)


def make_index(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        for statement in SQLITE:
            editor.execute(statement)
        return
    # What was filled in just now has its foreign keys checked at once: no index is made before that.
    editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    editor.execute("DROP INDEX generation_history")
    for statement in (HISTORY, TOKENS, STATISTICS):
        editor.execute(statement)
    for table in ("generations_generation", "generations_searchtext"):
        editor.execute(FOR_PAGES.format(table=table))


def drop_index(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        for statement in SQLITE_BACKWARDS:
            editor.execute(statement)
        return
    editor.execute("DROP INDEX searchtext_tokens")
    editor.execute("DROP INDEX generation_history")
    editor.execute(PLAIN_HISTORY)
    editor.execute(NOT_FOR_PAGES)


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write down every generation that there is."""
    search_text = apps.get_model("generations", "SearchText")
    images = apps.get_model("generations", "Image").objects.exclude(revised_prompt="")
    refusals = apps.get_model("generations", "Refusal").objects.exclude(categories=[])
    for made in _chunks(apps):
        ids = [pk for pk, _, _ in made]
        revised = images.filter(generation__in=ids).order_by("pk")
        refused = refusals.filter(generation__in=ids)
        rows = rows_of(
            made,
            revised.values_list("generation_id", "revised_prompt"),
            refused.values_list("generation_id", "categories"),
        )
        search_text.objects.bulk_create(
            search_text(generation_id=pk, text=row.text, categories=row.categories, tokens=row.tokens)
            for pk, row in rows
        )


def _chunks(apps: Apps) -> Iterator[list[tuple[UUID, int, str]]]:
    generations_in_order = apps.get_model("generations", "Generation").objects.order_by("pk")
    rest = generations_in_order
    while made := list(rest.values_list("pk", "member_id", "prompt")[:CHUNK]):
        yield made
        rest = generations_in_order.filter(pk__gt=made[-1][0])


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0007_order_and_prices"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "generation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="searched",
                        to="generations.generation",
                    ),
                ),
                ("text", models.TextField()),
                ("categories", models.TextField(blank=True)),
                ("tokens", generations.models.search_texts.TokensField()),
            ],
            options={
                "verbose_name": "searched words",
                "verbose_name_plural": "searched words",
            },
        ),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(fields=["-created_at", "-id"], name="generation_newest"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(make_index, drop_index),
    ]
