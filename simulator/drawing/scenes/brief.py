"""What every scene is given, and the few things nearly all of them begin with."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.drawing.canvas import Canvas, Gradient, Shadow, Stencil
from simulator.drawing.palettes import Colour, Palette, mix

PAPER = Shadow()
THIN = Shadow(blur=0.008, drop=(0.002, 0.004), strength=0.22)
LOW = Shadow(blur=0.03, drop=(0.004, 0.012), strength=0.26)


@dataclass(frozen=True, slots=True)
class Brief:
    prompt: str
    width: int
    height: int
    palette: Palette
    rng: Random

    @property
    def short(self) -> int:
        return min(self.width, self.height)

    def under_sky(self) -> Canvas:
        return Canvas(self.width, self.height, Gradient(self.palette.sky))

    def on_paper(self) -> Canvas:
        paper = self.palette.paper
        return Canvas(self.width, self.height, Gradient((mix(paper, self.palette.light, 0.6), paper)))

    def depth(self, share: float) -> Colour:
        """From the far colour (0) to the near one (1)."""
        return mix(self.palette.far, self.palette.near, share)


def sun(brief: Brief, canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A sun by day; at night a moon, sometimes a crescent."""
    palette = brief.palette
    canvas.glow(x, y, radius * 5.5, palette.light, strength=0.55)
    if not palette.is_night:
        warm = mix(palette.light, palette.accents[1], brief.rng.choice((0.0, 0.35, 0.8)))
        canvas.lay(
            Stencil().ellipse(x, y, radius), Gradient((mix(warm, palette.light, 0.5), warm)), shadow=THIN
        )
        return
    canvas.lay(
        Stencil().ellipse(x, y, radius),
        Gradient((palette.light, mix(palette.light, palette.accents[1], 0.25))),
    )
    for dx, dy, size in ((-0.35, -0.2, 0.2), (0.3, 0.32, 0.27), (0.12, -0.45, 0.12), (-0.2, 0.45, 0.1)):
        crater = Stencil().ellipse(x + dx * radius, y + dy * radius, size * radius)
        canvas.lay(crater, mix(palette.light, palette.far, 0.35), opacity=0.35)


def stars(brief: Brief, canvas: Canvas, count: int, floor: float) -> None:
    fine, bright = Stencil(), Stencil()
    for _ in range(count):
        x, y = brief.rng.uniform(0, brief.width), brief.rng.uniform(0, floor) * brief.rng.uniform(0.3, 1)
        size = brief.short * brief.rng.choice((0.0009, 0.0012, 0.0012, 0.0018))
        fine.ellipse(x, y, max(0.6, size))
    for _ in range(count // 14):
        x, y = brief.rng.uniform(0, brief.width), brief.rng.uniform(0, floor * 0.8)
        size = brief.short * brief.rng.uniform(0.004, 0.008)
        waist = size * 0.16
        points = [
            (0, -size),
            (waist, -waist),
            (size, 0),
            (waist, waist),
            (0, size),
            (-waist, waist),
            (-size, 0),
        ]
        bright.polygon([(x + dx, y + dy) for dx, dy in [*points, (-waist, -waist)]])
    canvas.lay(fine, brief.palette.light, opacity=0.75)
    canvas.lay(bright, brief.palette.light, opacity=0.95)
