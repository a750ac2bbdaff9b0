"""Writes a picture anew in a process of its own, which may fail, hang or die without harm to anybody.

It is run by its path, ``python -I reencoding.py FOLDER``, so that neither Django nor a secret of the studio
is in that process. FOLDER holds the task as JSON, and gets the picture, its thumbnail and the result.

What leaves is new from the first byte: upright, in sRGB with eight bits per channel, without anything that
was written beside the pixels. An animation is refused, because no endpoint takes one and nobody could say
which frame was meant; of a JPEG with several pictures (as phones write them) the first is taken.
"""

import io
import json
import os
import resource
import struct
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

TASK, RESULT, THUMBNAIL = "task.json", "result.json", "320.webp"
KINDS = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
MAX_PIXELS = 64_000_000  # what the cameras of phones make; 256 MB when unpacked
MEMORY = 1_500 * 1024 * 1024  # bytes of addresses: the largest picture, twice, and what libraries map
SECONDS = 40  # of computing
_LARGEST_FILE = 128 * 1024 * 1024  # bytes
_READABLE = ("PNG", "JPEG", "WEBP")
_THUMBNAIL_EDGE = 320  # pixels
_TRIES = 6  # times that a picture is made smaller until its file is small enough
_ROUNDED = 3  # pixels that an edge may be off after being rounded as many times
_BLACK, _WHITE = 24, 231  # levels up to and from which a mask counts as black or white
_STRAY = 0.05  # part of a mask's pixels that may be neither: soft edges
_FOREIGN = {  # how files begin that people take for pictures of ours, at the byte that is named
    (0, b"GIF8"): "GIF",
    (0, b"BM"): "BMP",
    (0, b"II*\0"): "TIFF",
    (0, b"MM\0*"): "TIFF",
    (0, b"%PDF"): "PDF",
    (4, b"ftypavi"): "AVIF",
    (4, b"ftyphe"): "HEIC",
    (4, b"ftypm"): "HEIC",
}


