"""Abstract posters: arcs on a grid, nested arches, and shapes in balance."""

from __future__ import annotations

import math

from simulator.drawing.canvas import Canvas, Gradient, Point, Stencil
from simulator.drawing.palettes import Colour, mix
from simulator.drawing.scenes.brief import LOW, PAPER, THIN, Brief
from simulator.drawing.shapes import blob, curve


def tiles(brief: Brief) -> Canvas:
    """A grid of quarter circles, half discs, rings and petals."""
    rng, width, height = brief.rng, brief.width, brief.height
    canvas = brief.on_paper()
    across = max(3, round(4 * width / brief.short)) if width < height * 2.2 else 9
    side = width * 0.86 / across
    down = max(2, int(height * 0.88 / side))
    left, top = (width - across * side) / 2, (height - down * side) / 2 - height * 0.015
    colours = _inks(brief)
    previous: Colour | None = None
    for row in range(down):
        for column in range(across):
            ground, ink, spot = rng.sample([tone for tone in colours if tone != previous], 3)
            previous = ground
            _tile(brief, canvas, (left + column * side, top + row * side, side), (ground, ink, spot))
    return canvas


def arches(brief: Brief) -> Canvas:
    """Rainbows of paper, one inside another, under a disc."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.on_paper()
    canvas.lay(
        Stencil().ellipse(width * rng.uniform(0.62, 0.74), height * 0.26, brief.short * 0.12),
        palette.accents[0],
        shadow=THIN,
    )
    ground = height * 0.9
    places = [(0.36, 0.4), (0.72, 0.26), (0.12, 0.19)]
    if rng.random() < 0.5:
        places = [(1 - x, size) for x, size in places]
    for x, size in places:
        middle, reach = width * x, brief.short * size
        tall = ground - reach * rng.uniform(1.1, 1.5)
        colours = _inks(brief)
        rng.shuffle(colours)
        for ring in range(6):
            radius = reach * (1 - ring / 6.6)
            stencil = Stencil().ellipse(middle, max(tall, height * 0.2 + reach * 0.5), radius)
            stencil.box(middle - radius, max(tall, height * 0.2 + reach * 0.5), middle + radius, ground)
            canvas.lay(stencil, _sheen(brief, colours[ring % len(colours)]), shadow=LOW)
    canvas.lay(Stencil().box(-2, ground, width + 2, height + 2), _sheen(brief, palette.near), shadow=PAPER)
    return canvas


def balance(brief: Brief) -> Canvas:
    """Pebbles, discs and one running line."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.on_paper()
    colours = _inks(brief)[1:]
    rng.shuffle(colours)
    places = [(0.36, 0.36, 0.28), (0.68, 0.6, 0.25), (0.34, 0.74, 0.17), (0.72, 0.24, 0.14)]
    for (x, y, size), tone in zip(places, colours, strict=False):
        at = (width * (x + rng.uniform(-0.05, 0.05)), height * (y + rng.uniform(-0.04, 0.04)))
        if rng.random() < 0.6:
            shape = Stencil().polygon(blob(rng, *at, brief.short * size, wobble=0.22, corners=6))
        else:
            shape = _half_disc(at, brief.short * size, rng.uniform(0, math.tau))
        canvas.lay(shape, _sheen(brief, tone), shadow=LOW)
    _running_line(brief, canvas)
    _dots_and_bars(brief, canvas)
    canvas.lay(
        Stencil().ellipse(
            width * rng.uniform(0.45, 0.58), height * rng.uniform(0.42, 0.52), brief.short * 0.085
        ),
        palette.accents[0],
        shadow=LOW,
    )
    return canvas


def _inks(brief: Brief) -> list[Colour]:
    palette = brief.palette
    dark = palette.near if not palette.is_dark else mix(palette.near, palette.far, 0.35)
    return [
        mix(palette.paper, palette.far, 0.16),
        palette.accents[0],
        palette.accents[1],
        dark,
        palette.far,
        mix(palette.far, dark, 0.5),
        mix(palette.accents[1], palette.paper, 0.45),
    ]


def _sheen(brief: Brief, tone: Colour) -> Gradient:
    return Gradient((mix(tone, brief.palette.light, 0.14), tone))


