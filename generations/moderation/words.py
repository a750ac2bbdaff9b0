"""Finds the names and phrases of the team's list in a prompt, in one pass however long the list is.

Words of scripts with spaces fit whole, characters of scripts without anywhere. Case, width and accents make
no difference, nor do the signs that stand within names, like hyphens and full points.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Count, Max

from generations.models import ListedWord, WordEffect, WordKind
from generations.search.folding import units

# Longer than any prompt that a model takes, so that nobody's text makes the studio read for long.
LONGEST: Final = 40_000  # characters
_AS_LONG_AS: Final = 60.0  # seconds that a compiled list is taken for the table's without reading it anew
_WITHIN_NAMES: Final = frozenset("-'.·・･•_")


@dataclass(frozen=True, slots=True)
class Hit:
    """A place of a text that the list names: text[start:end]."""

    start: int
    end: int
    phrase: str  # as it is written there
    word: ListedWord

    @property
    def stops(self) -> bool:
        return self.word.effect == WordEffect.STOP


@dataclass(slots=True, eq=False)
class _State:
    """A beginning of spellings, and the longest other one that it ends with."""

    depth: int = 0
    after: "dict[str, _State]" = field(default_factory=dict)
    fallback: "_State | None" = None
    # The longest spelling that ends here, of each effect: how many units it has, and whose it is.
    ends: dict[str, tuple[int, ListedWord]] = field(default_factory=dict)


class WordList:
    """Words in the form in which they are looked for."""

    def __init__(self, words: Iterable[ListedWord]) -> None:
        self._root = _State()
        for word in words:
            for spelling in word.spellings.splitlines():
                self._take(spelling, word)
        self._link()

    def find(self, text: str) -> tuple[Hit, ...]:
        """Return what is listed, in order and without overlaps; what stops goes before what only warns."""
        found = list(self._every(text[:LONGEST]))
        kept: list[Hit] = []
        for stops in (True, False):
            taken = sorted(kept, key=lambda hit: hit.start)
            kept += _apart([hit for hit in found if hit.stops is stops], taken)
        return tuple(sorted(kept, key=lambda hit: hit.start))

    def _take(self, spelling: str, word: ListedWord) -> None:
        state = self._root
        for unit in folded(spelling):
            state = state.after.setdefault(unit, _State(state.depth + 1))
        if state is not self._root:
            state.ends.setdefault(word.effect, (state.depth, word))

    def _link(self) -> None:
        """Say where to go on when a spelling goes wrong: as Aho and Corasick did."""
        waiting = deque([self._root])
        while waiting:
            state = waiting.popleft()
            for unit, following in state.after.items():
                before = state.fallback
                while before is not None and unit not in before.after:
                    before = before.fallback
                following.fallback = before.after[unit] if before is not None else self._root
                following.ends = following.fallback.ends | following.ends
                waiting.append(following)

    def _every(self, text: str) -> Iterator[Hit]:
        state = self._root
        places: list[tuple[int, int]] = []
        for unit in units(text):
            if unit.text in _WITHIN_NAMES:
                continue
            places.append((unit.start, unit.end))
            while unit.text not in state.after and state.fallback is not None:
                state = state.fallback
            state = state.after.get(unit.text, self._root)
            for length, word in state.ends.values():
                start = places[-length][0]
                yield Hit(start, unit.end, text[start : unit.end], word)


def find(prompt: str) -> tuple[Hit, ...]:
    """Return the places of a prompt that the team's list names, in order."""
    return the_list().find(prompt) if prompt else ()


def folded(spelling: str) -> tuple[str, ...]:
    """Return what two spellings have in common that fit the same text."""
    return tuple(unit.text for unit in units(spelling) if unit.text not in _WITHIN_NAMES)


def categories_of(hits: Iterable[Hit]) -> list[str]:
    """Return what kinds of things hits name, each once, in order."""
    return list(dict.fromkeys(str(WordKind(hit.word.kind).value) for hit in hits))


@dataclass(frozen=True, slots=True)
class _Compiled:
    stamp: tuple[int, datetime | None]
    until: float
    words: WordList


_latest: _Compiled | None = None


def the_list() -> WordList:
    """Return the list as it is in use: one small query where nothing has changed."""
    global _latest
    latest = _latest
    in_use = ListedWord.objects.filter(is_active=True)
    told = in_use.aggregate(count=Count("pk"), changed=Max("changed_at"))
    stamp = (told["count"], told["changed"])
    if latest is None or latest.stamp != stamp or time.monotonic() > latest.until:
        latest = _Compiled(stamp, time.monotonic() + _AS_LONG_AS, WordList(in_use.order_by("pk")))
        _latest = latest
    return latest.words


def _apart(found: list[Hit], taken: list[Hit]) -> list[Hit]:
    """Those that overlap neither each other nor what is taken: the first, and of those the longest."""
    kept: list[Hit] = []
    at, others = 0, iter([*taken, None])
    other = next(others)
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        while other is not None and other.end <= hit.start:
            other = next(others)
        if hit.start >= at and (other is None or other.start >= hit.end):
            kept.append(hit)
            at = hit.end
    return kept
