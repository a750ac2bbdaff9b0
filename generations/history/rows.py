"""Compares rows as a whole, `(a, b) < (x, y)`, which both databases look up in an index in one step."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Expression, F, Func
from django.db.models.sql.compiler import SQLCompiler


class AfterRow(Func):
    """Whether a row of expressions comes after a row of values, in one direction of the order.

    Or is that row, where that is enough.
    """

    def __init__(
        self,
        row: Sequence[Expression | F],
        place: Sequence[Expression],
        *,
        descending: bool,
        or_is: bool = False,
    ) -> None:
        self.width = len(row)
        self.sign = ("<" if descending else ">") + ("=" if or_is else "")
        super().__init__(*row, *place, output_field=BooleanField())

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        parts: list[str] = []
        params: list[Any] = []
        for expression in self.get_source_expressions():
            sql, given = compiler.compile(expression)
            parts.append(sql)
            params += given
        row, place = ", ".join(parts[: self.width]), ", ".join(parts[self.width :])
        return f"({row}) {self.sign} ({place})", tuple(params)
