"""How one running simulator is set: what the command line says, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Shape(StrEnum):
    """Whose habits the answers follow: the vendor's own, or those of the gateway most aggregators run."""

    OPENAI = "openai"
    NEW_API = "new-api"


@dataclass(frozen=True, slots=True)
class Options:
    ledger: Path
    host: str = "127.0.0.1"
    port: int = 8001
    shape: Shape = Shape.OPENAI
    # None is "real": by model, quality and size, shortened so that a demonstration stays pleasant.
    latency: float | None = None
    # Empty: any key is good.
    key: str = field(default="", repr=False)
    # Scheme and host of the links in url answers; empty: those the request came in by.
    url_host: str = ""
    link_seconds: float = 3600.0
    # Whether the form of /images/edits may have the field `moderation`, which the vendor's may not.
    moderation_on_edits: bool = False
    verbose: bool = False
