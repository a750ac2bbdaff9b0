"""Which language a prompt is in, as far as its script tells."""

import re

_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u3400-\u9fff]")


def language_of(prompt: str) -> str:
    """Guess the language from the script, so that screen readers and fonts read it right; "" when unsure."""
    if _KANA.search(prompt):
        return "ja"
    if _HAN.search(prompt):
        return "zh-Hans"
    return ""
