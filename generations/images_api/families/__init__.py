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

from generations.images_api.families.abilities import ABILITIES, AbilityError, abilities_of, read_abilities
from generations.images_api.families.edits import Edits
from generations.images_api.families.sizes import Breach, FreeSize

__all__ = [
    "ABILITIES",
    "TRANSPARENT_WORDS",
    "AbilityError",
    "Breach",
    "Edits",
    "Family",
    "FreeSize",
    "families",
    "family_of",
]

# English, because every model reads it; not translated, because the model is no reader of ours.
TRANSPARENT_WORDS = "Transparent background."

# What a file leaves out. These four it must say: prompt_limit, n_max, deadline and patterns.
_ABSENT: dict[str, Any] = {
    **dict.fromkeys(("sizes", "aspect_ratio", "quality", "style", "background"), ()),
    **dict.fromkeys(("output_format", "moderation", "input_fidelity"), ()),
    **dict.fromkeys(("free_size", "edits", "retired")),
    **dict.fromkeys(("compression", "variations", "streams"), False),
    "partial_images": 0,
    "transparent": "none",
    "response_format": "",
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
    edits: Edits | None  # how it takes pictures to change
    input_fidelity: tuple[str, ...]  # how closely an edit may keep to its pictures
    variations: bool  # of a picture, without a prompt
    streams: bool  # events while it works
    partial_images: int  # at most, where it streams; 0: only the final image
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
            "input_fidelity": self.input_fidelity,
        }[parameter]
        return values

    def changed(self, abilities: Mapping[str, Any]) -> "Family":
        """Return the family with other abilities, given as plain JSON; raises AbilityError.

        Each is judged alone, so that what was stored stays good when the catalogue changes beside it.
        """
        return replace(self, **read_abilities(abilities))

    def abilities(self) -> dict[str, Any]:
        """Return what changed() may be given, as plain JSON."""
        return abilities_of(self)

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


def _family(name: str, entry: dict[str, Any]) -> Family:
    said = {field: value for field, value in entry.items() if field in ABILITIES}
    rest = {field: value for field, value in entry.items() if field not in ABILITIES}
    return Family(
        **{"name": name, **_ABSENT, **rest, **read_abilities(said), "patterns": tuple(entry["patterns"])}
    )
