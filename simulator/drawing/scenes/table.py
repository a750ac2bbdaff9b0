"""Tea on a table."""

from __future__ import annotations

import math

from simulator.drawing.canvas import Canvas, Gradient, Point, Stencil
from simulator.drawing.palettes import Colour, mix
from simulator.drawing.scenes.brief import LOW, THIN, Brief
from simulator.drawing.shapes import curve, leaf


def tea(brief: Brief) -> Canvas:
    """A round window, a pot, two cups and a branch."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    wall = mix(palette.paper, palette.far, 0.22)
    canvas = Canvas(width, height, Gradient((mix(wall, palette.light, 0.4), wall)))
    size = brief.short
    x, y = width * rng.uniform(0.44, 0.56), height * 0.4
    disc = mix(palette.accents[0], palette.sky[-1], 0.25)
    canvas.lay(
        Stencil().ellipse(x, y, size * 0.315), Gradient((mix(disc, palette.light, 0.35), disc)), shadow=LOW
    )
    side = rng.choice((-1, 1))
    _branch(brief, canvas, (width * 0.5 - side * width * 0.56, height * 0.1), side)
    board = height * 0.75
    wood = mix(palette.near, palette.accents[1], 0.25)
    canvas.lay(
        Stencil().box(-2, board, width + 2, height + 2),
        Gradient((mix(wood, palette.light, 0.2), wood)),
        shadow=LOW,
    )
    grain = Stencil()
    for _ in range(16):
        gx, gy = rng.uniform(0, width), rng.uniform(board + size * 0.02, height)
        grain.box(gx, gy, gx + size * rng.uniform(0.1, 0.4), gy + size * 0.0018, corner=1)
    canvas.lay(grain, palette.near, opacity=0.3)
    _pot(brief, canvas, (width * 0.5 - side * size * 0.09, board + size * 0.05), size * 0.19, side)
    for place, scale in ((0.24, 0.082), (0.4, 0.07)):
        _cup(
            brief,
            canvas,
            (width * 0.5 + side * size * place, board + size * (0.065 + scale * 0.3)),
            size * scale,
        )
    return canvas


def _pot(brief: Brief, canvas: Canvas, foot: Point, size: float, side: int) -> None:
    palette = brief.palette
    x, y = foot
    glaze = mix(palette.near, palette.far, 0.3)
    if palette.is_dark:
        glaze = mix(palette.far, palette.sky[-1], 0.3)
    canvas.lay(Stencil().ellipse(x, y, size * 1.25, size * 0.1), palette.near, opacity=0.4, blur=size * 0.08)
    bow = ((-0.7, 1.0), (-0.5, 1.75), (0.0, 2.0), (0.5, 1.75), (0.7, 1.0))
    handle = curve([(x + size * across, y - size * up) for across, up in bow])
    canvas.lay(
        Stencil().line(handle, width=size * 0.085), mix(palette.accents[1], palette.near, 0.2), shadow=THIN
    )
    canvas.lay(Stencil().polygon(_spout(foot, size, side)), glaze, shadow=THIN)
    canvas.lay(Stencil().polygon(_body(x, y, size)), _round_light(brief, glaze), shadow=LOW)
    lid = Stencil().ellipse(x, y - size * 1.21, size * 0.46, size * 0.11)
    canvas.lay(lid, mix(glaze, palette.light, 0.2), shadow=THIN)
    canvas.lay(Stencil().ellipse(x, y - size * 1.36, size * 0.1), palette.accents[0], shadow=THIN)
    band = Stencil()
    for place in range(-4, 5):
        angle = -math.pi / 2 + place * 0.08
        band.polygon(leaf(x + place * size * 0.17, y - size * 0.5, angle, size * 0.3, width=0.45))
    canvas.lay(band, mix(palette.paper, glaze, 0.25), opacity=0.8)


def _spout(foot: Point, size: float, side: int) -> list[Point]:
    x, y = foot
    under, over = ((0.7, 0.45), (1.15, 0.62), (1.42, 1.12)), ((1.25, 1.12), (0.98, 0.86), (0.7, 0.95))
    lower, upper = (
        curve([(x + side * size * across, y - size * up) for across, up in edge]) for edge in (under, over)
    )
    return lower + upper


def _cup(brief: Brief, canvas: Canvas, foot: Point, size: float) -> None:
    palette = brief.palette
    x, y = foot
    clay = palette.paper
    canvas.lay(
        Stencil().ellipse(x, y, size * 1.05, size * 0.12), palette.near, opacity=0.45, blur=size * 0.12
    )
    body: list[Point] = [
        (x - size, y - size * 1.15),
        (x - size * 0.86, y - size * 0.4),
        (x - size * 0.45, y),
        (x + size * 0.45, y),
        (x + size * 0.86, y - size * 0.4),
        (x + size, y - size * 1.15),
    ]
    canvas.lay(
        Stencil().polygon([*curve(body[:3]), *curve(body[3:])]), _round_light(brief, clay), shadow=THIN
    )
    canvas.lay(
        Stencil().ellipse(x, y - size * 1.15, size, size * 0.2), mix(clay, palette.light, 0.5), shadow=THIN
    )
    canvas.lay(
        Stencil().ellipse(x, y - size * 1.13, size * 0.86, size * 0.145),
        mix(palette.accents[1], palette.near, 0.25),
    )
    steam = Stencil()
    for strand in (-0.3, 0.25):
        start = x + strand * size
        sway = brief.rng.choice((-1, 1)) * size * 0.28
        path = [
            (start, y - size * 1.45),
            (start + sway, y - size * 2.1),
            (start - sway * 0.8, y - size * 2.9),
            (start + sway * 0.5, y - size * 3.7),
        ]
        steam.line(curve(path, steps=20), width=size * 0.13)
    canvas.lay(steam, palette.light, opacity=0.75, blur=size * 0.09)


def _branch(brief: Brief, canvas: Canvas, at: Point, side: int) -> None:
    rng, palette, size = brief.rng, brief.palette, brief.short
    path = curve(
        [
            at,
            (at[0] + side * size * 0.3, at[1] + size * 0.03),
            (at[0] + side * size * 0.58, at[1] - size * 0.02),
            (at[0] + side * size * 0.82, at[1] + size * 0.07),
        ],
        steps=20,
    )
    bark = mix(palette.near, palette.accents[1], 0.2)
    canvas.lay(Stencil().line(path, width=size * 0.009), bark, shadow=LOW)
    green = mix(palette.near, palette.far, 0.4)
    for step in range(10, len(path) - 1, 4):
        x, y = path[step]
        for turn in (0.8, -0.8):
            if rng.random() < 0.75:
                angle = (0 if side > 0 else math.pi) + turn * rng.uniform(0.7, 1.3)
                shape = leaf(x, y, angle, size * rng.uniform(0.06, 0.1), width=0.36)
                canvas.lay(
                    Stencil().polygon(shape), Gradient((mix(green, palette.light, 0.25), green)), shadow=THIN
                )
        if rng.random() < 0.4:
            blossom = Stencil()
            for petal in range(5):
                blossom.polygon(leaf(x, y, math.tau * petal / 5, size * 0.027, width=0.8))
            canvas.lay(blossom, mix(palette.accents[0], palette.paper, 0.3), shadow=THIN)
            canvas.lay(Stencil().ellipse(x, y, size * 0.006), palette.accents[1])


def _body(x: float, y: float, size: float) -> list[Point]:
    right: list[Point] = [
        (x + size * 0.42, y - size * 1.2),
        (x + size * 0.9, y - size * 0.85),
        (x + size * 0.98, y - size * 0.42),
        (x + size * 0.62, y),
    ]
    left = [(2 * x - px, py) for px, py in reversed(right)]
    return [*curve(right, steps=16), *curve(left, steps=16)]


def _round_light(brief: Brief, tone: Colour) -> Gradient:
    return Gradient(
        (mix(tone, brief.palette.light, 0.3), tone, mix(tone, brief.palette.near, 0.35)), sideways=True
    )
