"""What a reviewer says of a case, and why it may not be recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from generations.models import Decision


class Undecided(Exception):
    """Nothing was recorded; the message is a sentence for the reviewer."""


class NotAReviewer(Exception):
    """Whoever decides is no reviewer any more, or may not look at this case."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer says.

    An image is named by what is about one: of a report, the reported image where none is named. A release
    says what the one more run may differ in: a moderation, or a model with its endpoint.
    """

    decision: Decision
    note: str = ""
    reason: int | None = None  # a HideReason; hiding and deleting need one
    image: UUID | None = None
    release: Mapping[str, Any] = field(default_factory=dict)
