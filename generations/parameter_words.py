"""What the parameters and their values are called, and what to know about a family of models."""

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generations.images_api import TRANSPARENT_WORDS, Family
from generations.size_choice import CUSTOM, shown_size

_LABELS = {
    "low": _("Low"),
    "medium": _("Medium"),
    "high": _("High"),
    "xhigh": _("Extra high"),
    "max": _("Maximum"),
    "standard": _("Standard"),
    "hd": _("HD"),
    "vivid": _("Vivid"),
    "natural": _("Natural"),
    "transparent": _("Transparent"),
    "opaque": _("Opaque"),
    "png": "PNG",
    "jpeg": "JPEG",
    "webp": "WebP",
    CUSTOM: _("Custom"),
}
_NOTES = {
    "loose size": _("The shape is a wish to this model. Say it in the prompt, too."),
    "shape in prompt": _("Say the shape in the prompt, for example --ar 16:9."),
}


def parameter_label(name: str, value: str) -> str:
    """Return how a parameter's value reads: 1024 × 1024, High, WebP."""
    if name == "size" and value != CUSTOM:
        return shown_size(value)
    return str(_LABELS.get(value, value))


def choices_of(name: str, families: list[Family]) -> list[tuple[str, str]]:
    """Return value and label of everything that these families offer for a parameter."""
    values = dict.fromkeys(value for family in families for value in family.allowed(name))
    if name == "size" and any(family.free_size for family in families):
        values[CUSTOM] = None
    return [(value, parameter_label(name, value)) for value in values]


def notes_on(family: Family) -> list[str]:
    """Return what a member should know of a family before choosing it, in sentences."""
    sentences = [str(_NOTES[family.note])] if family.note else []
    if family.retired:
        over = family.retired <= timezone.localdate()
        sentence = (
            gettext("%(family)s: retired by %(maker)s on %(date)s; some endpoints still serve it.")
            if over
            else gettext("%(family)s: %(maker)s retires it on %(date)s; some endpoints may serve it longer.")
        )
        values = {"family": family.label, "maker": family.maker, "date": family.retired.isoformat()}
        sentences.append(sentence % values)
    return sentences


def transparent_in_words() -> str:
    """Return what happens to the prompt where transparency has no parameter."""
    return gettext("This model has no such setting. “%(words)s” is added to the prompt.") % {
        "words": TRANSPARENT_WORDS
    }


def too_long(length: int, family: Family, model: str) -> str:
    """Return what is wrong with a prompt of so many characters."""
    return gettext("The prompt has %(length)s characters; %(model)s takes at most %(limit)s.") % {
        "length": length,
        "model": model,
        "limit": family.prompt_limit,
    }
