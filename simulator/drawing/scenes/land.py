"""Mountains, dunes, and balloons over hills."""

from __future__ import annotations

import math

from simulator.drawing.canvas import Canvas, Gradient, Point, Stencil
from simulator.drawing.palettes import mix
from simulator.drawing.scenes.brief import LOW, PAPER, THIN, Brief, stars, sun
from simulator.drawing.shapes import below, bird, cloud, conifer, height_at, ridge, rolling


def mountains(brief: Brief) -> Canvas:
    """Sheets of ridges that darken towards the eye, with mist between them."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 220, height * 0.55)
    sun(
        brief,
        canvas,
        width * rng.uniform(0.25, 0.75),
        height * rng.uniform(0.2, 0.34),
        brief.short * rng.uniform(0.06, 0.11),
    )
    layers = rng.randint(5, 7)
    for layer in range(layers):
        share = layer / (layers - 1)
        base = height * (0.56 + 0.42 * share)
        tall = height * (0.3 - 0.1 * share) * rng.uniform(0.8, 1.15)
        if layer < layers * 0.6:
            line = ridge(rng, width, base, tall, peaks=rng.randint(2, 4), roughness=0.75)
        else:
            line = rolling(rng, width, base, tall * 0.55, waves=rng.uniform(0.8, 1.5))
        tone = mix(mix(palette.far, palette.sky[-1], 0.35), palette.near, share**1.15)
        fill = Gradient((mix(tone, palette.light, 0.08), tone, mix(tone, palette.sky[-1], 0.3 * (1 - share))))
        canvas.lay(below(line, height + 2), fill, shadow=PAPER)
        if layer == layers - 2:
            _grove(brief, canvas, line)
    _birds(brief, canvas, height * 0.3)
    return canvas


def dunes(brief: Brief) -> Canvas:
    """Sand in long curves, lit from one side."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 200, height * 0.5)
    sun(
        brief,
        canvas,
        width * rng.uniform(0.2, 0.8),
        height * rng.uniform(0.22, 0.36),
        brief.short * rng.uniform(0.08, 0.14),
    )
    layers = rng.randint(4, 5)
    for layer in range(layers):
        share = layer / (layers - 1)
        base = height * (0.6 + 0.34 * share)
        crest = rng.uniform(0.2, 0.8)
        line = rolling(rng, width, base, height * 0.2, waves=rng.uniform(0.5, 0.95))
        tone = mix(mix(palette.far, palette.light, 0.3), palette.near, share**1.3 * 0.85)
        lit = mix(tone, palette.light, 0.32)
        canvas.lay(below(line, height + 2), Gradient((lit, tone), sideways=crest > 0.5), shadow=PAPER)
        _lee(brief, canvas, line, crest, mix(tone, palette.near, 0.4))
    return canvas


def balloons(brief: Brief) -> Canvas:
    """Hot-air balloons and paper clouds above hills."""
    rng, width, height, palette = brief.rng, brief.width, brief.height, brief.palette
    canvas = brief.under_sky()
    if palette.is_night:
        stars(brief, canvas, 160, height * 0.6)
    sun(brief, canvas, width * rng.uniform(0.15, 0.85), height * 0.2, brief.short * 0.07)
    for _ in range(5):
        stencil = Stencil()
        cloud(
            stencil,
            rng,
            rng.uniform(0, width),
            height * rng.uniform(0.12, 0.62),
            brief.short * rng.uniform(0.2, 0.45),
        )
        canvas.lay(
            stencil, mix(palette.sky[-1], palette.light, rng.uniform(0.4, 0.9)), opacity=0.85, shadow=LOW
        )
    for layer in range(3):
        share = (layer + 1) / 3
        line = rolling(rng, width, height * (0.78 + 0.09 * layer), height * 0.13, waves=rng.uniform(0.8, 1.4))
        tone = brief.depth(share * 0.85)
        canvas.lay(below(line, height + 2), Gradient((mix(tone, palette.light, 0.15), tone)), shadow=PAPER)
    places = [
        (0.3, 0.4, 0.17),
        (0.7, 0.28, 0.11),
        (0.58, 0.58, 0.075),
        (0.12, 0.66, 0.05),
        (0.88, 0.52, 0.06),
    ]
    flip = rng.random() < 0.5
    for x, y, size in places:
        x = 1 - x if flip else x
        _balloon(brief, canvas, width * (x + rng.uniform(-0.04, 0.04)), height * y, brief.short * size)
    return canvas


