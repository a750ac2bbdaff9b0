"""What an endpoint changed in a prompt, word by word; Chinese and Japanese by characters."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

Kind = Literal["same", "added", "removed"]

# A word, one character of a script without spaces, or a mark; each with the white space after it.
_ALONE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"(?:[{_ALONE}]|[^\W{_ALONE}]+|[^\w\s])\s*")
_MOST_TOKENS = 1_200  # of either text: the comparison grows with their product
_ALIKE = 0.2  # part of the words that must stand in both; below it the marks say less than the text alone


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stand in both texts, in the second only, or in the first only."""

    kind: Kind
    text: str


def prompt_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces in reading order; none where the texts are too unlike or too long to be compared."""
    old, new = _TOKEN.findall(before.strip()), _TOKEN.findall(after.strip())
    if not old or not new or max(len(old), len(new)) > _MOST_TOKENS:
        return ()
    # autojunk keeps words that a long text is full of from being compared each with each: that took a minute.
    matcher = SequenceMatcher(None, _words(old), _words(new), autojunk=True)
    shared = sum(block.size for block in matcher.get_matching_blocks())
    # Against the shorter text: a revision that only adds, however much, keeps every word.
    if shared < _ALIKE * min(len(old), len(new)):
        return ()
    steps = [
        (kind, old[a_from:a_to], new[b_from:b_to])
        for kind, a_from, a_to, b_from, b_to in matcher.get_opcodes()
    ]
    return tuple(_joined(_pieces(steps)))


def _words(tokens: Sequence[str]) -> list[str]:
    return [token.strip() for token in tokens]


def _pieces(steps: Sequence[tuple[str, list[str], list[str]]]) -> Iterator[Piece]:
    for place, (kind, old, new) in enumerate(steps):
        between = 0 < place < len(steps) - 1
        if kind == "equal" and not (between and _is_slight(new)):
            yield Piece("same", "".join(new))
            continue
        if old:
            yield Piece("removed", "".join(old))
        if new:
            yield Piece("added", "".join(new))


def _is_slight(tokens: Sequence[str]) -> bool:
    """Whether what stayed between two changes is only a mark: it would tear one change into two."""
    return not any(character.isalnum() for token in tokens for character in token)


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Between two places that stay, say everything that went before everything that came."""
    for stays, run in groupby(pieces, key=lambda piece: piece.kind == "same"):
        together = list(run)
        for kind in ("same",) if stays else ("removed", "added"):
            text = "".join(piece.text for piece in together if piece.kind == kind)
            if text:
                yield Piece("same" if stays else "removed" if kind == "removed" else "added", text)
