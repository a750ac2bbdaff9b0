"""A cat on a sill, seen from behind, looking out."""

from __future__ import annotations

import math

from simulator.drawing.canvas import Canvas, Gradient, Point, Stencil
from simulator.drawing.palettes import Colour, luminance, mix
from simulator.drawing.scenes.brief import LOW, PAPER, THIN, Brief, stars, sun
from simulator.drawing.shapes import below, curve, leaf, rolling


def cat(brief: Brief) -> Canvas:
    rng, width, height, palette, size = brief.rng, brief.width, brief.height, brief.palette, brief.short
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 160, height * 0.6)
    side = rng.choice((-1, 1))
    middle = width * 0.5
    sun(
        brief,
        canvas,
        middle + side * size * rng.uniform(0.12, 0.2),
        height * rng.uniform(0.26, 0.36),
        size * rng.uniform(0.07, 0.1),
    )
    for layer in range(3):
        line = rolling(rng, width, height * (0.64 + 0.07 * layer), height * 0.13, waves=rng.uniform(0.9, 1.6))
        tone = brief.depth(0.12 + 0.26 * layer)
        canvas.lay(below(line, height + 2), Gradient((mix(tone, palette.light, 0.2), tone)), shadow=PAPER)
    sill = height * 0.79
    _wall(brief, canvas, sill)
    _cat(brief, canvas, (middle - side * size * 0.12, sill + size * 0.012), size * 0.3, side)
    _plant(brief, canvas, (middle + side * size * 0.27, sill), size * 0.13)
    return canvas


def _wall(brief: Brief, canvas: Canvas, sill: float) -> None:
    """The wall with an arched opening: drawn as two sides that meet above it."""
    palette, width, height, size = brief.palette, brief.width, brief.height, brief.short
    wall = mix(palette.paper, palette.far, 0.25)
    half, middle = size * 0.41, width * 0.5
    spring = max(height * 0.08 + half, sill - half * 2.2)
    arc: list[Point] = []
    for step in range(61):
        angle = math.pi + math.pi * step / 60
        arc.append((middle + half * math.cos(angle), spring + half * math.sin(angle)))
    opening = [(middle - half, sill), *arc, (middle + half, sill)]
    outer: list[Point] = [(width + 9, height + 9), (width + 9, -9), (-9, -9), (-9, height + 9)]
    stencil = Stencil().polygon([(-9, sill), *opening, (width + 9, sill), *outer[:1], *outer[1:]])
    canvas.lay(stencil, Gradient((mix(wall, palette.light, 0.3), wall)), shadow=LOW)
    board = mix(palette.near, palette.accents[1], 0.35)
    canvas.lay(Stencil().box(-2, sill, width + 2, height + 2), mix(wall, palette.near, 0.18))
    canvas.lay(
        Stencil().box(
            middle - half * 1.16, sill, middle + half * 1.16, sill + size * 0.045, corner=size * 0.008
        ),
        Gradient((mix(board, palette.light, 0.35), board)),
        shadow=LOW,
    )


def _cat(brief: Brief, canvas: Canvas, foot: Point, size: float, side: int) -> None:
    x, y = foot
    coat = _coat(brief)
    head = (x + side * size * 0.03, y - size * 1.12)
    canvas.lay(Stencil().line(_tail(foot, size, side), width=size * 0.1), coat, shadow=THIN)
    stencil = Stencil().polygon(_back(foot, size)).ellipse(*head, size * 0.24, size * 0.2)
    for ear in (-1, 1):
        root = (head[0] + ear * size * 0.235, head[1] - size * 0.02)
        tip = (head[0] + ear * size * 0.2, head[1] - size * 0.33)
        stencil.polygon([root, tip, (head[0] + ear * size * 0.04, head[1] - size * 0.17)])
    canvas.lay(stencil, Gradient((mix(coat, brief.palette.light, 0.2), coat)), shadow=LOW)
    whiskers = Stencil()
    for cheek in (-1, 1):
        for turn in (-0.12, 0.08):
            start = (head[0] + cheek * size * 0.2, head[1] + size * 0.06)
            end = (start[0] + cheek * size * 0.17, start[1] + size * turn)
            whiskers.line([start, end], width=max(1.0, size * 0.008))
    canvas.lay(whiskers, coat, opacity=0.7)
    throat = y - size * 0.94
    collar = curve(
        [(head[0] - size * 0.15, throat), (head[0], y - size * 0.905), (head[0] + size * 0.15, throat)]
    )
    canvas.lay(Stencil().line(collar, width=size * 0.04), brief.palette.accents[0])


def _coat(brief: Brief) -> Colour:
    """The colour the prompt names, else one that stands out against the sky."""
    palette, said = brief.palette, brief.prompt.lower()
    if "orange" in said or "橘" in said:
        return 214, 128, 62
    if palette.is_night or "white" in said or "白" in said:
        return mix(palette.paper, palette.accents[1], 0.22)
    return palette.near if luminance(palette.near) > 14 else mix(palette.near, palette.far, 0.2)


def _back(foot: Point, size: float) -> list[Point]:
    x, y = foot
    outline = ((0.0, 1.04), (0.17, 0.95), (0.3, 0.55), (0.4, 0.22), (0.36, 0.0), (0.0, 0.0))
    right: list[Point] = [(x + size * across, y - size * up) for across, up in outline]
    left = [(2 * x - px, py) for px, py in reversed(right)]
    return curve(right) + curve(left)


def _tail(foot: Point, size: float, side: int) -> list[Point]:
    """Hanging over the edge of the sill, with a hook at the end."""
    path = ((0.25, -0.04), (0.52, 0.05), (0.56, 0.3), (0.44, 0.46), (0.36, 0.36))
    return curve([(foot[0] - side * size * across, foot[1] + size * down) for across, down in path])


def _plant(brief: Brief, canvas: Canvas, foot: Point, size: float) -> None:
    palette, rng = brief.palette, brief.rng
    x, y = foot
    green = mix(palette.near, palette.far, 0.45)
    for place in range(9):
        angle = -math.pi / 2 + (place - 4) * 0.3 + rng.uniform(-0.1, 0.1)
        shape = leaf(
            x, y - size * 0.75, angle, size * rng.uniform(1.1, 1.7), width=0.3, bend=(place - 4) * 0.16
        )
        tone = mix(green, palette.light, rng.uniform(0, 0.25))
        canvas.lay(Stencil().polygon(shape), Gradient((mix(tone, palette.light, 0.2), tone)), shadow=THIN)
    pot = [
        (x - size * 0.5, y - size * 0.85),
        (x + size * 0.5, y - size * 0.85),
        (x + size * 0.36, y),
        (x - size * 0.36, y),
    ]
    clay = Gradient((mix(palette.accents[0], palette.light, 0.25), palette.accents[0]), sideways=True)
    canvas.lay(Stencil().polygon(pot), clay, shadow=THIN)
    canvas.lay(
        Stencil().box(x - size * 0.56, y - size * 0.95, x + size * 0.56, y - size * 0.74, corner=size * 0.04),
        clay,
        shadow=THIN,
    )
