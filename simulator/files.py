"""The shelf that url answers point to: names nobody can guess, links that are signed and run out."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

# Enough for any test and for a long demonstration; the oldest images go first.
SHELF_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Shelved:
    content: bytes
    media_type: str


class Shelf:
    def __init__(self, link_seconds: float) -> None:
        self._link_seconds = link_seconds
        self._secret = secrets.token_bytes(32)
        self._shelved: OrderedDict[str, Shelved] = OrderedDict()
        self._bytes = 0

    def put(self, content: bytes, output_format: str, *, is_expired: bool = False) -> str:
        """Keep the bytes; the path and query of a link to them."""
        name = f"img-{secrets.token_urlsafe(18)}.{'jpg' if output_format == 'jpeg' else output_format}"
        self._shelved[name] = Shelved(content, f"image/{output_format}")
        self._bytes += len(content)
        while self._bytes > SHELF_BYTES and len(self._shelved) > 1:
            _, oldest = self._shelved.popitem(last=False)
            self._bytes -= len(oldest.content)
        expires = int(time.time() + (-60 if is_expired else self._link_seconds))
        return f"/files/{name}?se={expires}&sig={self._signature(name, expires)}"

    def take(self, name: str, expires: str, signature: str) -> Shelved | None:
        """The bytes behind a link; None when the link is forged, over, or its image is gone."""
        if not expires.isdecimal() or int(expires) < time.time():
            return None
        if not hmac.compare_digest(self._signature(name, int(expires)), signature):
            return None
        return self._shelved.get(name)

    def _signature(self, name: str, expires: int) -> str:
        return hmac.new(self._secret, f"{name} {expires}".encode(), hashlib.sha256).hexdigest()
