"""Firs in fog, row behind row."""

from __future__ import annotations

from simulator.drawing.canvas import Canvas, Gradient, Stencil
from simulator.drawing.palettes import mix
from simulator.drawing.scenes.brief import PAPER, Brief, stars, sun
from simulator.drawing.shapes import below, conifer, height_at, rolling


def forest(brief: Brief) -> Canvas:
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 200, height * 0.5)
    sun(
        brief,
        canvas,
        width * rng.uniform(0.3, 0.7),
        height * rng.uniform(0.2, 0.3),
        brief.short * rng.uniform(0.07, 0.1),
    )
    rows = 5
    for row in range(rows):
        share = row / (rows - 1)
        line = rolling(rng, width, height * (0.56 + 0.4 * share), height * 0.1, waves=rng.uniform(0.6, 1.2))
        tall = brief.short * (0.14 + 0.3 * share**1.2)
        tone = mix(mix(palette.far, palette.sky[-1], 0.5 * (1 - share)), palette.near, share**1.1)
        _row(brief, canvas, line, tall, gap=0.32 + 0.25 * share, tone=tone)
        floor = Gradient((tone, mix(tone, palette.light, 0.1 * (1 - share))))
        canvas.lay(below(line, height + 2), floor, shadow=PAPER if row else None)
        if row < rows - 1:
            mist = mix(palette.sky[-1], palette.light, 0.5)
            canvas.veil(mist, height * (0.5 + 0.4 * share), height, start=0.0, end=0.4 * (1 - share) + 0.12)
    return canvas


def _row(
    brief: Brief,
    canvas: Canvas,
    line: list[tuple[float, float]],
    tall: float,
    *,
    gap: float,
    tone: tuple[int, int, int],
) -> None:
    """Trees along a line, thinned around the middle so that the light gets through."""
    stencil = Stencil()
    x = -tall * 0.2
    while x < brief.width + tall * 0.2:
        middle = 1 - abs(x / brief.width - 0.5) * 2
        if brief.rng.random() > middle * gap * 1.5:
            height = tall * brief.rng.uniform(0.62, 1.12) * (1.12 - 0.42 * middle)
            conifer(
                stencil, brief.rng, x, height_at(line, min(max(x, 0), brief.width)) + height * 0.06, height
            )
        x += tall * brief.rng.uniform(0.16, 0.34) * (1 + gap)
    canvas.lay(stencil, Gradient((mix(tone, brief.palette.light, 0.12), tone)), shadow=PAPER)
