"""What a file of paid bytes really is, and the small pictures that pages show of it.

Only three decoders are reachable, whatever the endpoint called the file, and a picture larger than any model
makes is refused before its pixels are unpacked.
"""

import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 40_000_000  # five times 3840x2160, the largest size that endpoints sell
_FORMATS = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class NotAPicture(Exception):
    """The bytes are no whole PNG, JPEG or WebP of a sensible size."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What the bytes of a file say about themselves."""

    media_type: str
    extension: str
    width: int  # pixels
    height: int  # pixels


def inspect(path: Path) -> Picture:
    """Identify a picture by its bytes and prove that all of it is there.

    Raises:
        NotAPicture: another format, damaged, animated, or too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Both passes are needed: each misses kinds of truncation that the other finds.
            with Image.open(path, formats=tuple(_FORMATS)) as image:
                image.verify()
            with Image.open(path, formats=tuple(_FORMATS)) as image:
                if getattr(image, "n_frames", 1) != 1:
                    raise NotAPicture("The file is an animation.")
                image.load()
                media_type, extension = _FORMATS[image.format or ""]
                return Picture(media_type, extension, image.width, image.height)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ) as exc:
        raise NotAPicture("The file is not a whole PNG, JPEG or WebP image.") from exc


def write_thumbnails(source: Path, targets: Sequence[tuple[int, Path]]) -> None:
    """Write WebP pictures whose longest edge is at most so many pixels, from one decoding of the source."""
    with Image.open(source, formats=tuple(_FORMATS)) as image:
        # A profile describes the numbers of its own mode; after a conversion to RGB it would lie.
        profile = image.info.get("icc_profile") if image.mode in {"RGB", "RGBA", "P"} else None
        largest = max(edge for edge, _ in targets)
        image.draft("RGB", (largest, largest))
        factor = max(1, min(image.size) // (2 * largest))
        small = image.reduce(factor) if factor > 1 and image.mode not in {"P", "1"} else image.copy()
    small = _upright(small)
    small = small.convert("RGBA" if "A" in small.getbands() or "transparency" in small.info else "RGB")
    for edge, target in sorted(targets, reverse=True):
        small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        small.save(target, "WEBP", quality=80, method=2, icc_profile=profile)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, struct.error, ValueError, TypeError, OSError):
        return image  # a damaged note on how the camera was held spoils no picture
