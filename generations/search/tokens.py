"""What stands in the index: a token per word and sign, and one per two characters of a dense script.

The first letter of a token says what it is of, so that no word is taken for a sign. Each token is there
twice: for searches of the whole team, and with its member's number before it. For a beginning an index reads
every place of every word that begins so, and of the words of one member there are few.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from generations.models.search_texts import Wanted
from generations.search.folding import Kind, Unit
from generations.search.terms import Term

# Longer words are told apart by the text itself; an index takes no word of any length.
_MOST: Final = 60  # characters


def tokens_of(found: Sequence[Unit]) -> set[str]:
    """Return the tokens of a text, without what its neighbours in the index are."""
    tokens = set()
    for unit, following in zip(found, [*found[1:], None], strict=False):
        if unit.kind is not Kind.DENSE:
            tokens.add(_token(unit))
        elif following is not None and following.kind is Kind.DENSE:
            tokens.add(f"h{unit.text}{following.text}")
        else:
            # Before anything else it is still to be found by the tokens that begin with it.
            tokens.add(f"h{unit.text}")
    return tokens


def of_member(tokens: Iterable[str], member_id: int) -> list[str]:
    """Return tokens as only the texts of one member have them."""
    return [f"m{member_id}{token}" for token in tokens]


def category_token(category: str) -> str:
    return f"c{category.encode(errors='replace').hex()[: 2 * _MOST]}"


def wanted_for(term: Term) -> Wanted:
    """Return the tokens of every text that contains the term; some that have them may not."""
    last = term.units[-1]
    whole = {_token(unit) for unit in term.units if unit.kind is not Kind.DENSE}
    beginnings = set()
    if term.may_go_on and len(last.text) < _MOST:
        if last.text not in {unit.text for unit in term.units[:-1]}:
            whole.discard(_token(last))
        beginnings.add(_token(last))
    pairs = list(_pairs(term.units))
    whole |= {f"h{one.text}{two.text}" for one, two in pairs}
    paired = {id(unit) for pair in pairs for unit in pair}
    beginnings |= {
        f"h{unit.text}" for unit in term.units if unit.kind is Kind.DENSE and id(unit) not in paired
    }
    return Wanted(sorted(whole), sorted(beginnings))


def says_all(term: Term) -> bool:
    """Whether the tokens alone tell that a text contains the term."""
    if len(term.units) == 1:
        return len(term.units[0].text) < _MOST
    return len(term.units) == 2 and all(unit.kind is Kind.DENSE for unit in term.units)


def _pairs(found: Sequence[Unit]) -> list[tuple[Unit, Unit]]:
    return [pair for pair in pairwise(found) if all(unit.kind is Kind.DENSE for unit in pair)]


def _token(unit: Unit) -> str:
    return f"w{unit.text[:_MOST]}" if unit.kind is Kind.WORD else f"s{ord(unit.text):x}"
