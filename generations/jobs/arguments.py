"""What an action wants to be told, read from a form; what is missing or wrong is a sentence."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from generations.jobs.actions import Action
from generations.jobs.names import PATTERN, PLACES, is_pattern
from generations.keeping import MOST_AT_ONCE, MOST_STARS, split_names
from generations.models import Collection
from team.models import User

_LONGEST_TAG = 60  # characters


class NotUnderstood(Exception):
    """What was asked cannot be done as it was asked; the message is a sentence for the member."""


def read(form: QueryDict, action: Action, member: User) -> dict[str, Any]:
    """Return the arguments of an action, ready to be kept as JSON. Raises NotUnderstood."""
    return {name: _READERS[name](form, member) for name in action.takes}


def _rating(form: QueryDict, member: User) -> int:
    given = form.get("rating", "")
    if not (given.isascii() and given.isdigit() and len(given) == 1 and int(given) <= MOST_STARS):
        raise NotUnderstood(_("A rating is a number from 1 to 5, or 0 for none."))
    return int(given)


def _tags(form: QueryDict, member: User) -> list[str]:
    names = [name for each in form.getlist("tags") for name in split_names(each)]
    if not names:
        raise NotUnderstood(_("Name at least one tag."))
    if len(names) > MOST_AT_ONCE:
        raise NotUnderstood(_("Give 20 tags at most at once."))
    if max(map(len, names)) > _LONGEST_TAG:
        raise NotUnderstood(_("A tag has 60 characters at most."))
    return names


def _collection(form: QueryDict, member: User) -> str:
    try:
        found = Collection.objects.visible_to(member).filter(pk=form.get("collection", "")).first()
    except (ValidationError, ValueError):
        found = None
    if found is None:
        raise NotUnderstood(_("Choose a collection."))
    return str(found.pk)


def _pattern(form: QueryDict, member: User) -> str:
    given = form.get("pattern", "").strip() or PATTERN
    if not is_pattern(given):
        places = ", ".join(f"{{{place}}}" for place in PLACES)
        raise NotUnderstood(_("A name may hold words and %(places)s.") % {"places": places})
    return given


def _metadata(form: QueryDict, member: User) -> bool:
    """On, unless a form that shows the switch came without it."""
    return "metadata" in form or "has_metadata" not in form


_READERS: Mapping[str, Callable[[QueryDict, User], Any]] = {
    "rating": _rating,
    "tags": _tags,
    "collection": _collection,
    "pattern": _pattern,
    "metadata": _metadata,
}
