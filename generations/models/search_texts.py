"""What is searched of a generation: its words in one form, and the index of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.sql.compiler import SQLCompiler

from generations.models.generations import Generation

FTS_TABLE = "generations_searchtext_tokens"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Tokens that have to be there, all of them; of the `beginnings` one that begins so is enough each.

    Tokens are made of letters, digits and marks only, so no quoting lets anything out.
    """

    whole: Sequence[str] = ()
    beginnings: Sequence[str] = ()


class TokensField(models.TextField):  # type: ignore[type-arg]
    """Tokens with spaces between, written only: a tsvector under a GIN index, or text that FTS5 indexes.

    On SQLite the index is a table beside this one that triggers keep right (see the migration); a migration
    that rebuilds the table has to make the triggers anew.
    """

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_placeholder(self, value: Any, compiler: SQLCompiler, connection: Any) -> str:
        if connection.vendor == "postgresql" and not hasattr(value, "as_sql"):
            return "array_to_tsvector(string_to_array(%s, ' '))"
        return "%s"


@TokensField.register_lookup
class Matches(models.Lookup):
    """Whether all Wanted tokens are there."""

    lookup_name = "matches"
    prepare_rhs = False
    rhs: Wanted

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (value,)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        sql, params = self.process_lhs(compiler, connection)
        terms = [f"'{token}'" for token in self.rhs.whole]
        terms += [f"'{token}':*" for token in self.rhs.beginnings]
        return f"{sql} @@ %s::tsquery", [*params, " & ".join(terms)]

    def as_sqlite(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        row = connection.ops.quote_name(self.lhs.alias)
        terms = [f'"{token}"' for token in self.rhs.whole]
        terms += [f'"{token}"*' for token in self.rhs.beginnings]
        found = f"SELECT rowid FROM {FTS_TABLE} WHERE {FTS_TABLE} MATCH %s"  # noqa: S608 (a constant)
        return f"{row}.id IN ({found})", [" AND ".join(terms)]


class SearchText(models.Model):
    """One generation's words. Written beside what it is made of, in the same transaction."""

    generation = models.OneToOneField(Generation, on_delete=models.CASCADE, related_name="searched")
    # Folded: words, and the characters of scripts without spaces, each between two spaces.
    text = models.TextField()
    # What it was refused for: each between two ends of a line.
    categories = models.TextField(blank=True)
    tokens = TokensField()

    class Meta:
        verbose_name = "searched words"
        verbose_name_plural = "searched words"

    def __str__(self) -> str:
        return self.text[:60]
