"""Cuts text into the units that search compares: words, single characters of dense scripts, other signs."""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple


class Kind(Enum):
    WORD = "word"  # of a script that puts spaces between words
    DENSE = "dense"  # one character of a script that puts none
    SIGN = "sign"  # anything else that is seen


class Unit(NamedTuple):
    """One unit, folded, and where it stands in the text that it is from."""

    text: str
    kind: Kind
    start: int
    end: int


# Han, kana, Hangul, Bopomofo, Yi, and the scripts of south-east Asia that put no spaces between words.
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035"
    "\u3038-\u303b\u3041-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf"
    "\uac00-\ud7a3\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
# A character and what is joined to it: accents, the second half of syllables, half-width voicing marks.
_JOINED = (
    "\u0300-\u036f\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
    "\uff9e\uff9f"
)
# Most of most texts is words of plain letters, which are taken whole.
_CLUSTER = re.compile(f"(?P<plain>[A-Za-z0-9]+(?![{_JOINED}]))|.[{_JOINED}]*", re.DOTALL)
# The accents that do not make another letter of a character. Voicing marks of kana do.
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]")
# Signs that keyboards and word processors make of the same key.
_SAME: Final = str.maketrans(
    {**dict.fromkeys("‘’‚‛ʼ′`´", "'"), **dict.fromkeys("“”„‟″〝〞〟", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


def units(text: str) -> Iterator[Unit]:
    """Yield the units of a text, in order."""
    word, start, end = "", 0, 0
    for cluster in _CLUSTER.finditer(text):
        for piece, kind in ((cluster[0].lower(), Kind.WORD),) if cluster["plain"] else _folded(cluster[0]):
            if kind is Kind.WORD:
                start = start if word else cluster.start()
                word, end = word + piece, cluster.end()
                continue
            if word:
                yield Unit(word, Kind.WORD, start, end)
                word = ""
            if kind is not None:
                yield Unit(piece, kind, cluster.start(), cluster.end())
    if word:
        yield Unit(word, Kind.WORD, start, end)


@lru_cache(maxsize=1 << 16)
def _folded(cluster: str) -> tuple[tuple[str, Kind | None], ...]:
    """What a character and its accents fold to, piece by piece; no kind is a gap."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", cluster).casefold())
    folded = unicodedata.normalize("NFKC", _ACCENTS.sub("", folded)).casefold().translate(_SAME)
    return tuple((one, _kind(one)) for one in folded if unicodedata.category(one) not in ("Cf", "Cs"))


def _kind(character: str) -> Kind | None:
    category = unicodedata.category(character)
    if category[0] == "Z" or category == "Cc":
        return None
    if _DENSE.match(character):
        return Kind.DENSE
    return Kind.WORD if category[0] in "LNM" else Kind.SIGN
