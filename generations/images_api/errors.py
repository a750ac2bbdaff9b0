"""What can go wrong with a call; the classes differ by what the caller does next.

    ImagesError
    ├── NotSent         no byte of the request left: repeat freely, if `repeatable`
    ├── SpoolFull       not sent either: no room for the answer; wait for room
    ├── Unanswered      sent, and no complete answer: never repeated by a machine
    ├── Rejected        a complete, definite no: stop
    │   └── Busy        not now: repeat after `retry_after`
    ├── Refused         a moderation refusal: stop, keep it for review
    ├── Unreadable      paid, and nothing usable in it: stop, the spool is kept
    └── NotRetrievable  paid, and the image's link could not be fetched: fetch again, if `repeatable`

str(error) is a sentence that may be shown to anybody. What the endpoint said is in `endpoint`.
"""

from dataclasses import dataclass
from typing import Literal, Self

from generations.images_api.reasons import SENTENCES, Reason

Stage = Literal["input", "output", "unknown"]

_LASTING = frozenset({Reason.CERTIFICATE, Reason.KEY_UNUSABLE, Reason.REFERENCE_GONE, Reason.BAD_PARAMETER})


@dataclass(frozen=True, slots=True)
class EndpointError:
    """The endpoint's own words: cleaned of secrets and control characters, and untrusted all the same."""

    status: int | None = None
    code: str = ""
    type: str = ""
    message: str = ""
    param: str = ""
    request_id: str = ""
    body: str = ""  # the whole answer, when no rule knows what it means


class ImagesError(Exception):
    """One positional message, so that it survives pickling between worker processes."""

    def __init__(
        self,
        message: str,
        *,
        reason: Reason = Reason.UNCLASSIFIED,
        endpoint: EndpointError | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.endpoint = endpoint

    @classmethod
    def because(cls, reason: Reason, endpoint: EndpointError | None = None) -> Self:
        return cls(SENTENCES[reason], reason=reason, endpoint=endpoint)


class NotSent(ImagesError):
    """No byte of the request left this machine."""

    @property
    def repeatable(self) -> bool:
        # These stay as they are until a human changes something.
        return self.reason not in _LASTING


class SpoolFull(ImagesError):
    """The call was not made because its answer could not have been kept."""


class Unanswered(ImagesError):
    """The request left, a complete answer did not come: it may have been charged."""


class Rejected(ImagesError):
    """The endpoint answered completely, and the answer is no."""

    @property
    def repeatable_where_free(self) -> bool:
        """Worth another try at an endpoint that is known not to charge for its own failures."""
        return self.reason is Reason.SERVER_ERROR


class Busy(Rejected):
    """Nothing was made, and the same request may succeed later."""

    retry_after: float | None = None  # seconds, as the endpoint asked; None when it did not say


class Refused(ImagesError):
    """A safety system said no to the prompt, or to what was made of it."""

    stage: Stage = "unknown"
    categories: tuple[str, ...] = ()


class Unreadable(ImagesError):
    """The endpoint answered with success, and nothing of it can be used."""


class NotRetrievable(ImagesError):
    """The answer holds a link to the image, and fetching it failed."""

    repeatable: bool = False
