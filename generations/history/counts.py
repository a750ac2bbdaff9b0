"""How many there are of each value of each filter, and in each month."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Count
from django.db.models.functions import TruncMonth

from generations.category_words import in_words
from generations.history.asked import Asked
from generations.history.filters import COLUMNS, WAS_REFUSED, found_by, is_of_everybody
from generations.history.of_images import image_conditions
from generations.history.orders import order_of
from generations.models import (
    Collection,
    CollectionItem,
    Endpoint,
    Generation,
    GenerationStatus,
    Image,
    Outcome,
    Shape,
    Source,
    Tag,
)
from generations.models.generations import GenerationQuerySet
from generations.models.images import ImageQuerySet
from generations.parameter_words import parameter_label
from team.models import User

# Of everybody's history only the newest are counted: it has no end.
MOST_OF_EVERYBODY: Final = 10_000
_MOST_NAMED: Final = 50  # tags, collections: the most frequent ones
_PARAMETERS: Final = ("size", "quality", "background")
_LABELS: Final = {"status": GenerationStatus, "outcome": Outcome, "shape": Shape, "source": Source}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a filter, and how many would be found with it as the field's only value."""

    value: str  # as in the address
    label: str
    count: int
    is_chosen: bool
    address: str  # with the value added, or taken away where it is chosen


@dataclass(frozen=True, slots=True)
class Facets:
    """The values of the filters, by the field's name in Asked; the most frequent value comes first.

    Partial: there was too much to count, and the numbers are of the newest 10,000 only.
    """

    of: Mapping[str, Sequence[Value]]
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the rail, in the studio's time zone; the newest comes first."""

    year: int
    month: int
    count: int


def facets(asked: Asked, user: User) -> Facets:
    """Count every value of every filter among what fits all the other filters.

    All fields that are not filtered by are counted in one reading, each of the others in one of its own.
    """
    counted: dict[str, Counter[Any]] = {}
    free = [column for column in COLUMNS if not getattr(asked, column)]
    chosen = [column for column in COLUMNS if getattr(asked, column)]
    is_partial = False
    for columns, others in [(free, asked), *(([column], asked.without(column)) for column in chosen)]:
        rows = _grouped(counted_of(others, user), columns) if columns else []
        for column, counter in zip(columns, _folded(rows, len(columns)), strict=True):
            counted[column] = counter
        total = sum(row[-1] for row in rows)
        is_partial |= is_of_everybody(asked, user) and total >= MOST_OF_EVERYBODY
    counted["category"] = _categories(asked, user)
    if not is_of_everybody(asked, user):
        counted["tag"] = _tags(asked, user)
        counted["collection"] = _collections(asked, user)
    names = _names(counted)
    of = {field: _values(asked, field, counter, names) for field, counter in counted.items()}
    return Facets(of, is_partial)


def months(asked: Asked, user: User) -> list[Month]:
    """Count what fits by month."""
    found = found_by(asked, user).annotate(begin=TruncMonth("created_at"))
    rows = found.values_list("begin").annotate(number=Count("pk")).order_by("-begin")
    return [Month(begin.year, begin.month, number) for begin, number in rows]


def counted_of(asked: Asked, user: User) -> GenerationQuerySet:
    """Return what numbers are counted among: all that fits, of everybody's history the newest."""
    found = found_by(asked, user)
    if not is_of_everybody(asked, user):
        return found
    newest = order_of(replace(asked, sort="newest")).of(found).values("pk")[:MOST_OF_EVERYBODY]
    return Generation.objects.filter(pk__in=newest)


def _grouped(found: GenerationQuerySet, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Count every combination of values: they are far fewer than rows, and one reading serves all fields."""
    return list(found.order_by().values_list(*columns).annotate(number=Count("pk")))


def _folded(rows: Iterable[tuple[Any, ...]], width: int) -> "list[Counter[Any]]":
    counters: list[Counter[Any]] = [Counter() for _ in range(width)]
    for *values, number in rows:
        for counter, value in zip(counters, values, strict=True):
            if value != "":
                counter[value] += number
    return counters


def _categories(asked: Asked, user: User) -> "Counter[Any]":
    refused = counted_of(asked.without("category"), user).filter(WAS_REFUSED)
    rows = refused.exclude(searched__categories="").order_by().values_list("searched__categories")
    counted: Counter[Any] = Counter()
    for named, number in rows.annotate(number=Count("pk")):
        for category in (named or "").strip("\n").splitlines():
            counted[category] += number
    return counted


def _fitting(asked: Asked, user: User) -> ImageQuerySet:
    found = found_by(asked, user).order_by().values("pk")
    return Image.objects.kept().filter(image_conditions(asked, user), generation__in=found)


def _tags(asked: Asked, user: User) -> "Counter[Any]":
    """Of tags all have to be there, so that the chosen ones narrow what the others are counted among."""
    uses = Image.tags.through.objects.filter(
        image__in=_fitting(asked, user), tag__member=asked.person or user
    )
    rows = uses.values_list("tag_id").annotate(number=Count("image__generation", distinct=True))
    return Counter(dict(rows.order_by("-number", "tag_id")[:_MOST_NAMED]))


def _collections(asked: Asked, user: User) -> "Counter[Any]":
    visible = Collection.objects.visible_to(user).in_use()
    others = asked.without("collection")
    items = CollectionItem.objects.filter(image__in=_fitting(others, user), collection__in=visible)
    rows = items.values_list("collection_id").annotate(number=Count("image__generation", distinct=True))
    return Counter(dict(rows.order_by("-number", "collection_id")[:_MOST_NAMED]))


def _names(counted: "Mapping[str, Counter[Any]]") -> dict[str, dict[Any, str]]:
    """The names of what the address names by number; a query for each kind."""
    return {
        "endpoint": dict(Endpoint.objects.filter(pk__in=counted["endpoint"]).values_list("pk", "name")),
        "tag": dict(Tag.objects.filter(pk__in=counted.get("tag", ())).values_list("pk", "name")),
        "collection": dict(
            Collection.objects.filter(pk__in=counted.get("collection", ())).values_list("pk", "name")
        ),
    }


def _values(
    asked: Asked, field: str, counted: "Counter[Any]", names: Mapping[str, Mapping[Any, str]]
) -> list[Value]:
    held = getattr(asked, field)
    chosen = set(held) if isinstance(held, tuple) else {held} - {None}
    for value in chosen:
        counted[value] += 0  # also what is found no more can be taken away again
    found = []
    for value, number in sorted(counted.items(), key=lambda one: (-one[1], str(one[0]))):
        is_chosen = value in chosen
        changed = asked.without(field, value) if is_chosen else asked.with_value(field, value)
        label = _label(field, value, names)
        # What has no name here is another's, or gone.
        if label is not None or field not in names:
            found.append(Value(str(value), label or str(value), number, is_chosen, changed.address()))
    return found


def _label(field: str, value: Any, names: Mapping[str, Mapping[Any, str]]) -> str | None:
    if field in _LABELS:
        return str(_LABELS[field](value).label)
    if field in _PARAMETERS:
        return parameter_label(field, value)
    if field == "category":
        return in_words(value)
    return names.get(field, {}).get(value)
