"""What the abilities of a model are called, what is wrong with one, and how a catalogue's value reads."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("Sizes and shapes"), ("sizes", "free_size", "aspect_ratio")),
    (_("Options of the form"), ("quality", "style", "background", "transparent", "moderation")),
    (_("File and answer"), ("output_format", "compression", "response_format")),
    (_("Reference images"), ("edits", "input_fidelity", "variations")),
    (_("Limits"), ("prompt_limit", "n_max", "deadline")),
    (_("Streaming"), ("streams", "partial_images")),
    (_("What members are told"), ("retired", "note")),
)

LABELS: dict[str, str | Promise] = {
    "sizes": _("Sizes"),
    "free_size": _("Any other size too, by a rule"),
    "free_size.multiple": _("Both edges are multiples of"),
    "free_size.widest": _("Longer edge at most so many times the shorter"),
    "free_size.longest_edge": _("Longest edge in pixels"),
    "free_size.fewest_pixels": _("Fewest pixels in all"),
    "free_size.most_pixels": _("Most pixels in all"),
    "free_size.experimental_above": _("Experimental above so many pixels"),
    "aspect_ratio": _("Shapes"),
    "quality": _("Qualities"),
    "style": _("Styles"),
    "background": _("Backgrounds"),
    "transparent": _("A transparent background is asked for"),
    "moderation": _("Moderation"),
    "output_format": _("File formats"),
    "compression": _("Compression of jpeg and webp can be chosen"),
    "response_format": _("Response format that is sent"),
    "edits": _("Takes reference images"),
    "edits.form": _("They are sent"),
    "edits.references": _("References at most"),
    "edits.mask": _("Takes a mask"),
    "edits.field": _("Name of the files' field"),
    "edits.formats": _("Formats of references"),
    "edits.bytes_max": _("MB per reference"),
    "edits.square": _("References must be square"),
    "input_fidelity": _("Fidelity to the references"),
    "variations": _("Makes variations of an image, without a prompt"),
    "prompt_limit": _("Characters in a prompt"),
    "n_max": _("Images in one call"),
    "deadline": _("Seconds that one call may need"),
    "streams": _("Can send its answer as a stream"),
    "partial_images": _("Previews at most"),
    "retired": _("Last day"),
    "note": _("Note"),
}

_SENT_AS_LISTED = _("Separated by commas, in the order in which they are offered. Empty: never sent.")
HINTS: dict[str, str | Promise] = {
    "sizes": _("For example 1024x1024, 1536x1024."),
    "aspect_ratio": _("For models that take a shape instead of a size, for example 1:1, 16:9."),
    "quality": _SENT_AS_LISTED,
    "style": _SENT_AS_LISTED,
    "moderation": _SENT_AS_LISTED,
    "edits.field": _("Of multipart forms only, for example image[] or image."),
    "deadline": _("No deadline is shorter than this, but for one that is set above for this model."),
    "partial_images": _("0 to 3. How many are asked for is set with the endpoint."),
    "retired": _("On which the maker stops or stopped serving it."),
}

CHOICES: dict[str, list[tuple[str, str | Promise]]] = {
    "background": [("transparent", _("Transparent")), ("opaque", _("Opaque"))],
    "transparent": [
        ("parameter", _("By a parameter")),
        ("words", _("In the prompt")),
        ("none", _("Not at all")),
    ],
    "output_format": [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP")],
    "response_format": [("", _("None")), ("b64_json", "b64_json"), ("url", "url")],
    "edits.form": [
        ("multipart", _("to /images/edits, as a multipart form")),
        ("json", _("to /images/edits, as JSON with “images”")),
        ("image_url", _("to /images/edits, as JSON with “image”")),
        ("input_image", _("to /images/generations, as “input_image”")),
        ("image", _("to /images/generations, as “image”")),
    ],
    "edits.formats": [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WebP")],
    "input_fidelity": [("low", _("Low")), ("high", _("High"))],
    "note": [
        ("", _("None")),
        ("loose size", _("The shape is only a wish")),
        ("shape in prompt", _("The shape belongs into the prompt")),
    ],
}

_WRONG: dict[str, str | Promise] = {
    "range": _("This number is too small or too large."),
    "value": _("This is not written as such a value is, or does not go with the rest."),
    "repeated": _("One of the values is there twice."),
    "many": _("These are more values than a list may have."),
}
_WRONG_HERE: dict[tuple[str, str], str | Promise] = {
    ("sizes", "value"): _("A size looks like 1024x1024."),
    ("aspect_ratio", "value"): _("A shape looks like 16:9."),
    ("free_size.fewest_pixels", "range"): _("This is more than the most pixels, or no possible number."),
    ("edits.mask", "value"): _("Only /images/edits takes a mask: as a multipart form or with “images”."),
    ("edits.field", "value"): _("A multipart form needs a name such as image[]."),
    ("edits.formats", "value"): _("Tick at least one."),
}


def what_is_wrong(field: str, reason: str) -> str | Promise:
    """Return the sentence for an AbilityError."""
    return _WRONG_HERE.get((field, reason)) or _WRONG.get(reason) or _WRONG["value"]


def reads(name: str, value: Any, *, instead_of: Any = None) -> str:
    """Return how a value of plain JSON reads in a line; of an object only what differs from the other one."""
    if isinstance(value, Mapping):
        if not isinstance(instead_of, Mapping):
            return gettext("yes")
        return gettext("; ").join(
            gettext("%(label)s: %(value)s")
            % {"label": LABELS[f"{name}.{part}"], "value": reads(f"{name}.{part}", one)}
            for part, one in value.items()
            if one != instead_of.get(part)
        )
    if value is None or value == [] or value == "":
        return gettext("none")
    if value is True or value is False:
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_label(name, one) for one in value)
    if name == "edits.bytes_max":
        return f"{value / 1_000_000:g}"
    return _label(name, value)


def _label(name: str, value: object) -> str:
    return str(dict(CHOICES.get(name, ())).get(str(value), value))
