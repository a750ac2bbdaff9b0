"""The heads of days in templates: {% day_head day today is_selectable %}."""

from datetime import date
from functools import lru_cache

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()

_HEAD = """\
<div class="day-head">
    <h2><time datetime="{}">{}</time></h2>{}
  </div>"""
_SELECT = """
    <button class="link go needs-scripts" type="button" data-select-day>{}</button>"""


@register.simple_tag
def day_head(day: date, today: date, is_selectable: bool) -> SafeString:
    """Write the name of a day and the button that selects it; a page of a search has one for each image."""
    return _written(day, today, is_selectable, get_language())


@lru_cache(maxsize=1024)
def _written(day: date, today: date, is_selectable: bool, _language: str | None) -> SafeString:
    """The language is not asked for, but what is remembered is in it."""
    select = format_html(_SELECT, _("Select day")) if is_selectable else ""
    return format_html(_HEAD, day.isoformat(), _name(day, today), select)


def _name(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day.year == today.year:
        # Translators: a day of this year, in the letters of Django's date filter.
        return date_format(day, _("l, F j"))
    return date_format(day, "DATE_FORMAT")
