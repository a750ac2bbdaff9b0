"""Tokens of a request: the older models by their table, the newer ones by the grid formula."""

from __future__ import annotations

import math

from simulator.catalogue import Family
from simulator.requests import Asked

Usage = dict[str, int | dict[str, int]]

# What each partial image costs.
PARTIAL = 100
# Output tokens of the models before gpt-image-2: square, portrait, landscape.
_TABLE = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}


def usage_of(asked: Asked, *, images: int, partials: int = 0) -> Usage:
    """`partials`: of each image; a stream has them billed."""
    written = text_tokens(asked.words)
    seen = sum(image_tokens(reference.size) for reference in asked.references)
    output = (output_tokens(asked.family, asked.size, asked.quality) + PARTIAL * partials) * images
    return {
        "input_tokens": written + seen,
        "output_tokens": output,
        "total_tokens": written + seen + output,
        "input_tokens_details": {"text_tokens": written, "image_tokens": seen},
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
    }


def image_tokens(size: tuple[int, int]) -> int:
    """Tokens of one reference. None is published: this is the formula of models that look at images."""
    share = min(1.0, 512 / min(size))
    tiles = [math.ceil(round(edge * share) / 512) for edge in size]
    return 65 + 129 * tiles[0] * tiles[1]


def output_tokens(family: Family, size: tuple[int, int], quality: str) -> int:
    """Tokens of one image."""
    width, height = size
    if family.grid is None:
        return _TABLE[quality][0 if width == height else 1 if height > width else 2]
    steps = family.grid[quality]
    # Cells along the short edge, halves rounded up; in whole numbers so that no float can tip the result.
    short_steps = (2 * steps * min(size) + max(size)) // (2 * max(size))
    return math.ceil(steps * short_steps * (2_000_000 + width * height) / 4_000_000)


def text_tokens(words: str) -> int:
    """About one token per four letters, and one per Chinese character; the request's frame adds a few."""
    wide = sum(letter >= "\u2e80" for letter in words)
    return 7 + wide + math.ceil((len(words) - wide) / 4)
