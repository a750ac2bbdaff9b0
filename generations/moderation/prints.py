"""The print of a prompt: equal for what differs in order and punctuation only, alike for nearly the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby, pairwise
from typing import Final

from generations.moderation.words import LONGEST
from generations.search.folding import Kind, Unit, units

_BITS: Final = 64
_ALL: Final = (1 << 64) - 1
_QUARTER: Final = 16
_LANE: Final = 24  # bits: more than a prompt has words
_LANES: Final = tuple(
    sum((byte >> place & 1) << _LANE * place for place in range(8)) for byte in range(256)
)  # each bit of a byte in a lane of its own


@dataclass(frozen=True, slots=True)
class Print:
    """What is kept of a prompt to know it again; nobody reads the prompt out of it."""

    key: str
    look: int  # signed, 64 bits

    @property
    def quarters(self) -> tuple[int, int, int, int]:
        low = self.look & _ALL
        first, second, third, fourth = (low >> _QUARTER * place & 0xFFFF for place in range(4))
        return first, second, third, fourth

    def differs_from(self, look: int) -> int:
        """Return in how many of the 64 bits."""
        return ((self.look ^ look) & _ALL).bit_count()


def print_of(prompt: str) -> Print | None:
    """Return the print of a prompt; None for one without a word."""
    features = sorted(_features(prompt[:LONGEST]))
    if not features:
        return None
    key = blake2b("\n".join(features).encode(errors="replace"), digest_size=16).hexdigest()
    return Print(key, _look(features))


def _features(prompt: str) -> list[str]:
    """Words, and of scripts without spaces the pairs of neighbours: 牛奶 is not 奶牛."""
    found: list[str] = []
    for kind, run in groupby(units(prompt), lambda unit: unit.kind):
        if kind is Kind.WORD:
            found += [unit.text for unit in run]
        elif kind is Kind.DENSE:
            found += _pairs(list(run))
    return found


def _pairs(run: Sequence[Unit]) -> list[str]:
    if len(run) == 1:
        return [run[0].text]
    return [first.text + second.text for first, second in pairwise(run)]


def _look(features: Sequence[str]) -> int:
    """Each bit is what most features have there, as Charikar proposed."""
    votes = [0] * (_BITS // 8)  # of eight bits each, counted side by side
    for feature in features:
        for place, byte in enumerate(blake2b(feature.encode(errors="replace"), digest_size=8).digest()):
            votes[place] += _LANES[byte]
    look = 0
    for counted in votes:
        for lane in range(8):
            count = counted >> _LANE * lane & (1 << _LANE) - 1
            look = look << 1 | (2 * count > len(features))
    return look - _ALL - 1 if look >> _BITS - 1 else look
