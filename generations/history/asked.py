"""What a member wants to see of the history. All of it stands in the address, in one order."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.history.labels import LABELS
from generations.history.values import (
    MAX_VALUES,
    NotUnderstood,
    date_in,
    id_in,
    money_in,
    number_in,
    text_in,
    words_in,
    yes_or_no_in,
)
from generations.models import GenerationStatus, Outcome, Shape, Source
from team.models import User


class Sort(TextChoices):
    """The orders of the history; within the same rating or cost the newest comes first."""

    NEWEST = "newest", _("Newest first")
    OLDEST = "oldest", _("Oldest first")
    RATING = "rating", _("Best rated first")
    COST = "cost", _("Most expensive first")


@dataclass(frozen=True, slots=True)
class Asked:
    """Words, filters and order, as far as they were understood.

    Several values of one field are alternatives; of tags all have to be there. Favourite, rating, tags and
    collection have to be true of one and the same image.
    """

    words: str = ""
    status: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    endpoint: tuple[int, ...] = ()
    size: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    quality: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    n: tuple[int, ...] = ()
    references: bool | None = None
    favourite: bool = False
    rating: int = 0  # at least; 0 is any
    tag: tuple[int, ...] = ()
    collection: UUID | None = None
    since: date | None = None
    until: date | None = None  # the whole day
    cost_from: Decimal | None = None
    cost_to: Decimal | None = None
    source: tuple[str, ...] = ()
    # Whose history: administrators may look at another's, or at everybody's. Prompts are private otherwise.
    person: int | None = None
    team: bool = False
    sort: str = Sort.NEWEST.value

    @classmethod
    def parse(cls, data: QueryDict, user: User) -> "tuple[Asked, dict[str, str]]":
        """Read an address. What is wrong in it is left out and told in words, by the name there."""
        found: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for field, read in _READERS.items():
            name = name_in_address(field)
            given = [value for value in data.getlist(name) if value.strip()]
            if not given:
                continue
            try:
                _refuse_to_outsiders(field, user)
                found[field] = _several(given, read) if field in SEVERAL else read(given[-1].strip())
            except NotUnderstood as error:
                told = {"label": LABELS[field], "value": error.words}
                errors[name] = gettext("%(label)s: %(value)s") % told
        return cls(**found), errors

    def address(self) -> str:
        """Return the one address, without "?", that asks for this."""
        pairs: list[tuple[str, str]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                values = value if isinstance(value, tuple) else (value,)
                pairs += [(name_in_address(field.name), _written(one)) for one in values]
        return urlencode(pairs)

    def without(self, field: str, value: object = None) -> "Asked":
        """Return this without one value of a field, or without the field; an unknown name changes nothing."""
        named = field_in_address(field)
        known: dict[str, Any] = {one.name: one.default for one in fields(self)}
        if named not in known:
            return self
        held = getattr(self, named)
        if value is not None and isinstance(held, tuple):
            known[named] = tuple(one for one in held if str(one) != str(value))
        return self._with(named, known[named])

    def with_value(self, field: str, value: object) -> "Asked":
        """Return this with one more value of a field that takes several, or with the field set."""
        named = field_in_address(field)
        if named in SEVERAL:
            return self._with(named, _in_order({*getattr(self, named), value}))
        return self._with(named, value)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out; the order and whose history it is leave nothing out."""
        return replace(self, sort=Sort.NEWEST.value, person=None, team=False) != Asked()

    @property
    def asks_of_one_image(self) -> bool:
        """Whether there is a condition on single images, so that not all of a generation's need to fit."""
        return self.favourite or bool(self.rating or self.tag or self.collection)

    def _with(self, field: str, value: Any) -> "Asked":
        changed: dict[str, Any] = {field: value}
        return replace(self, **changed)


SEVERAL: Final = frozenset(
    {
        "status",
        "outcome",
        "category",
        "model",
        "endpoint",
        "size",
        "shape",
        "quality",
        "background",
        "n",
        "tag",
        "source",
    }
)
_NAMES: Final = {"words": "q", "since": "from", "until": "to"}
_FIELDS: Final = {name: field for field, name in _NAMES.items()}


def name_in_address(field: str) -> str:
    """Return what a field of Asked is called in the address."""
    return _NAMES.get(field, field)


def field_in_address(name: str) -> str:
    """Return the field of Asked that a name in the address, or its own name, stands for."""
    return _FIELDS.get(name, name)


def _choice_of(choices: type[TextChoices]) -> Callable[[str], str]:
    def read(given: str) -> str:
        if given not in choices.values:
            raise NotUnderstood(_("There is no such value."))
        return given

    return read


def _uuid_in(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise NotUnderstood(_("There is no such value.")) from None


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "words": words_in,
    "status": _choice_of(GenerationStatus),
    "outcome": _choice_of(Outcome),
    "category": text_in,
    "model": text_in,
    "endpoint": id_in,
    "size": text_in,
    "shape": _choice_of(Shape),
    "quality": text_in,
    "background": text_in,
    "n": partial(number_in, least=1, most=10),
    "references": yes_or_no_in,
    "favourite": yes_or_no_in,
    "rating": partial(number_in, least=0, most=5),
    "tag": id_in,
    "collection": _uuid_in,
    "since": date_in,
    "until": date_in,
    "cost_from": money_in,
    "cost_to": money_in,
    "source": _choice_of(Source),
    "person": id_in,
    "team": yes_or_no_in,
    "sort": _choice_of(Sort),
}


def _refuse_to_outsiders(field: str, user: User) -> None:
    if field in ("person", "team") and not user.is_administrator:
        raise NotUnderstood(_("Only administrators see what others asked for."))


def _several(given: list[str], read: Callable[[str], Any]) -> tuple[Any, ...]:
    if len(given) > MAX_VALUES:
        raise NotUnderstood(_("Choose at most %(most)d values.") % {"most": MAX_VALUES})
    return _in_order({read(one.strip()) for one in given})


def _in_order(values: set[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values))


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)
