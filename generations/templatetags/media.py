"""Addresses of images in templates: {% media image.pk '320' %}."""

from functools import lru_cache
from uuid import UUID

from django import template
from django.urls import get_script_prefix, reverse

register = template.Library()
_ANY = UUID(int=0)


@register.simple_tag
def media(image: UUID, variant: str) -> str:
    """Return where a variant of an image is; a page has a hundred, and to reverse each takes milliseconds."""
    return _address("generations:media", get_script_prefix(), variant).replace(str(_ANY), str(image))


def page_of(image: UUID) -> str:
    """Return where an image is looked at."""
    return _address("generations:image", get_script_prefix()).replace(str(_ANY), str(image))


def page_of_generation(generation: UUID) -> str:
    """Return where everything about a generation is."""
    return _address("generations:generation", get_script_prefix()).replace(str(_ANY), str(generation))


@lru_cache(maxsize=8)
def _address(name: str, prefix: str, *more: str) -> str:
    """The prefix is part of the address, and of what is remembered."""
    return reverse(name, args=[_ANY, *more])
