"""Reads what a member typed: words in any order, "phrases", and -exclusions of either."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from generations.search.folding import Kind, Unit, units

# Any keyboard's quotes and minus, in any width.
_TYPED: Final = str.maketrans({**dict.fromkeys("“”„‟＂〝〞〟「」『』｢｣", '"'), **dict.fromkeys("－−", "-")})
_TERM = re.compile(r'(?P<minus>-)?(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """Units that have to follow each other. The last word may go on in the text, unless it was quoted."""

    units: Sequence[Unit]
    is_excluded: bool
    may_go_on: bool

    @property
    def pattern(self) -> str:
        """What a folded text contains when it contains the term."""
        joined = " ".join(unit.text for unit in self.units)
        return f" {joined}" if self.may_go_on else f" {joined} "


def terms_of(words: str) -> list[Term]:
    """Return the terms of a query. A sign that opens or excludes nothing is only a sign to look for."""
    terms = []
    for match in _TERM.finditer(words.translate(_TYPED)):
        is_phrase, is_excluded = match["phrase"] is not None, match["minus"] is not None
        found = tuple(units(match["phrase"] if is_phrase else match["word"]))
        for part in [found] if is_phrase or is_excluded else _apart(found):
            may_go_on = not is_phrase and bool(part) and part[-1].kind is Kind.WORD
            terms += [Term(part, is_excluded, may_go_on)] if part else []
    return terms


def _apart(found: Sequence[Unit]) -> list[tuple[Unit, ...]]:
    """Cut where a word meets a character: people who write Chinese put no space between the two."""
    parts: list[list[Unit]] = [[]]
    for unit in found:
        if parts[-1] and {parts[-1][-1].kind, unit.kind} == {Kind.WORD, Kind.DENSE}:
            parts.append([])
        parts[-1].append(unit)
    return [tuple(part) for part in parts]
