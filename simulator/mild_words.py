"""Says a prompt again without what the safety system objects to, the same way every time."""

from __future__ import annotations

import re
from functools import partial

from simulator.safety import RULES

# For each rule of the safety system, in its order: what stands in place of its words, in either language.
_MILD = (
    ("bright modern animation", "明快的现代动画"),
    ("draped in linen", "身披亚麻布"),
    ("a marble figure in a long robe", "身着长袍的大理石像"),
    ("summer clothes", "夏装"),
    ("a tense silence", "紧张的寂静"),
    ("dusty", "满是尘土"),
    ("comfort", "安慰"),
    ("a cheerful figure of one's own invention", "一个自创的快乐角色"),
)
_REPLACED = tuple(
    (re.compile("|".join(rf"\b{word}\b" if word.isascii() else word for word in words.split("|")), re.I), m)
    for (_, words), m in zip(RULES, _MILD, strict=True)
)
# Words that order a refusal are what a rewrite leaves out; those for the chat route have done their work.
_ORDERED = re.compile(r"\s*\[\[\s*(?:chat|block|block-output|withhold)(?::.*?)?\s*\]\]")


def said_mildly(prompt: str) -> str:
    """The prompt as it was, but for the words that are refused."""
    for pattern, (english, chinese) in _REPLACED:
        prompt = pattern.sub(partial(_in_its_language, english, chinese), prompt)
    return _ORDERED.sub("", prompt).strip()


def _in_its_language(english: str, chinese: str, found: re.Match[str]) -> str:
    return english if found[0].isascii() else chinese
