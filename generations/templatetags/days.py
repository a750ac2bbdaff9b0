"""The heads of days in templates: {% day_head day today %}."""

from datetime import date

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

_HEAD = """\
<div class="day-head">
    <h2><time datetime="{}">{}</time></h2>
    <button class="link go needs-scripts" type="button" data-select-day>{}</button>
  </div>"""


@register.simple_tag
def day_head(day: date, today: date) -> SafeString:
    """Write the name of a day and the button that selects it; a page of a search has one for each image."""
    return format_html(_HEAD, day.isoformat(), _name(day, today), _("Select day"))


def _name(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day.year == today.year:
        return f"{date_format(day, 'l')}, {date_format(day, 'MONTH_DAY_FORMAT')}"
    return date_format(day, "DATE_FORMAT")
