"""Icons in templates, without loading anything: {% icon "left" %}."""

from html import escape

from django import template
from django.templatetags.static import static
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of the sprite; a page has dozens, and to include a template for each takes milliseconds."""
    source = f"{static('icons/sprite.svg')}#{name}"
    return SafeString(f'<svg class="icon" aria-hidden="true"><use href="{escape(source)}"/></svg>')
