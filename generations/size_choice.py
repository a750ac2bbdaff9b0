"""Sizes and shapes as one chooses them: drawn, and sizes of one's own with what is wrong in words."""

from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from generations.images_api import Breach, Family, FreeSize

CUSTOM = "custom"
_AREA = 18 * 18  # CSS pixels: drawings of every shape look equally heavy
_LONGEST = 30  # CSS pixels that a drawing has room for


class ShapeSelect(forms.RadioSelect):
    """Radios of sizes (1536x1024) or shapes (3:2), each with the width and height of its drawing."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        return option | {"drawn": _drawn(str(option["value"]))}


def shown_size(size: str) -> str:
    """Return how a size reads: 1024 × 1024."""
    return size.replace("x", " × ")


def size_error(rule: FreeSize, width: int, height: int) -> str:
    """Return what is wrong with a size and the nearest one that works; "" when it can be asked for."""
    breach = rule.breach(width, height)
    if breach is None:
        return ""
    nearest = "{}x{}".format(*rule.nearest(width, height))
    return _sentence(rule, breach, size=shown_size(f"{width}x{height}"), nearest=shown_size(nearest))


def takes_size(family: Family, size: str) -> bool:
    """Whether a family makes images of a size, be it one of its list or one of the member's own."""
    width, _x, height = size.partition("x")
    if size in family.sizes or family.free_size is None:
        return size in family.sizes
    return (
        width.isdecimal() and height.isdecimal() and family.free_size.breach(int(width), int(height)) is None
    )


def size_hint(rule: FreeSize) -> str:
    """Return the rule in words, for those who type a size."""
    return _(
        "Both edges are multiples of %(multiple)s, the shape is between 1:%(widest)s and %(widest)s:1, no "
        "edge is longer than %(longest)s, and there are %(fewest)s to %(most)s pixels."
    ) % _limits(rule)


def rules_for_scripts(rule: FreeSize) -> dict[str, Any]:
    """Return the same rule and the same sentences for the script that judges a size while it is typed."""
    words = {str(breach): _sentence(rule, breach, size="{size}", nearest="{nearest}") for breach in Breach}
    return {
        "multiple": rule.multiple,
        "widest": rule.widest,
        "longest": rule.longest_edge,
        "fewest": rule.fewest_pixels,
        "most": rule.most_pixels,
        "experimental": rule.experimental_above,
        "words": words | {"experimental": _("So large a size is experimental: it may fail or look worse.")},
    }


def _sentence(rule: FreeSize, breach: Breach, *, size: str, nearest: str) -> str:
    sentences = {
        Breach.MULTIPLE: _(
            "%(size)s is not possible: both edges must be multiples of %(multiple)s. %(nearest)s works."
        ),
        Breach.EDGE: _(
            "%(size)s is not possible: no edge may be longer than %(longest)s. %(nearest)s works."
        ),
        Breach.SHAPE: _(
            "%(size)s is not possible: the shape must be between 1:%(widest)s and %(widest)s:1. "
            "%(nearest)s works."
        ),
        Breach.PIXELS: _(
            "%(size)s is not possible: it must have %(fewest)s to %(most)s pixels. %(nearest)s works."
        ),
    }
    return sentences[breach] % (_limits(rule) | {"size": size, "nearest": nearest})


def _limits(rule: FreeSize) -> dict[str, str]:
    return {
        "multiple": str(rule.multiple),
        "widest": str(rule.widest),
        "longest": str(rule.longest_edge),
        "fewest": number_format(rule.fewest_pixels, force_grouping=True),
        "most": number_format(rule.most_pixels, force_grouping=True),
    }


def _drawn(value: str) -> tuple[float, float]:
    """Return width and height of the drawing, in CSS pixels; a square for what has no shape yet."""
    wide, _colon, high = value.replace("x", ":").partition(":")
    try:
        ratio = float(wide) / float(high)
    except (ValueError, ZeroDivisionError):
        ratio = 1.0
    width, height = (_AREA * ratio) ** 0.5, (_AREA / ratio) ** 0.5
    scale = min(1.0, _LONGEST / max(width, height))
    return round(width * scale, 1), round(height * scale, 1)
