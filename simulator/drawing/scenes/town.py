"""A skyline at dusk, windows lit."""

from __future__ import annotations

from simulator.drawing.canvas import Canvas, Gradient, Stencil
from simulator.drawing.palettes import mix
from simulator.drawing.scenes.brief import PAPER, Brief, stars, sun
from simulator.drawing.shapes import cloud


def city(brief: Brief) -> Canvas:
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 150, height * 0.4)
    sun(
        brief,
        canvas,
        width * rng.uniform(0.2, 0.8),
        height * rng.uniform(0.22, 0.42),
        brief.short * rng.uniform(0.08, 0.14),
    )
    for _ in range(3):
        stencil = Stencil()
        cloud(
            stencil,
            rng,
            rng.uniform(0, width),
            height * rng.uniform(0.12, 0.4),
            brief.short * rng.uniform(0.2, 0.4),
        )
        canvas.lay(stencil, mix(palette.sky[-1], palette.light, 0.5), opacity=0.35)
    water = height * 0.86
    for layer in range(4):
        share = layer / 3
        _block(brief, canvas, share, water)
        if layer < 3:
            canvas.veil(palette.sky[-1], height * 0.45, water, start=0.0, end=0.34 - 0.2 * share)
    canvas.mirror(water, squeeze=0.5)
    canvas.veil(brief.depth(0.7), water, height, start=0.35, end=0.8)
    _quay(brief, canvas, water)
    return canvas


def _block(brief: Brief, canvas: Canvas, share: float, floor: float) -> None:
    rng, palette = brief.rng, brief.palette
    tone = mix(mix(palette.far, palette.sky[-1], 0.45), palette.near, share**1.1)
    houses, lit, warm = Stencil(), Stencil(), Stencil()
    x = -brief.short * 0.03
    while x < brief.width:
        wide = brief.short * rng.uniform(0.05, 0.11) * (0.8 + 0.35 * share)
        tall = brief.height * rng.uniform(0.16, 0.46) * (1.05 - 0.5 * share)
        if rng.random() < 0.14:
            tall *= 1.35
        _house(brief, houses, x, floor - tall, wide, floor)
        if share > 0.3:
            _windows(brief, lit if rng.random() < 0.75 else warm, x, floor - tall, wide, floor)
        x += wide * (rng.uniform(0.86, 1.0) if share < 0.9 else rng.uniform(0.95, 1.5))
    canvas.lay(houses, Gradient((mix(tone, palette.light, 0.1), tone)), shadow=PAPER)
    canvas.lay(lit, mix(palette.light, palette.accents[1], 0.35), opacity=0.45 + 0.45 * share)
    canvas.lay(warm, palette.accents[0], opacity=0.4 + 0.4 * share)


def _house(brief: Brief, stencil: Stencil, x: float, top: float, wide: float, floor: float) -> None:
    rng = brief.rng
    stencil.box(x, top, x + wide, floor + 2)
    roof = rng.random()
    middle = x + wide / 2
    if roof < 0.2:
        stencil.polygon([(x, top + 1), (middle, top - wide * 0.5), (x + wide, top + 1)])
    elif roof < 0.38:
        stencil.box(x + wide * 0.2, top - wide * 0.3, x + wide * 0.8, top + 2)
        stencil.box(x + wide * 0.36, top - wide * 0.5, x + wide * 0.64, top + 2)
        stencil.box(middle - wide * 0.018, top - wide * 1.1, middle + wide * 0.018, top)
    elif roof < 0.5:
        stencil.polygon([(x, top + 1), (x + wide, top - wide * 0.4), (x + wide, top + 1)])
    elif roof < 0.62:
        stencil.ellipse(middle, top, wide * 0.5, wide * 0.42)
        stencil.box(middle - wide * 0.02, top - wide * 0.8, middle + wide * 0.02, top)
    elif roof < 0.72:
        stencil.box(x + wide * 0.62, top - wide * 0.3, x + wide * 0.9, top + 2, corner=wide * 0.03)


def _windows(brief: Brief, stencil: Stencil, x: float, top: float, wide: float, floor: float) -> None:
    rng = brief.rng
    columns = rng.randint(3, 5)
    step = wide / (columns + 0.6)
    pane = step * rng.uniform(0.36, 0.52)
    busy = rng.uniform(0.2, 0.55)
    y = top + step
    while y < floor - step * 1.4:
        for column in range(columns):
            if rng.random() < busy:
                left = x + step * (column + 0.55)
                stencil.box(left, y, left + pane, y + step * 0.56)
        y += step * 1.05


def _quay(brief: Brief, canvas: Canvas, water: float) -> None:
    rng, palette = brief.rng, brief.palette
    glints = Stencil()
    for _ in range(90):
        t = rng.random()
        y = water + (brief.height - water) * t
        half = brief.short * rng.uniform(0.004, 0.03)
        x = rng.uniform(0, brief.width)
        glints.box(x - half, y, x + half, y + max(1.2, brief.short * 0.0016 * (1 + t)), corner=1)
    canvas.lay(glints, mix(palette.light, palette.accents[1], 0.4), opacity=0.4)
    canvas.lay(
        Stencil().box(-2, water - brief.short * 0.006, brief.width + 2, water + brief.short * 0.004),
        palette.near,
    )
