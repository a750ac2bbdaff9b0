"""What a model takes, read from families.toml by the model's name."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Family:
    """The abilities that models of one family share. An empty tuple: the parameter is never sent."""

    name: str
    patterns: tuple[str, ...]
    prompt_limit: int  # characters
    n_max: int  # images in one request
    sizes: tuple[str, ...]  # WIDTHxHEIGHT in pixels
    quality: tuple[str, ...]
    background: tuple[str, ...]
    output_format: tuple[str, ...]
    moderation: tuple[str, ...]

    def allowed(self, parameter: str) -> tuple[str, ...]:
        """Return the values that may be sent for size, quality, background, output_format or moderation."""
        values: tuple[str, ...] = {
            "size": self.sizes,
            "quality": self.quality,
            "background": self.background,
            "output_format": self.output_format,
            "moderation": self.moderation,
        }[parameter]
        return values


def family_of(model: str) -> Family:
    """Return the first family whose pattern fits the model's name; every name has one."""
    name = model.lower()
    return next(
        family for family in families() if any(fnmatchcase(name, pattern) for pattern in family.patterns)
    )


@cache
def families() -> tuple[Family, ...]:
    """Return the catalogue in the order in which patterns are tried."""
    text = files(__package__).joinpath("families.toml").read_text(encoding="utf-8")
    return tuple(_family(entry) for entry in tomllib.loads(text)["family"])


def _family(entry: dict[str, Any]) -> Family:
    return Family(
        name=entry["name"],
        patterns=tuple(entry["patterns"]),
        prompt_limit=entry["prompt_limit"],
        n_max=entry["n_max"],
        sizes=tuple(entry["sizes"]),
        quality=tuple(entry.get("quality", ())),
        background=tuple(entry.get("background", ())),
        output_format=tuple(entry.get("output_format", ())),
        moderation=tuple(entry.get("moderation", ())),
    )
