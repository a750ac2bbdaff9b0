"""The names that the studio itself knows: who is alive and draws, whose a mark is, who is famous."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generations.models.words import WordEffect, WordKind

_FILE = Path(__file__).with_name("shipped_words.toml")


def shipped_words() -> Iterator[dict[str, Any]]:
    """Yield the fields of every shipped word; names of living artists stop, as endpoints refuse them."""
    for kind, words in tomllib.loads(_FILE.read_text()).items():
        for key, word in words.items():
            yield {
                "shipped_as": key,
                "kind": kind,
                "effect": WordEffect.STOP.value if kind == WordKind.ARTIST else WordEffect.WARN.value,
                "spellings": "\n".join(word["spellings"]),
                "instead_en": word["en"],
                "instead_zh": word["zh"],
            }


def add_to(listed_word: Any) -> int:
    """Add those that are not there yet; what administrators have made of the others stays. Return how many.

    Args:
        listed_word: the model, which in a migration is that of its time.
    """
    known = set(listed_word.objects.exclude(shipped_as="").values_list("shipped_as", flat=True))
    new = [listed_word(**fields) for fields in shipped_words() if fields["shipped_as"] not in known]
    listed_word.objects.bulk_create(new)
    return len(new)
