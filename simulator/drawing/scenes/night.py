"""Northern lights over hills and a lit cabin."""

from __future__ import annotations

import math

from simulator.drawing.canvas import Canvas, Gradient, Stencil
from simulator.drawing.palettes import mix
from simulator.drawing.scenes.brief import PAPER, THIN, Brief, stars, sun
from simulator.drawing.shapes import below, conifer, height_at, ridge, rolling


def aurora(brief: Brief) -> Canvas:
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    for band, glow in enumerate(((96, 236, 178), (88, 190, 226), (190, 140, 245))):
        colour = mix(glow, palette.accents[band % 2], 0.18)
        _ribbon(brief, canvas, height * (0.36 - 0.1 * band), colour, 0.55 - 0.1 * band)
    stars(brief, canvas, 320, height * 0.7)
    if rng.random() < 0.6:
        sun(
            brief,
            canvas,
            width * rng.uniform(0.15, 0.85),
            height * rng.uniform(0.12, 0.2),
            brief.short * 0.04,
        )
    for layer in range(3):
        share = layer / 2
        base = height * (0.7 + 0.13 * share)
        line = ridge(rng, width, base, height * (0.22 - 0.07 * share), peaks=3, roughness=0.7)
        tone = mix(palette.far, palette.near, 0.15 + 0.5 * share)
        canvas.lay(
            below(line, height + 2), Gradient((mix(tone, palette.accents[0], 0.14), tone)), shadow=PAPER
        )
    line = rolling(rng, width, height * 0.95, height * 0.1, waves=0.8)
    trees = Stencil()
    x = 0.0
    while x < width:
        tall = brief.short * rng.uniform(0.06, 0.17)
        if abs(x / width - 0.5) > 0.13:
            conifer(trees, rng, x, height_at(line, x) + tall * 0.06, tall)
        x += tall * rng.uniform(0.22, 0.7)
    dark = mix(palette.near, palette.far, 0.12)
    canvas.lay(trees, dark, shadow=PAPER)
    canvas.lay(below(line, height + 2), dark, shadow=PAPER)
    _cabin(
        brief, canvas, width * 0.5, height_at(line, width * 0.5) + brief.short * 0.012, brief.short * 0.085
    )
    return canvas


def _ribbon(brief: Brief, canvas: Canvas, y: float, colour: tuple[int, int, int], opacity: float) -> None:
    """A curtain of light: many soft upright strokes along a wave."""
    rng, width = brief.rng, brief.width
    phase, waves = rng.uniform(0, math.tau), rng.uniform(0.7, 1.3)
    curtain, heart = Stencil(), Stencil()
    for step in range(120):
        t = step / 119
        x = width * (t * 1.1 - 0.05)
        foot = y + brief.height * 0.075 * math.sin(math.tau * waves * t + phase)
        tall = brief.height * (0.12 + 0.1 * math.sin(math.tau * 2.7 * t + phase) ** 2) * rng.uniform(0.7, 1.2)
        curtain.box(x - width * 0.006, foot - tall, x + width * 0.006, foot)
        heart.box(x - width * 0.006, foot - tall * 0.3, x + width * 0.006, foot)
    canvas.lay(curtain, colour, opacity=opacity, blur=brief.short * 0.035)
    canvas.lay(heart, mix(colour, brief.palette.light, 0.4), opacity=opacity * 0.8, blur=brief.short * 0.016)


def _cabin(brief: Brief, canvas: Canvas, x: float, foot: float, size: float) -> None:
    palette = brief.palette
    warm = mix(palette.light, (255, 190, 90), 0.6)
    canvas.glow(x, foot - size * 0.3, size * 2.4, warm, strength=0.55)
    wall = mix(palette.near, (120, 60, 40), 0.35)
    chimney = Stencil().box(x + size * 0.25, foot - size * 1.05, x + size * 0.4, foot - size * 0.5)
    canvas.lay(chimney, wall)
    canvas.lay(Stencil().box(x - size * 0.5, foot - size * 0.55, x + size * 0.5, foot), wall, shadow=THIN)
    roof = [
        (x - size * 0.68, foot - size * 0.5),
        (x, foot - size * 1.05),
        (x + size * 0.68, foot - size * 0.5),
    ]
    canvas.lay(Stencil().polygon(roof), mix(palette.paper, palette.far, 0.35), shadow=THIN)
    panes = Stencil().box(x - size * 0.34, foot - size * 0.4, x - size * 0.1, foot - size * 0.18)
    panes.box(x + size * 0.12, foot - size * 0.42, x + size * 0.34, foot)
    canvas.lay(panes, warm)