def _tile(
    brief: Brief, canvas: Canvas, place: tuple[float, float, float], inks: tuple[Colour, Colour, Colour]
) -> None:
    x, y, side = place
    ground, ink, spot = inks
    canvas.lay(Stencil().box(x, y, x + side, y + side), ground)
    turn = brief.rng.randrange(4)
    kind = brief.rng.choice(("quarter", "quarter", "half", "rings", "petal", "disc", "bars", "twins"))
    if kind == "quarter":
        canvas.lay(_quarter(x, y, side, 1.0, turn), ink, shadow=THIN)
        canvas.lay(_quarter(x, y, side, 0.5, turn), spot, shadow=THIN)
    elif kind == "half":
        canvas.lay(_half_in(x, y, side, turn), ink, shadow=THIN)
    elif kind == "rings":
        for share, tone in ((1.0, ink), (0.72, ground), (0.46, spot), (0.2, ground)):
            canvas.lay(_quarter(x, y, side, share, turn), tone)
    elif kind == "petal":
        canvas.lay(_petal(x, y, side, turn % 2 == 0), ink, shadow=THIN)
    elif kind == "disc":
        canvas.lay(Stencil().ellipse(x + side / 2, y + side / 2, side * 0.4), ink, shadow=THIN)
        canvas.lay(Stencil().ellipse(x + side / 2, y + side / 2, side * 0.17), spot, shadow=THIN)
    elif kind == "bars":
        stencil = Stencil()
        for bar in range(3):
            near, far = (bar + 0.25) / 3, (bar + 0.75) / 3
            if turn % 2:
                stencil.box(x + side * near, y, x + side * far, y + side)
            else:
                stencil.box(x, y + side * near, x + side, y + side * far)
        canvas.lay(stencil, ink)
    else:
        canvas.lay(_quarter(x, y, side, 0.62, turn), ink, shadow=THIN)
        canvas.lay(_quarter(x, y, side, 0.62, turn + 2), spot, shadow=THIN)


def _quarter(x: float, y: float, side: float, share: float, turn: int) -> Stencil:
    corner_x, corner_y = x + side * (turn % 4 in (1, 2)), y + side * (turn % 4 in (2, 3))
    start = math.pi / 2 * (turn % 4)
    arc: list[Point] = [(corner_x, corner_y)]
    for step in range(33):
        angle = start + math.pi / 2 * step / 32
        arc.append((corner_x + side * share * math.cos(angle), corner_y + side * share * math.sin(angle)))
    return Stencil().polygon(arc)


def _half_in(x: float, y: float, side: float, turn: int) -> Stencil:
    middle = ((0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5))[turn]
    start = math.pi / 2 * turn
    points = [
        (
            x + side * middle[0] + side / 2 * math.cos(start + math.pi * step / 40),
            y + side * middle[1] + side / 2 * math.sin(start + math.pi * step / 40),
        )
        for step in range(41)
    ]
    return Stencil().polygon(points)


def _petal(x: float, y: float, side: float, rising: bool) -> Stencil:
    points: list[Point] = []
    for step in range(33):
        angle = math.pi / 2 * step / 32
        points.append((side * math.cos(angle), side * math.sin(angle)))
    points += [(side - px, side - py) for px, py in points]
    if rising:
        points = [(side - px, py) for px, py in points]
    return Stencil().polygon([(x + px, y + py) for px, py in points])


def _half_disc(at: Point, radius: float, start: float) -> Stencil:
    points = []
    for step in range(49):
        angle = start + math.pi * step / 48
        points.append((at[0] + radius * math.cos(angle), at[1] + radius * math.sin(angle)))
    return Stencil().polygon(points)


def _running_line(brief: Brief, canvas: Canvas) -> None:
    rng = brief.rng
    knots = [
        (brief.width * (place / 5 * 1.1 - 0.05), brief.height * (0.5 + rng.uniform(-0.24, 0.24)))
        for place in range(6)
    ]
    canvas.lay(
        Stencil().line(curve(knots, steps=30), width=brief.short * 0.007), brief.palette.near, shadow=THIN
    )


def _dots_and_bars(brief: Brief, canvas: Canvas) -> None:
    rng = brief.rng
    x, y, gap = (
        brief.width * rng.choice((0.1, 0.76)),
        brief.height * rng.choice((0.1, 0.72)),
        brief.short * 0.026,
    )
    dots = Stencil()
    for row in range(5):
        for column in range(5):
            dots.ellipse(x + column * gap, y + row * gap, brief.short * 0.0045)
    canvas.lay(dots, brief.palette.near, opacity=0.75)
    x, y = brief.width * rng.uniform(0.55, 0.7), brief.height * rng.uniform(0.78, 0.86)
    bars = Stencil()
    for bar in range(4):
        bars.box(
            x,
            y + bar * gap * 0.7,
            x + brief.short * (0.2 - 0.035 * bar),
            y + bar * gap * 0.7 + brief.short * 0.006,
            corner=brief.short * 0.003,
        )
    canvas.lay(bars, brief.palette.accents[0])
