"""What is known of an image beside its pixels, in words; and how images differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from generations.downloads import NAMES
from generations.models import Call, Image
from generations.money import money
from generations.parameter_words import parameter_label
from generations.size_choice import shown_size


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of several images; it differs where they are not all the same words."""

    label: str
    words: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.words)) > 1


def tokens(call: Call) -> str:
    """Return the tokens that the endpoint counted for a call, or "" where it did not say."""
    usage: Mapping[str, Any] = call.usage if isinstance(call.usage, Mapping) else {}
    total, read, written = (
        _number(usage.get(name)) for name in ("total_tokens", "input_tokens", "output_tokens")
    )
    if read and written:
        words = _("%(read)s read, %(written)s made") % {"read": read, "written": written}
        return f"{total} ({words})" if total else words
    return total or written or read


def seconds(call: Call) -> str:
    """Return how long the endpoint took, or "" where that is not known."""
    if call.seconds is None:
        return ""
    return _("%(seconds)s s") % {"seconds": number_format(call.seconds, 1)}


def kind(image: Image) -> str:
    """Return the name of the file's format: PNG, JPEG, WebP."""
    name = image.media_type.partition("/")[2]
    return next((label for value, label in NAMES.items() if value == name), image.media_type)


def differences(images: Sequence[Image]) -> list[Difference]:
    """Return every setting and measure that one of the images has, in the order of the form."""
    rows = zip(*map(_facts, images), strict=True)
    found = (Difference(row[0][0], tuple(words for _label, words in row)) for row in rows)
    return [difference for difference in found if any(difference.words)]


def _facts(image: Image) -> list[tuple[str, str]]:
    """Label and value; the labels are the same for every image."""
    asked = image.generation
    labels = {
        "size": _("Size"),
        "aspect_ratio": _("Aspect ratio"),
        "quality": _("Quality"),
        "style": _("Style"),
        "background": _("Background"),
        "moderation": _("Moderation"),
        "output_format": _("Format"),
        "input_fidelity": _("Fidelity to the references"),
    }
    rare = ("aspect_ratio", "style", "input_fidelity")
    settings = [
        (label, parameter_label(name, value) if (value := getattr(asked, name)) else _auto(name, rare))
        for name, label in labels.items()
    ]
    compression = "" if asked.output_compression is None else str(asked.output_compression)
    return [
        (_("Model"), asked.model),
        (_("Endpoint"), str(asked.endpoint)),
        (_("Kind"), asked.get_operation_display()),
        *settings,
        (_("Compression"), compression),
        (_("Pixels"), shown_size(f"{image.width}x{image.height}")),
        (_("File"), f"{kind(image)} · {filesizeformat(image.bytes)}"),
        (_("Duration"), seconds(image.call)),
        (_("Tokens"), tokens(image.call)),
        (_("Cost"), "" if image.call.cost is None else money(image.call.cost)),
    ]


def _auto(name: str, rare: tuple[str, ...]) -> str:
    """What was left to the endpoint; of what few models know nothing is said."""
    return "" if name in rare else _("Auto")


def _number(value: object) -> str:
    return number_format(value, force_grouping=True) if isinstance(value, int) else ""
