"""What the safety system objects to. Mild findings pass when the request asks for low moderation."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    # "input": seen in the prompt, at once. "output": seen in the finished image, after the full time.
    stage: str
    # The vendor names no category for the likeness of a person, an artist's hand or a brand.
    categories: tuple[str, ...] = ()
    is_mild: bool = False


_ARTIST = Finding("input")
_BRAND = Finding("output")

RULES: tuple[tuple[Finding, str], ...] = (
    (
        _ARTIST,
        "hayao miyazaki|miyazaki hayao|宫崎骏|宮崎駿|makoto shinkai|新海诚|新海誠"
        "|mamoru hosoda|细田守|yoshitomo nara|奈良美智|takashi murakami|村上隆"
        "|yayoi kusama|草间弥生|katsuhiro otomo|大友克洋|junji ito|伊藤润二|naoko takeuchi"
        "|david hockney|damien hirst|jeff koons|gerhard richter|banksy|greg rutkowski|kaws"
        "|cai guo-qiang|蔡国强|ai weiwei|艾未未|jimmy liao|几米",
    ),
    (Finding("input", ("sexual",)), "nude|naked|nudity|topless|porn|erotic|裸体|裸女|全裸|色情|情色"),
    (Finding("output", ("sexual",)), "birth of venus|venus de milo|维纳斯"),
    (
        Finding("output", ("sexual",), is_mild=True),
        "bikini|lingerie|see-through|revealing|skimpy|sexy|seductive|比基尼|内衣|性感|暴露|诱惑",
    ),
    (
        Finding("input", ("violence",)),
        "gore|gory|beheading|decapitated|dismembered|torture|massacre|斩首|肢解|血腥|虐杀",
    ),
    (
        Finding("output", ("violence",), is_mild=True),
        "bloody|blood|wounded|corpse|stabbing|gunfight|流血|鲜血|尸体|枪战",
    ),
    (Finding("input", ("self-harm",)), "suicide|self-harm|自杀|自残"),
    (
        _BRAND,
        "mickey mouse|米老鼠|pikachu|皮卡丘|pokemon|hello kitty|spider-man|spiderman|蜘蛛侠"
        "|batman|harry potter|哈利波特|coca-cola|可口可乐|nike logo|apple logo|starbucks logo"
        "|taylor swift|elon musk|马斯克|donald trump|特朗普|周杰伦",
    ),
)
_COMPILED = tuple(
    (finding, re.compile("|".join(rf"\b{word}\b" if word.isascii() else word for word in words.split("|"))))
    for finding, words in RULES
)


def look_at(words: str, *, is_lenient: bool) -> Finding | None:
    """The first objection to this prompt, if there is one."""
    text = words.lower()
    for finding, pattern in _COMPILED:
        if pattern.search(text) and not (finding.is_mild and is_lenient):
            return finding
    return None


def withheld(words: str, n: int) -> int:
    """How many of n images are silently left out: always the same for a prompt, and never all of them."""
    number = int.from_bytes(hashlib.sha256(words.encode()).digest()[:4], "big")
    return 1 + number % (n - 1)
