"""What a picture looks like, in 64 bits: pictures that look alike differ in few of them.

The gradient hash: a picture of 9 by 8 grey dots, and for each dot whether the next one to the right is
lighter. It survives other sizes, formats, compression and small changes, and does not know turned pictures.
"""

from pathlib import Path

from PIL import Image

BITS = 64
_WIDTH, _HEIGHT = 9, 8


def look_of(path: Path) -> int:
    """Return the look of a picture file, best a thumbnail, as a signed number that fits a database column."""
    with Image.open(path) as picture:
        # What is transparent is seen on white, as on most pages.
        seen = Image.new("RGBA", picture.size, "white")
        seen.alpha_composite(picture.convert("RGBA"))
    dots = seen.convert("L").resize((_WIDTH, _HEIGHT), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(_HEIGHT):
        for column in range(_WIDTH - 1):
            here = row * _WIDTH + column
            bits = bits << 1 | (dots[here + 1] > dots[here])
    return bits - (1 << BITS) if bits >> (BITS - 1) else bits


def difference(one: int, other: int) -> int:
    """Return in how many of the 64 bits two looks differ."""
    return ((one ^ other) & ((1 << BITS) - 1)).bit_count()
