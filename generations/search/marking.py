"""Shows where in a text the words of a query are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from generations.search.folding import Kind, Unit, units
from generations.search.terms import Term, terms_of


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text; the pieces of a text, put together, are the text."""

    text: str
    is_hit: bool


def marked(text: str, words: str) -> list[Piece]:
    """Cut a text into what was searched for and what lies between."""
    terms = [term for term in terms_of(words) if not term.is_excluded]
    found = list(units(text)) if terms else []
    hits = sorted(span for term in terms for span in _hits(found, term))
    pieces, at = [], 0
    for start, end in hits:
        if end <= at:
            continue
        start = max(start, at)
        if start > at:
            pieces.append(Piece(text[at:start], False))
        if pieces and pieces[-1].is_hit:
            start, pieces[-1] = at, Piece(pieces[-1].text + text[start:end], True)
        else:
            pieces.append(Piece(text[start:end], True))
        at = end
    return [*pieces, Piece(text[at:], False)] if at < len(text) else pieces


def _hits(found: Sequence[Unit], term: Term) -> Iterable[tuple[int, int]]:
    """The places of a term, from the first character of each to the one after its last."""
    texts = [unit.text for unit in found]
    *first, last = (unit.text for unit in term.units)
    for at, text in enumerate(texts[len(first) :]):
        ends = text.startswith(last) if term.may_go_on else text == last
        if ends and texts[at : at + len(first)] == first:
            yield found[at].start, _end(found[at + len(first)], term)


def _end(last: Unit, term: Term) -> int:
    """Where the hit ends: with what was typed of a word, where folding has kept its length."""
    typed = len(term.units[-1].text)
    keeps_length = last.kind is Kind.WORD and last.end - last.start == len(last.text)
    return last.start + typed if term.may_go_on and keeps_length else last.end
