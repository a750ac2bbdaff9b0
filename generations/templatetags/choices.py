"""The entries of a <select> in templates: {% options members sought.member %}."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def options(choices: Iterable[tuple[object, object]], chosen: object = None) -> SafeString:
    """Write values with their labels, as one piece: a loop over hundreds takes a template milliseconds."""
    wanted = "" if chosen is None else str(chosen)
    return SafeString("".join(_option(str(value), str(label), wanted) for value, label in choices))


def _option(value: str, label: str, wanted: str) -> str:
    chosen = " selected" if value == wanted else ""
    return f'<option value="{escape(value)}"{chosen}>{escape(label)}</option>'
