"""Texts that are lists: each entry between two ends of a line."""

from typing import Any

from django.db import models
from django.db.models.sql.compiler import SQLCompiler


@models.TextField.register_lookup
class HasLine(models.Lookup):
    """Whether one of the entries is exactly this; on PostgreSQL an index over the entries may answer it."""

    lookup_name = "has_line"

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, left = self.process_lhs(compiler, connection)
        rhs, right = self.process_rhs(compiler, connection)
        return f"instr({lhs}, char(10) || {rhs} || char(10)) > 0", (*left, *right)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, left = self.process_lhs(compiler, connection)
        rhs, right = self.process_rhs(compiler, connection)
        return f"string_to_array({lhs}, E'\\n') @> ARRAY[{rhs}]::text[]", (*left, *right)
