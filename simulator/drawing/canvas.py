"""A sheet to lay paper on: stencils have smooth edges, gradient fills and soft shadows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from simulator.drawing.palettes import Colour

Point = tuple[float, float]
Box = tuple[int, int, int, int]

# Soft things carry no detail, so they are drawn this much smaller and scaled up.
SOFT = 8


@dataclass(frozen=True, slots=True)
class Gradient:
    """Colours spread evenly from top to bottom, or from left to right."""

    stops: tuple[Colour, ...]
    sideways: bool = False


Fill = Colour | Gradient


@dataclass(frozen=True, slots=True)
class Shadow:
    """How far a sheet of paper stands off what lies below it; lengths are shares of the short edge."""

    blur: float = 0.02
    drop: Point = (0.0, -0.006)
    strength: float = 0.28
    colour: Colour = (20, 14, 34)


@dataclass(slots=True)
class Stencil:
    """Shapes that are cut out of one sheet. Points are in pixels of the picture."""

    cuts: list[tuple[str, list[Point], float]] = field(default_factory=list)

    def polygon(self, points: Iterable[Point]) -> Stencil:
        self.cuts.append(("polygon", list(points), 0.0))
        return self

    def ellipse(self, x: float, y: float, rx: float, ry: float | None = None) -> Stencil:
        ry = rx if ry is None else ry
        self.cuts.append(("ellipse", [(x - rx, y - ry), (x + rx, y + ry)], 0.0))
        return self

    def box(self, left: float, top: float, right: float, bottom: float, *, corner: float = 0.0) -> Stencil:
        self.cuts.append(("box", [(left, top), (right, bottom)], corner))
        return self

    def line(self, points: Iterable[Point], *, width: float) -> Stencil:
        self.cuts.append(("line", list(points), width))
        return self

    def bounds(self, width: int, height: int) -> Box | None:
        if not self.cuts:
            return None
        pad = max(1.0 + (cut[2] if cut[0] == "line" else 0.0) for cut in self.cuts)
        xs = [x for _, points, _ in self.cuts for x, _ in points]
        ys = [y for _, points, _ in self.cuts for _, y in points]
        left, top = max(0, math.floor(min(xs) - pad)), max(0, math.floor(min(ys) - pad))
        right, bottom = min(width, math.ceil(max(xs) + pad)), min(height, math.ceil(max(ys) + pad))
        return (left, top, right, bottom) if right > left and bottom > top else None

    def mask(self, box: Box) -> Image.Image:
        """What is cut, as a mask of that box: drawn larger, then averaged down."""
        width, height = box[2] - box[0], box[3] - box[1]
        times = _supersampling(width * height)
        mask = Image.new("L", (width * times, height * times), 0)
        pen = ImageDraw.Draw(mask)
        for kind, points, extra in self.cuts:
            placed = [((x - box[0]) * times, (y - box[1]) * times) for x, y in points]
            _cut(pen, kind, placed, extra * times)
        return mask.reduce(times)


class Canvas:
    """The picture while it is being made."""

    def __init__(self, width: int, height: int, ground: Fill) -> None:
        self.width = width
        self.height = height
        self.short = min(width, height)
        self.image = _filled(ground, (width, height))

    def lay(
        self,
        stencil: Stencil,
        fill: Fill,
        *,
        opacity: float = 1.0,
        shadow: Shadow | None = None,
        blur: float = 0.0,
    ) -> None:
        box = stencil.bounds(self.width, self.height)
        if box is None:
            return
        if blur:
            self._lay_soft(stencil, fill, opacity=opacity, blur=blur)
            return
        mask = stencil.mask(box)
        if shadow is not None:
            self._cast(mask, box, shadow)
        self.image.paste(_filled(fill, mask.size), box, _faded(mask, opacity))

    def glow(self, x: float, y: float, radius: float, colour: Colour, *, strength: float = 0.6) -> None:
        """Light around a point, gone at the radius."""
        box = (math.floor(x - radius), math.floor(y - radius), math.ceil(x + radius), math.ceil(y + radius))
        mask = ImageChops.invert(Image.radial_gradient("L")).point(_light_curve(strength))
        mask = mask.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.BILINEAR)
        self.image.paste(colour, box, mask)

    def veil(self, colour: Colour, top: float, bottom: float, *, start: float, end: float) -> None:
        """A mist between two heights whose opacity walks from `start` to `end`."""
        box = (0, max(0, round(top)), self.width, min(self.height, round(bottom)))
        if box[3] - box[1] < 2:
            return
        strip = Image.linear_gradient("L").point(
            [round(255 * (start + (end - start) * v / 255)) for v in range(256)]
        )
        column = strip.resize((1, box[3] - box[1]), Image.Resampling.BILINEAR)
        self.image.paste(colour, box, column.resize((self.width, box[3] - box[1]), Image.Resampling.NEAREST))

    def mirror(self, line: float, *, squeeze: float = 1.0) -> None:
        """What stands above the line is repeated below it, upside down."""
        y = round(line)
        depth = self.height - y
        taken = min(y, round(depth / squeeze))
        part = self.image.crop((0, y - taken, self.width, y)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        self.image.paste(part.resize((self.width, round(taken * squeeze)), Image.Resampling.BILINEAR), (0, y))

    def _lay_soft(self, stencil: Stencil, fill: Fill, *, opacity: float, blur: float) -> None:
        reach = math.ceil(blur * 3)
        inner = stencil.bounds(self.width, self.height)
        if inner is None:
            return
        box = (inner[0] - reach, inner[1] - reach, inner[2] + reach, inner[3] + reach)
        size = (box[2] - box[0], box[3] - box[1])
        times = max(1, min(SOFT, int(blur / 2)))
        mask = Image.new("L", (math.ceil(size[0] / times), math.ceil(size[1] / times)), 0)
        pen = ImageDraw.Draw(mask)
        for kind, points, extra in stencil.cuts:
            _cut(pen, kind, [((x - box[0]) / times, (y - box[1]) / times) for x, y in points], extra / times)
        mask = mask.filter(ImageFilter.GaussianBlur(blur / times)).resize(size, Image.Resampling.BICUBIC)
        self.image.paste(_filled(fill, size), box[:2], _faded(mask, opacity))

    def _cast(self, mask: Image.Image, box: Box, shadow: Shadow) -> None:
        blur = shadow.blur * self.short
        reach = math.ceil(blur * 2.5)
        dx, dy = round(shadow.drop[0] * self.short), round(shadow.drop[1] * self.short)
        small = mask.reduce(SOFT) if min(mask.size) > SOFT * 2 else mask
        times = mask.width / small.width
        edge = math.ceil(reach / times)
        wide = Image.new("L", (small.width + 2 * edge, small.height + 2 * edge), 0)
        wide.paste(small, (edge, edge))
        # Sheets reach past the picture's rim, so their shadows must not fade towards it.
        if box[3] >= self.height:
            floor = small.crop((0, small.height - 1, small.width, small.height))
            wide.paste(floor.resize((small.width, edge)), (edge, edge + small.height))
        wide = wide.filter(ImageFilter.GaussianBlur(max(0.5, blur / times)))
        size = (round(wide.width * times), round(wide.height * times))
        soft = wide.resize(size, Image.Resampling.BILINEAR)
        offset = round(edge * times)
        self.image.paste(
            shadow.colour, (box[0] - offset + dx, box[1] - offset + dy), _faded(soft, shadow.strength)
        )


def _supersampling(pixels: int) -> int:
    if pixels <= 260_000:
        return 4
    return 3 if pixels <= 900_000 else 2


def _cut(pen: ImageDraw.ImageDraw, kind: str, points: Sequence[Point], extra: float) -> None:
    if kind == "polygon":
        pen.polygon(points, fill=255)
    elif kind == "ellipse":
        pen.ellipse([points[0], points[1]], fill=255)
    elif kind == "box":
        pen.rounded_rectangle([points[0], points[1]], radius=extra, fill=255)
    else:
        width = max(1, round(extra))
        pen.line(points, fill=255, width=width, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)


def _filled(fill: Fill, size: tuple[int, int]) -> Image.Image:
    if not isinstance(fill, Gradient):
        return Image.new("RGB", size, fill)
    count = len(fill.stops)
    strip = Image.new("RGB", (count, 1) if fill.sideways else (1, count))
    for place, stop in enumerate(fill.stops):
        strip.putpixel((place, 0) if fill.sideways else (0, place), stop)
    # Scaling leaves the outer half of each end stop flat; without it the gradient runs from edge to edge.
    edges = (0.5, 0, count - 0.5, 1) if fill.sideways else (0, 0.5, 1, count - 0.5)
    line = (size[0], 1) if fill.sideways else (1, size[1])
    return strip.resize(line, Image.Resampling.BILINEAR, box=edges).resize(size, Image.Resampling.NEAREST)


def _faded(mask: Image.Image, opacity: float) -> Image.Image:
    if opacity >= 1:
        return mask
    return mask.point([round(value * opacity) for value in range(256)])


def _light_curve(strength: float) -> list[int]:
    # Pillow's radial gradient ends in the corners: 74 is what is left of it at the middle of an edge.
    return [round(255 * strength * (max(0, value - 74) / 181) ** 2) for value in range(256)]
