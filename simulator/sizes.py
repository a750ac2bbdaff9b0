"""Which sizes a model takes, and what it makes of a request that names none."""

from __future__ import annotations

import math
import re

from simulator.catalogue import Family

Size = tuple[int, int]

_WRITTEN = re.compile(r"([1-9]\d{1,4})x([1-9]\d{1,4})")
# What a prompt may say about its shape, and the shape; the first that is said decides.
_RATIOS: tuple[tuple[str, str], ...] = (
    (
        r"\b2:3\b|\b9:16\b|\b3:4\b|\bportrait (?:format|orientation)\b|\bvertical\b|\btall\b|竖|纵向",
        "portrait",
    ),
    (r"\b3:2\b|\b16:9\b|\b4:3\b|\blandscape\b|\bhorizontal\b|\bwide\b|\bpanorama\b|横", "landscape"),
    (r"\b1:1\b|\bsquare\b|方形|正方", "square"),
    (r"\bportrait\b|肖像", "portrait"),
)


def parse(text: str) -> Size | None:
    found = _WRITTEN.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def objection(family: Family, text: str) -> str | None:
    """Why this family does not take the size; None when it does."""
    if text in family.sizes:
        return None
    size = parse(text)
    if not family.free_sizes:
        listed = ", ".join(f"'{known}'" for known in family.sizes)
        also = ", and 'auto'" if family.counts_tokens else ""
        return f"Invalid value: '{text}'. Supported values are: {listed}{also}."
    if size is None:
        return f"Invalid value: '{text}'. Expected 'auto' or a size such as '1536x1024'."
    return _rule_broken(size)


def choose(family: Family, words: str) -> Size:
    """The size of a request that leaves it to the model."""
    said = next((shape for pattern, shape in _RATIOS if re.search(pattern, words.lower())), "square")
    known = [size for text in family.sizes if (size := parse(text)) is not None]
    fitting = {
        "portrait": [size for size in known if size[0] < size[1]],
        "landscape": [size for size in known if size[0] > size[1]],
        "square": [],
    }[said]
    return fitting[0] if fitting else (1024, 1024)


def ratio(text: str) -> float | None:
    """Of "16:9", width by height; None when it is no ratio, as "auto" is none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", text)
    return float(found[1]) / float(found[2]) if found and float(found[1]) and float(found[2]) else None


def nearest(family: Family, ratio: float) -> Size:
    """The smallest listed size of the shape that is nearest to this one."""
    known = [size for text in family.sizes if (size := parse(text)) is not None]
    return min(
        known, key=lambda size: (round(abs(math.log(size[0] / size[1] / ratio)), 3), size[0] * size[1])
    )


def _rule_broken(size: Size) -> str | None:
    width, height = size
    written = f"{width}x{height}"
    if width % 16 or height % 16:
        return f"Invalid size '{written}'. Width and height must both be divisible by 16."
    if max(size) > 3840:
        return f"Invalid size '{written}'. The longest edge must not exceed 3840 pixels."
    if max(size) > 3 * min(size):
        return f"Invalid size '{written}'. The aspect ratio must lie between 1:3 and 3:1."
    if not 655_360 <= width * height <= 8_294_400:
        return f"Invalid size '{written}'. The total must lie between 655360 and 8294400 pixels."
    return None
