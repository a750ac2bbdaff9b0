"""What is asked, in words, and the address without each part of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from generations import category_words
from generations.history.asked import Asked
from generations.models import Collection, Endpoint, GenerationStatus, Outcome, Shape, Source, Tag
from generations.parameter_words import parameter_label
from team.models import User


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition; `field` and `value` are its place in Asked, `label` says it whole."""

    label: str
    address_without: str
    field: str
    value: str


def chips(asked: Asked, user: User) -> tuple[Chip, ...]:
    """Return every condition of a search in words, in the order of the address; at most four queries."""
    names = {field: name_of(asked, user) for field, name_of in _NAMES_OF.items() if getattr(asked, field)}
    return tuple(
        Chip(
            label=_in_words(field, value, names.get(field, {})),
            address_without=asked.without(field, value).address(),
            field=field,
            value=str(value),
        )
        for field, value in _conditions(asked)
    )


def _conditions(asked: Asked) -> Iterator[tuple[str, Any]]:
    for field in fields(asked):
        value = getattr(asked, field.name)
        if field.name == "sort" or value == field.default:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            yield field.name, one


def _tags(asked: Asked, user: User) -> dict[Any, str]:
    found = Tag.objects.filter(pk__in=asked.tag)
    if not user.is_administrator:
        found = found.filter(member=user)
    return dict(found.values_list("pk", "name"))


def _collections(asked: Asked, user: User) -> dict[Any, str]:
    found = Collection.objects.visible_to(user).filter(pk__in=[asked.collection])
    return dict(found.values_list("pk", "name"))


def _endpoints(asked: Asked, user: User) -> dict[Any, str]:
    return dict(Endpoint.objects.filter(pk__in=asked.endpoint).values_list("pk", "name"))


def _people(asked: Asked, user: User) -> dict[Any, str]:
    found = User.objects.filter(pk__in=[asked.person])
    return {person.pk: person.display_name for person in found}


_NAMES_OF: Final[dict[str, Callable[[Asked, User], dict[Any, str]]]] = {
    "tag": _tags,
    "collection": _collections,
    "endpoint": _endpoints,
    "person": _people,
}
_CHOICES: Final = {"status": GenerationStatus, "outcome": Outcome, "shape": Shape, "source": Source}


def _in_words(field: str, value: Any, names: dict[Any, str]) -> str:
    if field in _CHOICES:
        return str(_CHOICES[field](value).label)
    if field in _NAMES_OF:
        return names.get(value) or _("Not found")
    match field:
        case "since":
            return _("From %(day)s") % {"day": date_format(value)}
        case "until":
            return _("Until %(day)s") % {"day": date_format(value)}
        case "cost_from":
            return _("Costs at least %(amount)s") % {"amount": value}
        case "cost_to":
            return _("Costs at most %(amount)s") % {"amount": value}
        case "n":
            return _("Images asked for: %(number)s") % {"number": value}
        case "rating":
            return _("Rated %(number)s or more") % {"number": value}
        case "quality":
            return _("Quality: %(value)s") % {"value": parameter_label(field, value)}
        case "background":
            return _("Background: %(value)s") % {"value": parameter_label(field, value)}
        case "category":
            return category_words.in_words(value)
        case "size":
            return parameter_label(field, value)
        case "references":
            return _("With references") if value else _("Without references")
        case "favourite":
            return _("Favourites")
        case "team":
            return _("The whole team")
    return str(value)
