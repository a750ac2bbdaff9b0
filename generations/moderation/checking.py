"""What is said about a prompt before money is spent on it: what is named in it, and what to say instead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from generations.models import WordKind
from generations.moderation.memory import Record, recall
from generations.moderation.words import Hit, find
from generations.prompt_language import language_of

MOST: Final = 8  # phrases shown at once
_NEAR: Final = 40  # characters around a name that may belong to it
# What goes with an artist's name, so that no "in the style of … style" remains.
_BEFORE: Final = re.compile(
    r"(?:\bin\s{1,3}(?:the\s{1,3})?(?:style|manner)\s{1,3}of|\bby)\s{1,3}\Z", re.IGNORECASE
)
_AFTER: Final = re.compile(
    r"(?:['’]s)?(?:[\s-]{0,2}style\b)|\s?的?(?:绘画|动画|摄影)?(?:画风|风格)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Advice:
    """A phrase of the prompt that the list names."""

    phrase: str  # as it stands there, with what belongs to it
    kind: str  # in words
    stops: bool
    instead: str  # in the prompt's language where the list has that; "" where it says nothing
    lang: str  # of what to say instead


@dataclass(frozen=True, slots=True)
class Check:
    """Everything that stands against a prompt."""

    words: tuple[Advice, ...]
    more: int = 0  # phrases that are not shown
    record: Record | None = None  # what became of it before

    @property
    def stops(self) -> bool:
        return any(word.stops for word in self.words)

    @property
    def is_clear(self) -> bool:
        return not self.words and self.record is None


def check(prompt: str, *, model: str = "") -> Check:
    """Look at a prompt as it would be looked at when it is sent, and at what became of it before.

    Args:
        prompt: which may be of any length; as much of it is looked at as a model takes.
        model: the endpoint's name of the one that is to be asked; "" asks nobody's memory.
    """
    every = advice_on(prompt, find(prompt))
    record = recall(prompt, model=model) if model else None
    return Check(every[:MOST], more=len(every[MOST:]), record=record)


def advice_on(prompt: str, hits: Iterable[Hit]) -> tuple[Advice, ...]:
    """Return each phrase once, what stops first, with what to say instead in the prompt's language."""
    in_chinese = language_of(prompt).startswith("zh")
    found: dict[str, Advice] = {}
    for hit in sorted(hits, key=lambda hit: not hit.stops):
        word = hit.word
        zh, en = (word.instead_zh, "zh-Hans"), (word.instead_en, "en")
        instead, lang = next((one for one in ((zh, en) if in_chinese else (en, zh)) if one[0]), ("", ""))
        phrase = _whole(prompt, hit) if word.kind == WordKind.ARTIST and instead else hit.phrase
        found.setdefault(phrase, Advice(phrase, str(WordKind(word.kind).label), hit.stops, instead, lang))
    return tuple(found.values())


def _whole(prompt: str, hit: Hit) -> str:
    """The phrase with "in the style of" before it or "style" behind it."""
    before = _BEFORE.search(prompt[max(0, hit.start - _NEAR) : hit.start])
    after = _AFTER.match(prompt[hit.end : hit.end + _NEAR])
    return (before[0] if before else "") + hit.phrase + (after[0] if after else "")
