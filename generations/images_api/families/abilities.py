"""What an administrator may say of a model that the catalogue does not know or gets wrong, read strictly.

Abilities are plain JSON by the names of Family's fields: numbers, switches, lists of strings, `retired` as
a date (2026-05-12), `free_size` and `edits` as objects by the names of their own fields, or null.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from generations.images_api.families.edits import Edits
from generations.images_api.families.sizes import FreeSize

_Reader = Callable[[str, Any], Any]

_SIZE = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}")
_SHAPE = re.compile(r"[1-9]\d{0,2}(\.\d)?:[1-9]\d{0,2}(\.\d)?")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./&-]{0,19}")  # a column of the call is as wide
_FIELD = re.compile(r"(image|images|file|files|picture|pictures|input_image|reference_images)(\[\])?")
_PICTURES = re.compile(r"png|jpeg|webp")
_MOST_VALUES = 60  # in one list
_FORMS = ("multipart", "json", "input_image", "image_url", "image")
_NOTES = ("", "loose size", "shape in prompt")


class AbilityError(ValueError):
    """An ability that cannot be; `field` names it ("edits.references"), `reason` is one of these words.

    unknown  no such field, or one that is not for changing
    missing  a field of an object that has no default
    type     not a number, a switch, a list of strings, an object
    range    a number outside of what is possible
    value    a word that the parameter cannot have, or that is not written as its values are
    repeated a value that is in its list twice
    many     more values than a list may have
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def read_abilities(abilities: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values for Family's fields; raises AbilityError for the first that cannot be."""
    return {name: _reader(name)(name, value) for name, value in abilities.items()}


def abilities_of(family: object) -> dict[str, Any]:
    """Return all abilities of a family as plain JSON, which read_abilities() takes back."""
    return {name: _plain(getattr(family, name)) for name in ABILITIES}


def _reader(name: str) -> _Reader:
    if name not in _READERS:
        raise AbilityError(str(name), "unknown")
    return _READERS[name]


def _whole(lowest: int, highest: int) -> _Reader:
    def read(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise AbilityError(name, "type")
        if not lowest <= value <= highest:
            raise AbilityError(name, "range")
        return value

    return read


def _seconds(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise AbilityError(name, "type")
    if not math.isfinite(value) or not 1 <= value <= 3600:
        raise AbilityError(name, "range")
    return value


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise AbilityError(name, "type")
    return value


def _one_of(*words: str) -> _Reader:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise AbilityError(name, "type")
        if value not in words:
            raise AbilityError(name, "value")
        return value

    return read


def _values(pattern: re.Pattern[str]) -> _Reader:
    def read(name: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise AbilityError(name, "type")
        if len(value) > _MOST_VALUES:
            raise AbilityError(name, "many")
        # "auto" is what it is called when nothing is sent.
        if not all(pattern.fullmatch(item) and item != "auto" for item in value):
            raise AbilityError(name, "value")
        if len(set(value)) < len(value):
            raise AbilityError(name, "repeated")
        return tuple(value)

    return read


def _day(name: str, value: Any) -> date | None:
    if value is None or type(value) is date:  # TOML has dates, JSON has not
        return value
    if not isinstance(value, str):
        raise AbilityError(name, "type")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise AbilityError(name, "value")
    try:
        return date.fromisoformat(value)
    except ValueError as exc:
        raise AbilityError(name, "value") from exc


def _free_size(name: str, value: Any) -> FreeSize | None:
    if value is None:
        return None
    rule = FreeSize(**_object(name, value, _FREE_SIZE))
    if rule.multiple > rule.longest_edge:
        raise AbilityError(f"{name}.multiple", "range")
    if rule.fewest_pixels > rule.most_pixels:
        raise AbilityError(f"{name}.fewest_pixels", "range")
    return rule


def _edits(name: str, value: Any) -> Edits | None:
    if value is None:
        return None
    edits = Edits(**_object(name, value, _EDITS))
    if not edits.formats:
        raise AbilityError(f"{name}.formats", "value")
    if (edits.form == "multipart") != bool(edits.field):
        raise AbilityError(f"{name}.field", "value")
    if edits.mask and edits.form not in ("multipart", "json"):
        raise AbilityError(f"{name}.mask", "value")
    return edits


def _object(name: str, value: Any, readers: Mapping[str, _Reader]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise AbilityError(name, "type")
    for inner in value:
        if inner not in readers:
            raise AbilityError(f"{name}.{inner}", "unknown")
    for inner in readers:
        if inner not in value:
            raise AbilityError(f"{name}.{inner}", "missing")
    return {inner: read(f"{name}.{inner}", value[inner]) for inner, read in readers.items()}


def _field_name(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise AbilityError(name, "type")
    if value and not _FIELD.fullmatch(value):
        raise AbilityError(name, "value")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, FreeSize | Edits):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


_PIXELS = _whole(1, 100_000_000)
_FREE_SIZE: dict[str, _Reader] = {
    "multiple": _whole(1, 1024),
    "widest": _whole(1, 100),
    "longest_edge": _whole(16, 16_384),
    "fewest_pixels": _PIXELS,
    "most_pixels": _PIXELS,
    "experimental_above": _PIXELS,
}
_EDITS: dict[str, _Reader] = {
    "form": _one_of(*_FORMS),
    "references": _whole(1, 16),
    "mask": _switch,
    "field": _field_name,
    "formats": _values(_PICTURES),
    "bytes_max": _whole(100_000, 50_000_000),
    "square": _switch,
}
_READERS: dict[str, _Reader] = {
    "prompt_limit": _whole(1, 1_000_000),
    "n_max": _whole(1, 10),
    "deadline": _seconds,
    "sizes": _values(_SIZE),
    "free_size": _free_size,
    "aspect_ratio": _values(_SHAPE),
    "quality": _values(_WORD),
    "style": _values(_WORD),
    "background": _values(re.compile(r"transparent|opaque")),
    "transparent": _one_of("parameter", "words", "none"),
    "output_format": _values(_PICTURES),
    "compression": _switch,
    "moderation": _values(_WORD),
    "response_format": _one_of("", "b64_json", "url"),
    "edits": _edits,
    "input_fidelity": _values(re.compile(r"low|high")),
    "variations": _switch,
    "streams": _switch,
    "partial_images": _whole(0, 3),
    "retired": _day,
    "note": _one_of(*_NOTES),
}
# What may be changed: all that is neither the family's name nor how models are found to belong to it.
ABILITIES = tuple(_READERS)
