"""The sea with a low sun, and a lake that mirrors its mountains."""

from __future__ import annotations

import math

from simulator.drawing.canvas import Canvas, Gradient, Point, Stencil
from simulator.drawing.palettes import mix
from simulator.drawing.scenes.brief import PAPER, THIN, Brief, stars, sun
from simulator.drawing.shapes import below, conifer, curve, height_at, ridge, rolling


def sea(brief: Brief) -> Canvas:
    """Sun, its path of light, sheets of waves and a small sail."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 200, height * 0.45)
    horizon = height * rng.uniform(0.5, 0.58)
    x, radius = width * rng.uniform(0.3, 0.7), brief.short * rng.uniform(0.1, 0.16)
    sun(brief, canvas, x, horizon - radius * rng.uniform(0.2, 1.3), radius)
    _islands(brief, canvas, horizon)
    water = Gradient((mix(palette.far, palette.sky[-1], 0.4), brief.depth(0.35), brief.depth(0.75)))
    canvas.lay(Stencil().box(-2, horizon, width + 2, height + 2), water)
    _path_of_light(brief, canvas, x, horizon, radius)
    _sail(
        brief,
        canvas,
        width * rng.choice((0.2, 0.78)),
        horizon + height * 0.06,
        brief.short * rng.uniform(0.1, 0.15),
    )
    waves = 5
    for layer in range(waves):
        share = (layer + 1) / waves
        base = horizon + (height - horizon) * (0.34 + 0.58 * share**1.1)
        line = _swell(
            brief, base, brief.short * (0.012 + 0.03 * share), rng.uniform(2.5, 4.5) * (1.3 - 0.6 * share)
        )
        tone = brief.depth(0.3 + 0.62 * share)
        crest = mix(tone, palette.light, 0.32 * (1.2 - share))
        canvas.lay(below(line, height + 2), Gradient((crest, tone, tone)), shadow=PAPER)
    return canvas


def lake(brief: Brief) -> Canvas:
    """Mountains and firs, and the same again in still water."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 180, height * 0.4)
    shore = height * rng.uniform(0.56, 0.62)
    sun(
        brief,
        canvas,
        width * rng.uniform(0.28, 0.72),
        height * rng.uniform(0.16, 0.26),
        brief.short * rng.uniform(0.05, 0.08),
    )
    for layer in range(4):
        share = layer / 3
        base = shore - height * 0.03 + height * 0.03 * share
        tall = height * (0.34 - 0.22 * share)
        line = ridge(rng, width, base, tall, peaks=rng.randint(2, 4), roughness=0.7)
        tone = mix(mix(palette.far, palette.sky[-1], 0.4), palette.near, share * 0.75)
        canvas.lay(below(line, shore + 2), Gradient((mix(tone, palette.light, 0.15), tone)), shadow=PAPER)
    trees = Stencil()
    x = -0.02 * width
    while x < width * 1.02:
        edge = abs(x / width - 0.5) * 2
        tall = brief.short * rng.uniform(0.03, 0.06) * (0.6 + 2.4 * edge**2)
        conifer(trees, rng, x, shore, tall)
        x += tall * rng.uniform(0.2, 0.5)
    canvas.lay(trees, mix(brief.depth(0.8), palette.near, 0.5))
    canvas.mirror(shore)
    _still_water(brief, canvas, shore)
    _near_bank(brief, canvas)
    return canvas


def _still_water(brief: Brief, canvas: Canvas, shore: float) -> None:
    rng, palette = brief.rng, brief.palette
    canvas.veil(brief.depth(0.45), shore, brief.height, start=0.16, end=0.62)
    ripples = Stencil()
    for _ in range(70):
        t = rng.random() ** 0.7
        y = shore + (brief.height - shore) * t
        half = brief.short * rng.uniform(0.02, 0.11) * (0.4 + t)
        thick = brief.short * 0.0012 * (0.6 + 2 * t)
        x = rng.uniform(0, brief.width)
        ripples.ellipse(x, y, half, max(0.7, thick))
    canvas.lay(ripples, palette.light, opacity=0.34)
    canvas.lay(
        Stencil().box(-2, shore - 1, brief.width + 2, shore + brief.short * 0.003), palette.light, opacity=0.4
    )


