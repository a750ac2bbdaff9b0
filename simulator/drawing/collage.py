"""Lays the pictures of a request into the drawing, so that everybody sees where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from simulator.drawing.canvas import SOFT

PAPER = (250, 248, 242, 255)


def laid_in(drawing: Image.Image, pictures: Sequence[Image.Image], rng: Random) -> Image.Image:
    """The first picture as a large print in the middle, the others as small ones along the top."""
    sheet = drawing.convert("RGBA")
    width, height = sheet.size
    share = rng.uniform(0.6, 0.66)
    _lay(sheet, pictures[0], (width * share, height * share), (width / 2, height * 0.47), rng.uniform(-2, 2))
    others = pictures[1:]
    for place, picture in enumerate(others):
        across = width * (place + 1) / (len(others) + 1)
        room = (width / (len(others) + 1) * 0.8, height * 0.2)
        _lay(sheet, picture, room, (across, height * 0.13), rng.uniform(-5, 5))
    return sheet if drawing.mode == "RGBA" else sheet.convert("RGB")


def filled_in(drawing: Image.Image, picture: Image.Image, mask: Image.Image) -> Image.Image:
    """The picture as it was, to the pixel, but for the drawing where the mask is wholly transparent."""
    sheet = ImageOps.fit(picture, drawing.size, Image.Resampling.LANCZOS)
    hole = mask.getchannel("A").point([255] + [0] * 255)
    sheet.paste(drawing.convert("RGBA"), (0, 0), hole.resize(drawing.size, Image.Resampling.NEAREST))
    return sheet if sheet.getchannel("A").getextrema() != (255, 255) else sheet.convert("RGB")


def varied(picture: Image.Image, size: tuple[int, int], rng: Random) -> Image.Image:
    """The picture itself in other colours, sometimes the other way round."""
    sheet = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)
    hue, saturation, value = sheet.convert("HSV").split()
    turn = rng.randrange(24, 56)
    turned = hue.point([(level + turn) % 256 for level in range(256)])
    sheet = Image.merge("HSV", (turned, saturation, value)).convert("RGB")
    return ImageOps.mirror(sheet) if rng.random() < 0.5 else sheet


def _lay(
    sheet: Image.Image,
    picture: Image.Image,
    room: tuple[float, float],
    middle: tuple[float, float],
    turn: float,
) -> None:
    print_ = ImageOps.contain(picture, (max(8, round(room[0])), max(8, round(room[1]))))
    edge = max(2, round(min(sheet.size) * 0.012))
    framed = ImageOps.expand(
        Image.alpha_composite(Image.new("RGBA", print_.size, PAPER), print_), edge, PAPER
    )
    framed = framed.rotate(turn, Image.Resampling.BICUBIC, expand=True, fillcolor=(0, 0, 0, 0))
    left, top = round(middle[0] - framed.width / 2), round(middle[1] - framed.height / 2)
    # Only the print's surroundings are touched: sixteen prints on a 4K sheet would take many seconds else.
    room_around = 4 * edge
    box = (
        max(0, left - room_around),
        max(0, top - room_around),
        min(sheet.width, left + framed.width + room_around),
        min(sheet.height, top + framed.height + room_around),
    )
    place = (left - box[0], top - box[1])
    spot, layer = sheet.crop(box), Image.new("RGBA", (box[2] - box[0], box[3] - box[1]), (0, 0, 0, 0))
    layer.paste(framed, place)
    spot.alpha_composite(_shadow(spot.size, place, framed.size, edge))
    spot.alpha_composite(layer)
    sheet.paste(spot, box[:2])


def _shadow(
    size: tuple[int, int], place: tuple[int, int], print_size: tuple[int, int], edge: int
) -> Image.Image:
    small = Image.new("L", (max(1, size[0] // SOFT), max(1, size[1] // SOFT)), 0)
    right, bottom = place[0] + print_size[0], place[1] + print_size[1] + edge // 2
    ImageDraw.Draw(small).rectangle([value // SOFT for value in (*place, right, bottom)], fill=110)
    shadow = Image.new("RGBA", size, (20, 14, 34, 0))
    soft = small.filter(ImageFilter.GaussianBlur(edge / SOFT + 1))
    shadow.putalpha(soft.resize(size, Image.Resampling.BICUBIC))
    return shadow