def _balloon(brief: Brief, canvas: Canvas, x: float, y: float, radius: float) -> None:
    palette, rng = brief.palette, brief.rng
    envelope = _envelope(x, y, radius, 1.0)
    main, other = rng.sample([*palette.accents, palette.paper, brief.depth(0.7)], 2)
    canvas.lay(
        Stencil().polygon(envelope),
        Gradient((mix(main, palette.light, 0.2), main), sideways=True),
        shadow=LOW,
    )
    canvas.lay(Stencil().polygon(_envelope(x, y, radius, 0.62)), other)
    canvas.lay(Stencil().polygon(_envelope(x, y, radius, 0.24)), main)
    shade = Stencil().polygon([point for point in envelope if point[0] >= x])
    canvas.lay(shade, palette.near, opacity=0.14)
    basket_top, half = y + radius * 1.62, radius * 0.15
    ropes = Stencil()
    for side in (-1, 1):
        ropes.line(
            [(x + side * radius * 0.3, y + radius * 1.12), (x + side * half, basket_top)], width=radius * 0.02
        )
    canvas.lay(ropes, palette.near, opacity=0.8)
    basket = Stencil().box(x - half, basket_top, x + half, basket_top + radius * 0.24, corner=radius * 0.05)
    canvas.lay(basket, mix(palette.near, palette.accents[0], 0.3))


def _envelope(x: float, y: float, radius: float, squeeze: float) -> list[Point]:
    """The balloon's skin, narrowed sideways for the stripes."""
    points: list[Point] = []
    for step in range(61):
        angle = math.pi * (0.5 + step / 30)
        px, py = radius * math.cos(angle), -radius * math.sin(angle)
        if py > 0:
            px *= 1 - 0.62 * (py / radius) ** 1.6
            py *= 1.22
        points.append((x + px * squeeze, y + py))
    return points


def _grove(brief: Brief, canvas: Canvas, line: list[Point]) -> None:
    stencil = Stencil()
    start = brief.rng.uniform(0.02, 0.6) * brief.width
    x = start
    while x < start + brief.width * 0.34:
        tall = brief.short * brief.rng.uniform(0.05, 0.115)
        conifer(stencil, brief.rng, x, height_at(line, x) + tall * 0.05, tall)
        x += tall * brief.rng.uniform(0.24, 0.5)
    canvas.lay(stencil, mix(brief.depth(0.82), brief.palette.near, 0.4), shadow=THIN)


def _birds(brief: Brief, canvas: Canvas, y: float) -> None:
    stencil = Stencil()
    x = brief.width * brief.rng.uniform(0.2, 0.7)
    for place in range(brief.rng.randint(3, 6)):
        size = brief.short * brief.rng.uniform(0.008, 0.014)
        rise = abs(place - 2) * brief.short * 0.014
        bird(
            stencil,
            x + place * brief.short * 0.034,
            y + rise + brief.rng.uniform(0, 0.01) * brief.short,
            size,
        )
    canvas.lay(stencil, brief.palette.near, opacity=0.75)


def _lee(brief: Brief, canvas: Canvas, line: list[Point], crest: float, tone: tuple[int, int, int]) -> None:
    """The side of a dune that lies in shadow: from the crest down a swinging edge."""
    top = min(
        range(len(line)),
        key=lambda place: line[place][1] + abs(place / len(line) - crest) * brief.height * 0.2,
    )
    x, y = line[top]
    deep = brief.height - y
    edge = [
        (x + brief.width * 0.1 * math.sin(t * 2.6) * (1 - t) - brief.width * 0.22 * t**1.6, y + deep * t)
        for t in (step / 30 for step in range(31))
    ]
    canvas.lay(Stencil().polygon([*line[top:], (brief.width, brief.height), *edge[::-1]]), tone, opacity=0.35)
