"""Stems, leaves and flowers cut from paper."""

from __future__ import annotations

import math

from simulator.drawing.canvas import Canvas, Fill, Gradient, Point, Stencil
from simulator.drawing.palettes import Colour, luminance, mix
from simulator.drawing.scenes.brief import LOW, THIN, Brief
from simulator.drawing.shapes import below, blob, curve, height_at, leaf, rolling


def flowers(brief: Brief) -> Canvas:
    """A bouquet that grows from the lower edge in front of a large disc."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.on_paper()
    disc = (
        mix(palette.sky[0], palette.far, 0.35)
        if not palette.is_dark
        else mix(palette.far, palette.sky[-1], 0.4)
    )
    canvas.lay(
        Stencil().ellipse(width * rng.uniform(0.42, 0.58), height * 0.45, brief.short * 0.37),
        Gradient((disc, mix(disc, palette.paper, 0.5))),
        shadow=LOW,
    )
    stems = rng.randint(7, 9)
    order = sorted(range(stems), key=lambda place: -abs(place - (stems - 1) / 2))
    for place in order:
        t = (place + 0.5) / stems - 0.5
        foot = (width * 0.5 + brief.short * 0.22 * t, height * 1.02)
        reach = height * (0.74 - 0.5 * abs(t)) * rng.uniform(0.86, 1.06)
        head = (width * 0.5 + t * min(width * 0.86, brief.short * 1.1), height - reach)
        _stem(brief, canvas, foot, head, flowering=place % 4 != 1)
    _meadow(brief, canvas)
    return canvas


def leaves(brief: Brief) -> Canvas:
    """Large leaves that come in from the corners, with pebbles of colour behind them."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.on_paper()
    back = [
        mix(palette.sky[0], palette.paper, 0.3),
        mix(palette.accents[1], palette.paper, 0.35),
        mix(palette.far, palette.paper, 0.3),
    ]
    for tone, (x, y) in zip(back, ((0.32, 0.34), (0.7, 0.55), (0.4, 0.78)), strict=True):
        pebble = blob(
            rng, width * (x + rng.uniform(-0.06, 0.06)), height * y, brief.short * rng.uniform(0.2, 0.32)
        )
        canvas.lay(Stencil().polygon(pebble), tone, shadow=LOW)
    canvas.lay(
        Stencil().ellipse(width * 0.56, height * 0.33, brief.short * 0.13), palette.accents[0], shadow=THIN
    )
    for corner in rng.sample(
        [(0.0, 1.0, -0.9), (1.0, 1.0, -2.2), (0.0, 0.15, 0.5), (1.0, 0.1, 2.6), (0.5, 1.05, -1.57)], 4
    ):
        x, y, angle = width * corner[0], height * corner[1], corner[2]
        length = brief.short * rng.uniform(0.55, 0.8)
        if rng.random() < 0.55:
            _frond(brief, canvas, (x, y), angle + rng.uniform(-0.25, 0.25), length)
        else:
            for fan in range(3):
                turn = angle + (fan - 1) * 0.55 + rng.uniform(-0.1, 0.1)
                _big_leaf(brief, canvas, (x, y), turn, length * rng.uniform(0.7, 1.0))
    return canvas


def _greens(brief: Brief) -> list[Colour]:
    palette = brief.palette
    deep = palette.near if luminance(palette.near) > 18 else mix(palette.near, palette.far, 0.4)
    return [
        deep,
        mix(deep, palette.far, 0.45),
        mix(palette.far, palette.near, 0.25),
        mix(palette.far, deep, 0.6),
    ]


def _stem(brief: Brief, canvas: Canvas, foot: Point, head: Point, *, flowering: bool) -> None:
    rng = brief.rng
    green = rng.choice(_greens(brief))
    bow = brief.short * rng.uniform(-0.05, 0.05)
    middle = ((foot[0] + head[0]) / 2 - (head[0] - foot[0]) * 0.18 + bow, (foot[1] + head[1]) / 2)
    path = curve([foot, middle, head], steps=24)
    canvas.lay(Stencil().line(path, width=brief.short * 0.006), green, shadow=THIN)
    start = 8 if flowering else 12
    for step in range(start, len(path) - 4, 4 if not flowering else 7):
        (x, y), (ahead_x, ahead_y) = path[step], path[step + 1]
        along = math.atan2(ahead_y - y, ahead_x - x)
        length = (
            brief.short
            * (0.12 if flowering else 0.095)
            * rng.uniform(0.75, 1.1)
            * (1.15 - 0.5 * step / len(path))
        )
        for side in (-1, 1):
            shape = leaf(x, y, along + side * rng.uniform(0.6, 0.9), length, width=0.34, bend=-side * 0.4)
            canvas.lay(
                Stencil().polygon(shape),
                Gradient((mix(green, brief.palette.light, 0.22), green)),
                shadow=THIN,
            )
    if flowering:
        _flower(brief, canvas, head, brief.short * rng.uniform(0.062, 0.1))
    else:
        tip = leaf(
            *path[-1], math.atan2(path[-1][1] - path[-2][1], path[-1][0] - path[-2][0]), brief.short * 0.07
        )
        canvas.lay(Stencil().polygon(tip), green, shadow=THIN)


