"""How many, in templates: {{ total|counted }}."""

from django import template

from generations.history.finding import Count

register = template.Library()


@register.filter
def counted(count: Count | int) -> str:
    """Write a number with its thousands apart, and one that was not counted to its end with a plus."""
    if isinstance(count, int):
        return f"{count:,}"
    return f"{count.number:,}{'+' if count.is_more else ''}"