def _near_bank(brief: Brief, canvas: Canvas) -> None:
    line = rolling(brief.rng, brief.width, brief.height * 0.99, brief.height * 0.1, waves=0.7)
    reeds = Stencil()
    for _ in range(46):
        x = brief.rng.uniform(0, 1) ** 2 * brief.width * 0.4
        foot, tall = height_at(line, x) + 6, brief.short * brief.rng.uniform(0.05, 0.16)
        lean = tall * brief.rng.uniform(-0.15, 0.3)
        stalk = curve([(x, foot), (x + lean * 0.3, foot - tall * 0.6), (x + lean, foot - tall)], steps=8)
        reeds.line(stalk, width=brief.short * 0.0028)
        if brief.rng.random() < 0.35:
            reeds.ellipse(x + lean, foot - tall, brief.short * 0.0045, brief.short * 0.018)
    canvas.lay(reeds, mix(brief.palette.near, brief.palette.accents[1], 0.12))
    canvas.lay(below(line, brief.height + 2), brief.palette.near, shadow=PAPER)


def _islands(brief: Brief, canvas: Canvas, horizon: float) -> None:
    """Two far headlands, each of which sinks into the water at both ends."""
    rng = brief.rng
    side = rng.choice((0, 1))
    for layer in range(2):
        middle = abs(side - rng.uniform(0.02, 0.2) - 0.62 * layer)
        half = rng.uniform(0.2, 0.32)
        line = ridge(rng, brief.width, 0, brief.height * (0.13 - 0.03 * layer), peaks=5, roughness=0.6)
        shore = [
            (x, horizon + y * max(0.0, 1 - ((x / brief.width - middle) / half) ** 2) ** 0.8)
            for x, y in line
            if abs(x / brief.width - middle) < half
        ]
        tone = mix(brief.palette.far, brief.palette.sky[-1], 0.3 + 0.25 * layer)
        canvas.lay(
            below(shore, horizon + 2), Gradient((mix(tone, brief.palette.light, 0.12), tone)), shadow=THIN
        )


def _path_of_light(brief: Brief, canvas: Canvas, x: float, horizon: float, radius: float) -> None:
    dashes = Stencil()
    depth = brief.height - horizon
    for step in range(26):
        t = (step + 0.4) / 26
        y = horizon + depth * 0.62 * t**1.35
        half = radius * (0.95 - 0.55 * math.sin(math.pi * t)) * brief.rng.uniform(0.5, 1.1)
        shift = radius * 0.28 * brief.rng.uniform(-1, 1) * t
        thick = brief.short * (0.0016 + 0.0042 * t)
        dashes.box(x + shift - half, y - thick, x + shift + half, y + thick, corner=thick)
    canvas.lay(dashes, brief.palette.light, opacity=0.8)


def _sail(brief: Brief, canvas: Canvas, x: float, y: float, size: float) -> None:
    palette = brief.palette
    mast = x + size * 0.02
    main = [
        (mast, y - size),
        (mast + size * 0.3, y - size * 0.45),
        (mast + size * 0.44, y - size * 0.12),
        (mast, y - size * 0.1),
    ]
    jib = [
        (mast - size * 0.03, y - size * 0.9),
        (mast - size * 0.2, y - size * 0.4),
        (mast - size * 0.34, y - size * 0.12),
    ]
    canvas.lay(
        Stencil().polygon([*curve(main[:3]), main[3]]),
        Gradient((palette.paper, palette.accents[1])),
        shadow=THIN,
    )
    canvas.lay(
        Stencil().polygon([*curve(jib), (mast - size * 0.03, y - size * 0.1)]),
        palette.accents[0],
        shadow=THIN,
    )
    hull = [
        (x - size * 0.4, y - size * 0.07),
        (x + size * 0.5, y - size * 0.07),
        (x + size * 0.34, y + size * 0.07),
        (x - size * 0.28, y + size * 0.07),
    ]
    canvas.lay(Stencil().polygon(hull), palette.near, shadow=THIN)
    for step in range(4):
        half = size * (0.4 - 0.07 * step)
        y_dash = y + size * (0.12 + 0.07 * step)
        canvas.lay(
            Stencil().box(x - half, y_dash, x + half, y_dash + size * 0.016, corner=size * 0.008),
            palette.near,
            opacity=0.28,
        )


def _swell(brief: Brief, base: float, lift: float, waves: float) -> list[Point]:
    """Crests that are sharper than their troughs, as paper waves are cut."""
    phase, slow = brief.rng.uniform(0, math.tau), brief.rng.uniform(0, math.tau)
    points: list[Point] = []
    for step in range(241):
        t = step / 240
        turn = math.pi * waves * t + phase
        crest = 1 - abs(math.sin(turn)) ** 0.8
        points.append((t * brief.width, base - lift * (1.6 * crest + 0.5 * math.sin(math.tau * t + slow))))
    return points