def _flower(brief: Brief, canvas: Canvas, at: Point, radius: float) -> None:
    rng, palette = brief.rng, brief.palette
    main = rng.choice([palette.accents[0], palette.accents[1], mix(palette.accents[0], palette.paper, 0.45)])
    kind = rng.choice(("daisy", "poppy", "tulip"))
    x, y = at
    if kind == "tulip":
        for turn, tone in ((-0.5, 0.12), (0.5, 0.12), (0.0, 0.0)):
            shape = leaf(x, y + radius * 0.9, -math.pi / 2 + turn, radius * 2.1, width=0.62, bend=-turn)
            canvas.lay(
                Stencil().polygon(shape),
                Gradient((mix(main, palette.light, 0.3), mix(main, palette.near, tone))),
                shadow=THIN,
            )
        return
    petals = 12 if kind == "daisy" else 6
    start = rng.uniform(0, math.tau)
    for ring, reach in ((0, 1.0), (1, 0.68)):
        stencil = Stencil()
        for petal in range(petals):
            angle = start + math.tau * (petal + 0.5 * ring) / petals
            wide = 0.34 if kind == "daisy" else 0.95
            stencil.polygon(leaf(x, y, angle, radius * 1.25 * reach, width=wide))
        canvas.lay(stencil, mix(main, palette.light, 0.08 + 0.25 * ring), shadow=THIN)
    heart = palette.accents[1] if main != palette.accents[1] else palette.near
    canvas.lay(Stencil().ellipse(x, y, radius * 0.27), heart, shadow=THIN)
    dots = Stencil()
    for dot in range(9):
        angle = math.tau * dot / 9
        dots.ellipse(
            x + radius * 0.17 * math.cos(angle), y + radius * 0.17 * math.sin(angle), max(0.8, radius * 0.025)
        )
    canvas.lay(dots, palette.near, opacity=0.7)


def _frond(brief: Brief, canvas: Canvas, at: Point, angle: float, length: float) -> None:
    """A fern leaf: pairs of narrow leaflets that shorten towards the tip."""
    green = brief.rng.choice(_greens(brief))
    bend = brief.rng.uniform(-0.5, 0.5)
    spine: list[Point] = []
    for step in range(41):
        t = step / 40
        spine.append(
            (at[0] + length * t * math.cos(angle + bend * t), at[1] + length * t * math.sin(angle + bend * t))
        )
    stencil = Stencil().line(spine, width=brief.short * 0.006)
    for step in range(6, 40, 3):
        t = step / 40
        along = math.atan2(spine[step + 1][1] - spine[step][1], spine[step + 1][0] - spine[step][0])
        for side in (-1, 1):
            stencil.polygon(
                leaf(
                    *spine[step],
                    along + side * 0.95,
                    length * 0.36 * math.sin(math.pi * (0.18 + 0.8 * t)),
                    width=0.17,
                    bend=-side * 0.5,
                )
            )
    canvas.lay(stencil, _along(brief, green), shadow=LOW)


def _big_leaf(brief: Brief, canvas: Canvas, at: Point, angle: float, length: float) -> None:
    green = brief.rng.choice(_greens(brief))
    canvas.lay(
        Stencil().polygon(leaf(*at, angle, length, width=0.46, bend=0.25)), _along(brief, green), shadow=LOW
    )
    veins = Stencil()
    tip = (at[0] + length * 0.93 * math.cos(angle + 0.12), at[1] + length * 0.93 * math.sin(angle + 0.12))
    veins.line([at, tip], width=brief.short * 0.0032)
    for step in range(3, 9):
        t = step / 10
        x, y = at[0] + (tip[0] - at[0]) * t, at[1] + (tip[1] - at[1]) * t
        reach = length * 0.2 * math.sin(math.pi * (0.1 + 0.85 * t))
        for side in (-1, 1):
            turn = angle + 0.12 + side * 0.75
            veins.line(
                [(x, y), (x + reach * math.cos(turn), y + reach * math.sin(turn))], width=brief.short * 0.0018
            )
    canvas.lay(veins, mix(green, brief.palette.paper, 0.55), opacity=0.6)


def _meadow(brief: Brief, canvas: Canvas) -> None:
    """Grass, and a strip of ground that the caption is set on."""
    rng, green = brief.rng, _greens(brief)[0]
    line = rolling(rng, brief.width, brief.height * 0.945, brief.height * 0.02, waves=0.8)
    blades = Stencil()
    for place in range(80):
        x = brief.width * (place + rng.random()) / 80
        tall = brief.short * rng.uniform(0.03, 0.1)
        lean, bend = rng.uniform(-0.35, 0.35), rng.uniform(-0.5, 0.5)
        foot = height_at(line, x) + brief.short * 0.01
        blades.polygon(leaf(x, foot, -math.pi / 2 + lean, tall, width=0.14, bend=bend))
    canvas.lay(blades, green, shadow=THIN)
    canvas.lay(below(line, brief.height + 2), green, shadow=THIN)


def _along(brief: Brief, green: Colour) -> Fill:
    return Gradient(
        (mix(green, brief.palette.light, 0.26), green, mix(green, brief.palette.near, 0.25)),
        sideways=brief.rng.random() < 0.5,
    )
