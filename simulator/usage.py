"""Tokens of a request: the older models by their table, the newer ones by the grid formula."""

from __future__ import annotations

import math

from simulator.catalogue import Family

Usage = dict[str, int | dict[str, int]]

# Output tokens of the models before gpt-image-2: square, portrait, landscape.
_TABLE = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}


def usage_of(family: Family, *, words: str, size: tuple[int, int], quality: str, images: int) -> Usage:
    text = text_tokens(words)
    output = output_tokens(family, size, quality) * images
    return {
        "input_tokens": text,
        "output_tokens": output,
        "total_tokens": text + output,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
        "output_tokens_details": {"image_tokens": output, "text_tokens": 0},
    }


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
