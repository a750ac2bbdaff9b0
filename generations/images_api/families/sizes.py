"""Sizes of one's own: the rule that a family sets, and the nearest size that obeys it."""

from dataclasses import dataclass
from enum import StrEnum


class Breach(StrEnum):
    """Which part of the rule a size breaks."""

    MULTIPLE = "multiple"
    EDGE = "edge"
    SHAPE = "shape"
    PIXELS = "pixels"


@dataclass(frozen=True, slots=True)
class FreeSize:
    """Any width and height within these limits, in pixels."""

    multiple: int  # of which both edges are
    widest: int  # the longer edge is at most so many times the shorter one
    longest_edge: int
    fewest_pixels: int
    most_pixels: int
    experimental_above: int  # pixels; more are made, but not dependably

    def breach(self, width: int, height: int) -> Breach | None:
        """Return what is wrong with a size, the plainest first; None when it can be asked for."""
        if min(width, height) < 1 or width % self.multiple or height % self.multiple:
            return Breach.MULTIPLE
        if max(width, height) > self.longest_edge:
            return Breach.EDGE
        if max(width, height) > self.widest * min(width, height):
            return Breach.SHAPE
        if not self.fewest_pixels <= width * height <= self.most_pixels:
            return Breach.PIXELS
        return None

    def nearest(self, width: int, height: int) -> tuple[int, int]:
        """Return the closest size that works; of several, the closest in shape, then the larger one."""

        def distance(size: tuple[int, int]) -> tuple[int, float, int]:
            wide, high = size
            shape = abs(wide * height - high * width) / high
            return (wide - width) ** 2 + (high - height) ** 2, shape, -wide * high

        wide_ones = range(self.multiple, self.longest_edge + 1, self.multiple)
        return min(((wide, high) for wide in wide_ones for high in self._heights(wide, height)), key=distance)

    def _heights(self, width: int, wish: int) -> set[int]:
        """Return the heights next to the wish that go with a width."""
        step = self.multiple
        lowest = -(-max(width / self.widest, self.fewest_pixels / width) // step)
        highest = min(width * self.widest, self.longest_edge, self.most_pixels / width) // step
        if lowest > highest:
            return set()
        return {int(min(max(near, lowest), highest)) * step for near in (wish // step, wish // step + 1)}
