"""Text from outside, made safe to store, to log and to show: no key, no control characters, no end."""

import re

# What keys look like when they are not ours but somebody else's: a gateway may echo its upstream's.
_KEY_SHAPED = re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_\-*]{6,}|(?<=Bearer )[^\s\"',;]{6,}")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# C0, DEL, C1, line and paragraph separators, lone surrogates (no database takes them), and the marks
# that reorder text, with which a message could show something else than it says.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)
_HIDDEN = "[hidden]"
# Redaction looks at this much more than it keeps, so that a key across the cut is found whole.
_MARGIN = 500
# A shorter key is none, and hiding it would only make the text unreadable.
_SHORTEST_SECRET = 6


def clean(text: str, *, secret: str, limit: int) -> str:
    """Return one line of at most `limit` characters, with `secret` and all that looks like a key hidden."""
    text = _UNPRINTABLE.sub(" ", _ANSI.sub("", text[: limit * 2 + _MARGIN]))
    if len(secret) >= _SHORTEST_SECRET:
        # After the escapes are gone: inside the key they would have hidden it from us.
        text = text.replace(secret, _HIDDEN)
    text = _KEY_SHAPED.sub(_HIDDEN, text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
