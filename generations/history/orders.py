"""The orders of the history, and places in them: a cursor names the last row seen, so depth costs nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db.models import DateTimeField, DecimalField, Expression, F, Model, QuerySet, UUIDField, Value
from django.db.models import PositiveSmallIntegerField as SmallNumber
from django.db.models.functions import Coalesce

from generations.history.asked import Asked, Sort
from generations.history.rows import AfterRow
from generations.models.generations import GenerationQuerySet
from generations.paging import Place

Found = TypeVar("Found", bound=Model)

_MONEY = DecimalField(max_digits=12, decimal_places=6)
_MILLION = 10**6
_CURSOR = re.compile(r"(?:([orc])(-?[0-9]{0,12})~)?([A-Za-z0-9_=-]{1,40})")


@dataclass(frozen=True, slots=True)
class Order:
    """One order: by a field, if it names one, then by time and id, all in one direction."""

    letter: str  # begins its cursors, so that none is taken for another order's
    field: str = ""
    is_descending: bool = True

    def of(self, found: "QuerySet[Found]", *, through: str = "") -> "QuerySet[Found]":
        """Put rows in this order; `through` leads from them to their generation, as in "generation__"."""
        keys = self._keys(through)
        return found.order_by(*(key.desc() if self.is_descending else key.asc() for key in keys))

    def knows(self, cursor: str) -> bool:
        """Whether a cursor names a place of this order, and is not cut, forged or of another."""
        return self._place(cursor) is not None

    def after(self, found: GenerationQuerySet, cursor: str) -> GenerationQuerySet:
        """Return what follows the place that a cursor names, or all where it is none of this order."""
        place = self._place(cursor)
        return (
            found.filter(AfterRow(self._keys(""), place, descending=self.is_descending)) if place else found
        )

    def before(self, found: GenerationQuerySet, cursor: str) -> GenerationQuerySet:
        """Return what precedes a place, the nearest first."""
        place = self._place(cursor)
        if place is None:
            return found.none()
        backwards = Order(self.letter, self.field, not self.is_descending)
        preceding = found.filter(AfterRow(self._keys(""), place, descending=not self.is_descending))
        return backwards.of(preceding)  # type: ignore[return-value]

    def until(self, found: GenerationQuerySet, cursor: str) -> GenerationQuerySet:
        """Return what precedes a place, and what is at it."""
        place = self._place(cursor)
        if place is None:
            return found
        is_near = AfterRow(self._keys(""), place, descending=not self.is_descending, or_is=True)
        return found.filter(is_near)

    def key_of(self) -> dict[str, Expression | F]:
        """What a cursor of this order is made of, to be asked of the database by these names."""
        names = ("place_id", "place_at", "place_first")
        return dict(zip(names, reversed(self._keys("")), strict=False))

    def cursor(self, place: Place, first: Any = None) -> str:
        """Write the cursor of a row: where it is in time, and its value of the field."""
        if not self.letter:
            return str(place)
        number = "" if not self.field else int(first * _MILLION) if self.field == "cost" else first
        return f"{self.letter}{number}~{place}"

    def _place(self, cursor: str) -> "Sequence[Expression] | None":
        read = _CURSOR.fullmatch(cursor)
        if read is None or (read[1] or "") != self.letter or bool(read[2]) != bool(self.field):
            return None
        place = Place.parse(read[3])
        if place is None or read[2] == "-":
            return None
        ends = [Value(place.created_at, DateTimeField()), Value(place.pk, UUIDField())]
        if self.field == "cost":
            return [Value(Decimal(read[2]) / _MILLION, _MONEY), *ends]
        return [Value(min(int(read[2]), 9), SmallNumber()), *ends] if self.field else ends

    def _keys(self, through: str) -> "list[Expression | F]":
        ends: list[Expression | F] = [F(f"{through}created_at"), F(f"{through}id")]
        if self.field == "cost":
            # What has no price comes behind what was free.
            return [Coalesce(F(f"{through}cost"), Value(Decimal(-1), _MONEY), output_field=_MONEY), *ends]
        return [F(f"{through}{self.field}"), *ends] if self.field else ends


_ORDERS: Final = {
    Sort.NEWEST.value: Order(""),
    Sort.OLDEST.value: Order("o", is_descending=False),
    Sort.RATING.value: Order("r", "best_rating"),
    Sort.COST.value: Order("c", "cost"),
}


def order_of(asked: Asked) -> Order:
    return _ORDERS[asked.sort]
