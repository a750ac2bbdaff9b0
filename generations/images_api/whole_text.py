"""An answer as one text, readable and cleaned, for whoever has to find out what it means."""

import json

from generations.images_api.cleaning import clean
from generations.images_api.json_spans import JsonText, JsonValue


def whole_text(body: JsonValue, *, secret: str, limit: int) -> str:
    """Return the body as JSON without escapes, for they could hide a key; cut at so many characters."""
    text = json.dumps(_Copy(secret, limit).of(body), ensure_ascii=False)
    return clean(text, secret=secret, limit=limit)


class _Copy:
    """Copies until enough is copied: a body is larger than what is kept of it."""

    def __init__(self, secret: str, limit: int) -> None:
        self._secret = secret
        self._left = limit

    def of(self, value: JsonValue) -> object:
        self._left -= 1
        if self._left <= 0:
            return "…"
        if isinstance(value, JsonText):
            # Up to six bytes for a character: an escaped code point.
            text = clean(value.text(self._left * 6), secret=self._secret, limit=self._left)
            self._left -= len(text)
            return text
        if isinstance(value, list):
            return [self.of(item) for item in value if self._left > 0]
        if isinstance(value, dict):
            return {self._name(name): self.of(item) for name, item in value.items() if self._left > 0}
        return value

    def _name(self, name: str) -> str:
        self._left -= len(name)
        return clean(name, secret=self._secret, limit=200)
