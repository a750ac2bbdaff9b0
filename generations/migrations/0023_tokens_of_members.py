"""Names every token of the index of words with its member before it, beside the plain one.

It took the place of a token that was the member alone.
"""

import re
from collections.abc import Callable, Iterable

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHUNK = 1000  # rows of SQLite read and written at a time
OF_A_MEMBER = re.compile("m[0-9]")

TOKENS = "CREATE INDEX searchtext_tokens ON generations_searchtext USING gin (tokens) WITH (fastupdate = off)"
# Of more than 40,000 tokens twice as many would not fit into a tsvector's 1 MiB: of Chinese the first are kept.
FORWARDS = """
UPDATE generations_searchtext searched SET tokens = coalesce((
    SELECT array_to_tsvector(array_agg(token) || array_agg('m' || made.member_id || token))
    FROM (SELECT token FROM unnest(tsvector_to_array(searched.tokens)) token
          WHERE token !~ '^m[0-9]' ORDER BY left(token, 1) = 'h' LIMIT 40000) plain
), '') FROM generations_generation made WHERE made.id = searched.generation_id
"""
BACKWARDS = """
UPDATE generations_searchtext searched SET tokens = (
    SELECT array_to_tsvector(array_append(array_agg(token), 'm' || made.member_id))
    FROM unnest(tsvector_to_array(searched.tokens)) token WHERE token !~ '^m[0-9]'
) FROM generations_generation made WHERE made.id = searched.generation_id
"""
ROWS = """
SELECT searched.id, searched.tokens, made.member_id FROM generations_searchtext searched
JOIN generations_generation made ON made.id = searched.generation_id
WHERE searched.id > %s ORDER BY searched.id LIMIT %s
"""

Write = Callable[[list[str], int], Iterable[str]]


def name_members(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    _write(editor, FORWARDS, lambda plain, member: [*plain, *(f"m{member}{token}" for token in plain)])


def name_tokens(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    _write(editor, BACKWARDS, lambda plain, member: [*plain, f"m{member}"])


def _write(editor: BaseDatabaseSchemaEditor, statement: str, of_row: Write) -> None:
    if editor.connection.vendor == "sqlite":
        _row_by_row(editor, of_row)
        return
    # To fill an index anew takes a tenth of the time of changing it row by row.
    for each in ("SET CONSTRAINTS ALL IMMEDIATE", "DROP INDEX searchtext_tokens", statement):
        editor.execute(each)
    editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    editor.execute(TOKENS)


def _row_by_row(editor: BaseDatabaseSchemaEditor, of_row: Write) -> None:
    """A trigger keeps FTS5's table right."""
    last = 0
    with editor.connection.cursor() as cursor:
        while True:
            cursor.execute(ROWS, [last, CHUNK])
            rows = cursor.fetchall()
            if not rows:
                return
            last = rows[-1][0]
            plain = {
                pk: [one for one in tokens.split() if not OF_A_MEMBER.match(one)] for pk, tokens, _ in rows
            }
            cursor.executemany(
                "UPDATE generations_searchtext SET tokens = %s WHERE id = %s",
                [(" ".join(sorted(of_row(plain[pk], member))), pk) for pk, _tokens, member in rows],
            )


class Migration(migrations.Migration):
    dependencies = [
        ("generations", "0022_cost_of_proposals"),
    ]

    operations = [
        migrations.RunPython(name_members, name_tokens),
    ]