class Flaw(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    FORMAT = "format"
    DAMAGED = "damaged"
    ANIMATED = "animated"
    TOO_LARGE = "too_large"  # in pixels
    TOO_DEMANDING = "too_demanding"  # more memory or time than any real picture needs
    MASK_SIZE = "mask_size"
    MASK_OPAQUE = "mask_opaque"


class Unfit(Exception):
    """The file is not taken; `detail` is what the sentence about it names."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        super().__init__(flaw)
        self.flaw, self.detail = flaw, detail


@dataclass(frozen=True, slots=True)
class Task:
    """What to read and what to make of it; 0 means no limit."""

    source: str
    longest_edge: int = 0  # pixels
    bytes_most: int = 0
    kinds: tuple[str, ...] = ("png", "jpg")
    mask_size: tuple[int, int] | None = None  # pixels; makes a mask of exactly this size


@dataclass(frozen=True, slots=True)
class Result:
    """What was made: the file's name in the folder, its type and its size in pixels."""

    name: str
    media_type: str
    width: int
    height: int


def main() -> None:
    folder = Path(sys.argv[1])
    _limit_this_process()
    fields = json.loads((folder / TASK).read_text())
    size = fields["mask_size"]
    task = Task(**fields | {"kinds": tuple(fields["kinds"]), "mask_size": tuple(size) if size else None})
    try:
        answer: dict[str, Any] = {"made": asdict(rewrite(task, folder))}
    except Unfit as unfit:
        answer = {"flaw": unfit.flaw, "detail": unfit.detail}
    except MemoryError:
        answer = {"flaw": Flaw.TOO_DEMANDING, "detail": ""}
    (folder / RESULT).write_text(json.dumps(answer))


def rewrite(task: Task, folder: Path) -> Result:
    """Read the source, write the picture and its thumbnail into the folder.

    Raises:
        Unfit: the file is none that is taken.
    """
    _check_kind(Path(task.source))
    image, lossless = _read(Path(task.source), task)
    if task.mask_size:
        image = _mask(image, task.mask_size)
        content, kind = _encoded(image, "png"), "png"
    else:
        image, content, kind = _small_enough(_reduced(image, task.longest_edge), task, lossless=lossless)
    name = f"picture.{kind}"
    (folder / name).write_bytes(content)
    made = Result(name, KINDS[kind], *image.size)
    image.thumbnail((_THUMBNAIL_EDGE, _THUMBNAIL_EDGE), Image.Resampling.LANCZOS)
    image.save(folder / THUMBNAIL, "WEBP", quality=80, method=2)
    return made


def _limit_this_process() -> None:
    os.nice(5)
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: _LARGEST_FILE,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def _check_kind(source: Path) -> None:
    """Name what people mistake for a picture that endpoints take; everything else Pillow refuses."""
    with source.open("rb") as stream:
        start = stream.read(512)
    if not start:
        raise Unfit(Flaw.EMPTY)
    for (offset, magic), name in _FOREIGN.items():
        if start.startswith(magic, offset):
            raise Unfit(Flaw.FORMAT, name)
    if b"<svg" in start.lower() or (start.lstrip(b"\xef\xbb\xbf \r\n\t")[:5].lower() == b"<?xml"):
        raise Unfit(Flaw.FORMAT, "SVG")


def _read(source: Path, task: Task) -> tuple[Image.Image, bool]:
    """Return the picture upright, in RGB or RGBA, and whether its file had lost nothing of it."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=_READABLE) as image:
            image.verify()
        with Image.open(source, formats=_READABLE) as image:
            if image.format in ("PNG", "WEBP") and getattr(image, "n_frames", 1) != 1:
                raise Unfit(Flaw.ANIMATED)
            profile = image.info.get("icc_profile")
            if task.longest_edge:
                image.draft(None, _fitting(image.size, task.longest_edge))
            image.load()
            upright = _upright(_reduced(_eight_bits(image), task.longest_edge))
            return _srgb(upright, profile), image.format == "PNG"
    except UnidentifiedImageError as exc:
        raise Unfit(Flaw.FORMAT) from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise Unfit(Flaw.TOO_LARGE) from exc
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, IndexError) as exc:
        raise Unfit(Flaw.DAMAGED) from exc


def _fitting(size: tuple[int, int], edge: int) -> tuple[int, int]:
    scale = min(1.0, edge / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _reduced(image: Image.Image, edge: int) -> Image.Image:
    size = _fitting(image.size, edge) if edge else image.size
    if size == image.size:
        return image
    smaller = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    smaller.info = image.info
    return smaller


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return grey, colour or CMYK with eight bits each, and alpha where the file has any."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode.startswith("I"):  # sixteen bits of grey; a plain conversion would cut them off
        wide = image if image.mode == "I" else image.convert("I")
        return wide.point(lambda level: level * (1 / 257)).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if "transparency" in image.info:  # one colour stands for nothing
        return image.convert("RGBA")
    return image


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except (SyntaxError, struct.error, ValueError, TypeError, KeyError, OSError):
        return image  # a damaged note on how the camera was held spoils no picture


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return what the file's colour profile means, in the one colour space that everybody assumes."""
    alpha = image.getchannel("A") if "A" in image.getbands() else None
    colour = (
        image.convert("RGB") if image.mode == "RGBA" else image.convert("L") if image.mode == "LA" else image
    )
    meant = _by_profile(colour, profile) if profile else colour.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        meant.putalpha(alpha)
    meant.info = {}  # nothing that was beside the pixels may be written again
    return meant


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    spaces = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if given.profile.xcolor_space.strip() == spaces.get(image.mode):
            meant = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if meant is not None:
                return meant
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image.convert("RGB")  # a damaged profile: the plain reading of the numbers has to do
    return image.convert("RGB")


def _small_enough(image: Image.Image, task: Task, *, lossless: bool) -> tuple[Image.Image, bytes, str]:
    """Return the picture, its file and its kind: first worse in quality, then smaller in pixels."""
    for _try in range(_TRIES):
        for kind, quality in _ways(image, task.kinds, lossless=lossless):
            if len(content := _encoded(image, kind, quality)) <= (task.bytes_most or len(content)):
                return image, content, kind
        shrink = min(0.9, 0.95 * (task.bytes_most / len(content)) ** 0.5)
        image = _reduced(image, max(1, round(max(image.size) * shrink)))
    return image, content, kind


def _ways(image: Image.Image, kinds: tuple[str, ...], *, lossless: bool) -> Iterator[tuple[str, int]]:
    """What lost nothing stays so while it fits; transparency only PNG and WebP can keep."""
    clear = image.mode == "RGBA"
    if "png" in kinds and (clear or lossless or "jpg" not in kinds):
        yield "png", 0
    if "jpg" in kinds and not (clear and {"png", "webp"} & set(kinds)):
        yield from (("jpg", 92), ("jpg", 85))
    elif "webp" in kinds and "png" not in kinds:
        yield from (("webp", 92), ("webp", 85))


def _encoded(image: Image.Image, kind: str, quality: int = 0) -> bytes:
    stream = io.BytesIO()
    if kind == "png":
        image.save(stream, "PNG")
    elif kind == "webp":
        image.save(stream, "WEBP", quality=quality, method=4)
    else:
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image if image.mode == "RGBA" else None)
        ground.save(stream, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
    return stream.getvalue()


def _mask(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a mask that is clear where the picture may change, of the size that the picture was kept in."""
    wide, high = image.size
    if wide < size[0] or high < size[1] or abs(high * size[0] / wide - size[1]) > _ROUNDED:
        raise Unfit(Flaw.MASK_SIZE, f"{wide} × {high}")
    alpha = image.getchannel("A") if image.mode == "RGBA" else _from_black_and_white(image)
    if alpha.size != size:
        alpha = alpha.resize(size, Image.Resampling.BOX)
    if alpha.getextrema()[0] == 255:  # also when so little was clear that nothing of it is left
        raise Unfit(Flaw.MASK_OPAQUE)
    mask = Image.new("RGBA", size)
    mask.putalpha(alpha)
    return mask


def _from_black_and_white(image: Image.Image) -> Image.Image:
    """White is what may change: that is how other programs write masks."""
    grey = image.convert("L")
    levels = grey.histogram()
    stray = sum(levels[_BLACK + 1 : _WHITE]) / (image.width * image.height)
    if stray > _STRAY or not sum(levels[_WHITE:]):
        raise Unfit(Flaw.MASK_OPAQUE)
    return ImageOps.invert(grey)


if __name__ == "__main__":
    main()
