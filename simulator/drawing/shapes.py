"""Outlines the scenes share: ridges, rolling hills, leaves, blobs, conifers, clouds."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from simulator.drawing.canvas import Point, Stencil


def ridge(
    rng: Random, width: int, base: float, height: float, *, peaks: int, roughness: float = 0.5
) -> list[Point]:
    """A mountain line from left to right: peaks of differing height, broken up by midpoint displacement."""
    points: list[Point] = [(-0.05 * width, base - height * rng.uniform(0.05, 0.4))]
    for place in range(peaks):
        x = width * (place + rng.uniform(0.3, 0.7)) / peaks
        points.append((x, base - height * rng.uniform(0.6, 1.0)))
        if place < peaks - 1:
            dip = width * (place + 1 + rng.uniform(-0.12, 0.12)) / peaks
            points.append((dip, base - height * rng.uniform(0.05, 0.35)))
    points.append((1.05 * width, base - height * rng.uniform(0.05, 0.4)))
    swing = height * 0.16 * roughness
    for _ in range(5):
        points = _broken(rng, points, swing)
        swing *= 0.52
    return points


def rolling(rng: Random, width: int, base: float, height: float, *, waves: float = 1.6) -> list[Point]:
    """A soft hill line: three sines of falling weight."""
    parts = [
        (weight, waves * times * rng.uniform(0.8, 1.2), rng.uniform(0, math.tau))
        for weight, times in ((0.62, 1.0), (0.28, 1.9), (0.10, 3.7))
    ]
    points: list[Point] = []
    for step in range(97):
        t = step / 96
        lift = sum(weight * math.sin(math.tau * times * t + phase) for weight, times, phase in parts)
        points.append((t * width, base - height * (0.5 + 0.5 * lift)))
    return points


def below(line: list[Point], floor: float) -> Stencil:
    """The sheet under a line, down to the floor."""
    return Stencil().polygon([*line, (line[-1][0], floor), (line[0][0], floor)])


def height_at(line: list[Point], x: float) -> float:
    for (x1, y1), (x2, y2) in pairwise(line):
        if x1 <= x <= x2 and x2 > x1:
            return y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return line[-1][1]


def curve(points: list[Point], *, closed: bool = False, steps: int = 14) -> list[Point]:
    """A smooth line through the points (Catmull-Rom)."""
    count = len(points)
    result: list[Point] = []
    for place in range(count if closed else count - 1):
        if closed:
            four = [points[(place + offset) % count] for offset in (-1, 0, 1, 2)]
        else:
            four = [points[min(count - 1, max(0, place + offset))] for offset in (-1, 0, 1, 2)]
        result.extend(_between(four, step / steps) for step in range(steps))
    if not closed:
        result.append(points[-1])
    return result


def blob(
    rng: Random, x: float, y: float, radius: float, *, wobble: float = 0.25, corners: int = 7
) -> list[Point]:
    """A pebble."""
    start = rng.uniform(0, math.tau)
    points = []
    for corner in range(corners):
        angle = start + math.tau * corner / corners
        reach = radius * rng.uniform(1 - wobble, 1 + wobble)
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return curve(points, closed=True)


def leaf(
    x: float, y: float, angle: float, length: float, *, width: float = 0.36, bend: float = 0.0
) -> list[Point]:
    """A pointed leaf that starts at (x, y) and grows along the angle."""
    one: list[Point] = []
    other: list[Point] = []
    for step in range(25):
        t = step / 24
        half = length * width * 0.5 * math.sin(math.pi * t**0.85) * (1 - 0.25 * t)
        turn = angle + bend * t
        cx = x + length * t * math.cos(angle + bend * t * 0.5)
        cy = y + length * t * math.sin(angle + bend * t * 0.5)
        one.append((cx - half * math.sin(turn), cy + half * math.cos(turn)))
        other.append((cx + half * math.sin(turn), cy - half * math.cos(turn)))
    return one + other[::-1]


def conifer(stencil: Stencil, rng: Random, x: float, foot: float, height: float) -> None:
    """A spruce: tiers that widen downwards, each with a drooping edge."""
    tiers = rng.randint(5, 7)
    half = height * rng.uniform(0.17, 0.23)
    stencil.box(x - height * 0.018, foot - height * 0.14, x + height * 0.018, foot + height * 0.04)
    for tier in range(tiers):
        top = foot - height * (1 - tier / tiers * 0.86)
        low = foot - height * (1 - (tier + 1.45) / tiers * 0.86)
        low = min(low, foot - height * 0.07)
        reach = half * ((tier + 1) / tiers) ** 0.9 * rng.uniform(0.9, 1.08)
        droop = height * 0.022
        stencil.polygon(
            [
                (x, top),
                (x + reach * 0.42, top + (low - top) * 0.58),
                (x + reach, low + droop),
                (x + reach * 0.3, low - droop * 0.4),
                (x, low + droop * 0.5),
                (x - reach * 0.3, low - droop * 0.4),
                (x - reach, low + droop),
                (x - reach * 0.42, top + (low - top) * 0.58),
            ]
        )


def cloud(stencil: Stencil, rng: Random, x: float, y: float, width: float) -> None:
    """A flat-bottomed cloud of round puffs."""
    height = width * 0.16
    stencil.box(x - width / 2, y - height * 0.7, x + width / 2, y, corner=height * 0.35)
    puffs = rng.randint(3, 5)
    for puff in range(puffs):
        t = (puff + 0.5) / puffs
        radius = width * 0.2 * (1 - abs(t - 0.5) * 0.9) * rng.uniform(0.75, 1.1)
        cx = x + width * (t - 0.5) * 0.74
        stencil.ellipse(
            cx, y - max(height * 0.4, radius * 0.5), radius, radius * 0.92 if radius < y else radius
        )


def bird(stencil: Stencil, x: float, y: float, span: float) -> None:
    """A gull far away: two arcs."""
    wing = [(x - span, y - span * 0.18), (x - span * 0.5, y - span * 0.42), (x, y)]
    other = [(2 * x - px, py) for px, py in wing]
    stencil.line(curve(wing, steps=8), width=span * 0.1)
    stencil.line(curve(other, steps=8), width=span * 0.1)


def _broken(rng: Random, points: list[Point], swing: float) -> list[Point]:
    result = [points[0]]
    for (x1, y1), (x2, y2) in pairwise(points):
        share = rng.uniform(0.35, 0.65)
        middle = (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share + rng.uniform(-swing, swing))
        result += [middle, (x2, y2)]
    return result


def _between(four: list[Point], t: float) -> Point:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = four

    def along(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        )

    return along(x0, x1, x2, x3), along(y0, y1, y2, y3)
