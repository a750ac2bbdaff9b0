"""What a model takes, read by its name from the catalogue beside this file: one TOML file per family.

A family lists what endpoints are documented to take, in pixels, characters and seconds. What is absent is
never sent. A model belongs to the family with the longest pattern that fits its name.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from generations.images_api.families.sizes import Breach, FreeSize

__all__ = ["TRANSPARENT_WORDS", "Breach", "Family", "FreeSize", "families", "family_of"]

# English, because every model reads it; not translated, because the model is no reader of ours.
TRANSPARENT_WORDS = "Transparent background."

_LISTS = ("sizes", "aspect_ratio", "quality", "style", "background", "output_format", "moderation")
_ABSENT: dict[str, Any] = {
    "transparent": "none",
    "compression": False,
    "response_format": "",
    "retired": None,
    "note": "",
}


@dataclass(frozen=True, slots=True)
class Family:
    """The abilities that models of one family share. An empty tuple: the parameter is never sent."""

    name: str
    label: str
    maker: str
    patterns: tuple[str, ...]
    prompt_limit: int  # characters
    n_max: int  # images in one request
    deadline: float  # seconds that one call may well need
    sizes: tuple[str, ...]  # WIDTHxHEIGHT in pixels
    free_size: FreeSize | None  # any other size too, by this rule
    aspect_ratio: tuple[str, ...]  # WIDTH:HEIGHT, of families that take it instead of a size
    quality: tuple[str, ...]
    style: tuple[str, ...]
    background: tuple[str, ...]
    transparent: Literal["parameter", "words", "none"]  # how a transparent background is asked for
    output_format: tuple[str, ...]
    compression: bool  # 0 to 100, with jpeg and webp
    moderation: tuple[str, ...]
    response_format: str  # sent as it is: the answer that needs no fetching; "" where it is not known
    retired: date | None  # the day on which its maker stops or stopped serving it
    note: str  # what else to know, as a key of the form's sentences

    def allowed(self, parameter: str) -> tuple[str, ...]:
        """Return the values that a parameter with a list of values may have."""
        values: tuple[str, ...] = {
            "size": self.sizes,
            "aspect_ratio": self.aspect_ratio,
            "quality": self.quality,
            "style": self.style,
            "background": self.background,
            "output_format": self.output_format,
            "moderation": self.moderation,
        }[parameter]
        return values

    def changed(self, abilities: Mapping[str, Any]) -> "Family":
        """Return the family with other abilities, by the names of its fields."""
        return replace(self, **{name: _typed(value) for name, value in abilities.items()})

    def says_in_words(self, background: str) -> bool:
        """Whether this background has no parameter here and is asked for in the prompt."""
        return background == "transparent" and self.transparent == "words"

    def sent_prompt(self, prompt: str, *, background: str) -> str:
        """Return the prompt with what has to be said in words."""
        return f"{prompt}\n{TRANSPARENT_WORDS}" if self.says_in_words(background) else prompt


def family_of(model: str) -> Family:
    """Return the family of a model; a vendor's prefix ("google/imagen-4") does not matter."""
    names = (model.lower(), model.lower().rpartition("/")[2])
    fitting = (
        (len(pattern), family)
        for family in families()
        for pattern in family.patterns
        if any(fnmatchcase(name, pattern) for name in names)
    )
    return max(fitting, key=lambda fit: fit[0])[1]


@cache
def families() -> tuple[Family, ...]:
    """Return the whole catalogue."""
    entries = sorted(files(__package__).iterdir(), key=lambda entry: entry.name)
    return tuple(
        _family(entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text(encoding="utf-8")))
        for entry in entries
        if entry.name.endswith(".toml")
    )


def _typed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _family(name: str, entry: dict[str, Any]) -> Family:
    rule = entry.get("free_size")
    lists: dict[str, Any] = {parameter: tuple(entry.get(parameter, ())) for parameter in _LISTS}
    typed = {"free_size": FreeSize(**rule) if rule else None, "patterns": tuple(entry["patterns"])}
    return Family(**{"name": name, **_ABSENT, **entry, **lists, **typed})
