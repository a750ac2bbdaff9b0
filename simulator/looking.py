"""What the moderation sees in a picture that came as data: nothing, unless it is all of one of two colours.

Nobody has to keep offensive pictures to try out what happens to them; a colour outlives every re-encoding.
"""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageChops, UnidentifiedImageError

from simulator.references import MOST_PIXELS

# As words that the moderation knows: pure red stands for blood, pure magenta for bare skin.
SEEN = {(255, 0, 0): "blood", (255, 0, 255): "nude"}
_TOLERANCE = 24  # of 255, in each channel: what JPEG does to a colour
_SHARE = 0.9  # of the picture
_EDGE = 32  # pixels that are looked at, each way


def words_in(link: str) -> str:
    """What is to be seen in a data URL; "" where nothing is, also where it is no picture at all."""
    head, _, data = link.partition(",")
    if not head.endswith(";base64"):
        return ""
    try:
        with Image.open(io.BytesIO(base64.b64decode(data, validate=True))) as image:
            if image.width * image.height > MOST_PIXELS:
                return ""
            small = image.convert("RGB").resize((_EDGE, _EDGE), Image.Resampling.NEAREST)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return ""
    return next((word for colour, word in SEEN.items() if _share(small, colour) >= _SHARE), "")


def _share(small: Image.Image, colour: tuple[int, int, int]) -> float:
    """How much of the picture has very nearly this colour."""
    red, green, blue = ImageChops.difference(small, Image.new("RGB", small.size, colour)).split()
    farthest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(farthest.histogram()[: _TOLERANCE + 1]) / (_EDGE * _EDGE)
