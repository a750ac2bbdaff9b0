"""What the panel of filters shows: every field that has something to choose from, with its numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise

from generations.history.asked import Asked
from generations.history.counts import Value, facets
from generations.history.finding import Count
from generations.history.labels import CHOSEN
from generations.history.marks import marks_of
from team.models import User

_OPEN_AT_FIRST: Final = ("status", "model")
# Fields of the group that is filled in.
_FILLED: Final = (
    "references",
    "favourite",
    "rating",
    "collection",
    "since",
    "until",
    "cost_from",
    "cost_to",
    "person",
    "team",
)


@dataclass(frozen=True, slots=True)
class Group:
    """One filter with its values; `chosen` is how many of them are."""

    field: str
    label: str | Promise
    values: Sequence[Value]
    chosen: int
    is_open: bool


def panel(asked: Asked, user: User, *, total: Count) -> dict[str, object]:
    """Return what the panel needs beside the search itself, of which there are so many."""
    counted = facets(asked, user)
    groups = [_group(field, counted.of.get(field, ())) for field in CHOSEN]
    return {
        "groups": [group for group in groups if group.chosen or _narrows(group, total)],
        "marks": marks_of(asked, user),
        "counted_collections": counted.of.get("collection", ()),
        "is_partial": counted.is_partial,
        "is_more_open": any(getattr(asked, field) not in (None, False, 0) for field in _FILLED),
        "cost_from": _written(asked.cost_from),
        "cost_to": _written(asked.cost_to),
        "people": _people(user),
    }


def _group(field: str, values: Sequence[Value]) -> Group:
    chosen = sum(value.is_chosen for value in values)
    return Group(field, CHOSEN[field], values, chosen, bool(chosen) or field in _OPEN_AT_FIRST)


def _narrows(group: Group, total: Count) -> bool:
    """Whether a choice changes anything: one value does where others have none."""
    return len(group.values) > 1 or any(total.is_more or one.count < total.number for one in group.values)


def _written(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"


def _people(user: User) -> Iterable[User]:
    """Whom an administrator may look at; nobody for others."""
    return User.objects.as_listed().exclude(pk=user.pk) if user.is_administrator else ()
