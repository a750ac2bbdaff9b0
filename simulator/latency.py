"""How long the work takes, shortened so that a demonstration stays pleasant but the proportions are right."""

from __future__ import annotations

import hashlib

from simulator.requests import Asked

SHORTEST, LONGEST = 2.0, 12.0


def seconds_of(asked: Asked, setting: float | None) -> float:
    """The setting when it is a number; else by model, quality, size, count, and a little by the prompt."""
    if setting is not None:
        return setting
    base = asked.family.seconds[asked.quality]
    megapixels = asked.size[0] * asked.size[1] / 1_048_576
    spread = hashlib.sha256(asked.prompt.encode()).digest()[0] / 255
    seconds = base * (0.75 + 0.25 * megapixels) * (0.8 + 0.4 * spread) * (1 + 0.06 * (asked.n - 1))
    return min(LONGEST, max(SHORTEST, seconds))
