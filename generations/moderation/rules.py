"""The team's own rules for what endpoints say, which go before the studio's table.

Matching takes time in proportion to the answer, whatever a rule says: words with asterisks are looked for one
piece after the other, and there are no regular expressions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from generations.images_api import Busy, EndpointError, ImagesError, Reason, Refused, Rejected, Unreadable
from generations.models import AnswerRule, Call, Stage

# What a rule may say that an answer means; nothing here says that images came.
REFUSALS: Final = (Reason.MODERATION_BLOCKED, Reason.CONTENT_POLICY, Reason.PROMPT_BLOCKED)
_LATER: Final = (Reason.RATE_LIMITED, Reason.OVERLOADED, Reason.NO_CHANNEL)
_NEVER: Final = (
    Reason.NO_QUOTA,
    Reason.BAD_KEY,
    Reason.ACCESS_DENIED,
    Reason.MODEL_FORBIDDEN,
    Reason.MODEL_NOT_FOUND,
    Reason.MODEL_UNAVAILABLE,
    Reason.BAD_PARAMETER,
    Reason.REQUEST_TOO_LARGE,
    Reason.SERVER_ERROR,
)
MEANINGS: Final = (*REFUSALS, *_LATER, *_NEVER)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as rules look at it: fresh from the endpoint, or as it lies in the database."""

    endpoint_id: int
    model: str
    status: int | None
    names: tuple[str, ...]  # the error's code and its type
    words: str

    @classmethod
    def by(cls, call: Call, error: EndpointError) -> "Said":
        names = (error.code, error.type)
        return cls(call.endpoint_id, call.generation.model, error.status, names, error.body or error.message)

    @classmethod
    def stored(cls, call: Call) -> "Said":
        """Of a stored call the type is no longer known, only the code."""
        names = (call.endpoint_code,)
        return cls(call.endpoint_id, call.generation.model, call.http_status, names, call.endpoint_message)


@dataclass(frozen=True, slots=True)
class Read:
    """An error, and the team's rule that has read it; None when it stands as the studio's table has it."""

    error: ImagesError
    rule: AnswerRule | None = None


def read(error: ImagesError, call: Call) -> Read:
    """Return the error as the team reads it: by the first of its rules that fits the endpoint's words."""
    if error.endpoint is None:
        return Read(error)
    rule = first_fitting(AnswerRule.objects.filter(is_active=True), Said.by(call, error.endpoint))
    if rule is None:
        return Read(error)
    kind = _kind_of(Reason(rule.reason))
    if isinstance(error, Unreadable) and kind is not Refused:
        return Read(error)  # it came with success and may be charged: no rule may have it asked again
    anew = kind.because(Reason(rule.reason), error.endpoint)
    if isinstance(anew, Refused) and isinstance(error, Refused):
        anew.stage, anew.categories = error.stage, error.categories
    elif isinstance(anew, Busy) and isinstance(error, Busy):
        anew.retry_after = error.retry_after
    return Read(anew, rule)


def first_fitting(rules: Iterable[AnswerRule], said: Said) -> AnswerRule | None:
    """Return the first rule that fits; the rules have to be in their order."""
    return next((rule for rule in rules if fits(rule, said)), None)


def fits(rule: AnswerRule, said: Said) -> bool:
    """Whether everything that the rule names is there. A rule that names nothing of the answer fits none."""
    if not (rule.http_status or rule.code or rule.says):
        return False
    names = {name.casefold() for name in said.names if name}
    return (
        rule.endpoint_id in (None, said.endpoint_id)
        and rule.model in ("", said.model)
        and rule.http_status in (None, said.status)
        and (not rule.code or rule.code.casefold() in names)
        and _says(rule.says, said.words)
    )


def stage_of(rule: AnswerRule | None, told: str) -> Stage:
    """Return when it was refused: as the rule says, or else as the endpoint told."""
    return Stage(rule.stage) if rule and rule.stage else Stage(told)


def _says(pattern: str, words: str) -> bool:
    text, place = words.casefold(), 0
    for piece in pattern.casefold().split("*"):
        place = text.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def _kind_of(reason: Reason) -> type[Refused] | type[Rejected]:
    if reason in REFUSALS:
        return Refused
    return Busy if reason in _LATER else Rejected
