"""Icons in templates, without loading anything: {% icon "left" %}."""

from functools import cache
from html import escape

from django import template
from django.templatetags.static import static
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Draw one of the sprite; a page has dozens, and to make each anew takes milliseconds."""
    source = f"{static('icons/sprite.svg')}#{name}"
    return SafeString(f'<svg class="icon" aria-hidden="true"><use href="{escape(source)}"/></svg>')
