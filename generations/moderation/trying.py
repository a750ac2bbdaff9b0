"""What a rule for answers would do to the answers that lie in the database, before it is saved."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from generations.images_api import Reason
from generations.models import AnswerRule, Call, CallStatus
from generations.moderation.rules import Said, fits

MOST: Final = 2_000  # answers that are looked at, newest first
_SHOWN: Final = 5
_LONGEST: Final = 200  # characters of a draft
# Ids, hashes, times and amounts: anything with a digit in it.
_VARIES = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it."""

    looked_at: int
    fitting: int
    by_reason: tuple[tuple[str, int], ...]  # what the studio takes them for now, most frequent first
    samples: tuple[Call, ...]
    takes_over: int  # of these it understands already, as something else

    @property
    def unclassified(self) -> int:
        """How many of them nobody understands so far."""
        return dict(self.by_reason).get(Reason.UNCLASSIFIED, 0)


def try_out(rule: AnswerRule) -> Trial:
    """Look at the newest stored answers that said no; other rules of the team are left aside."""
    looked_at, reasons, samples = 0, Counter[str](), list[Call]()
    for call in _answers(rule)[:MOST]:
        looked_at += 1
        if fits(rule, Said.stored(call)):
            reasons[call.reason] += 1
            samples += [call] if len(samples) < _SHOWN else []
    others = sum(reasons.values()) - reasons[Reason.UNCLASSIFIED] - reasons[rule.reason]
    return Trial(looked_at, reasons.total(), tuple(reasons.most_common()), tuple(samples), others)


def not_understood(rule: AnswerRule) -> Iterator[Call]:
    """Yield the stored answers that nobody understood and that the rule fits."""
    for call in _answers(rule).filter(reason=Reason.UNCLASSIFIED)[:MOST]:
        if fits(rule, Said.stored(call)):
            yield call


def draft_of(call: Call) -> AnswerRule:
    """Return a rule that fits this answer and others like it: numbers and ids in it may differ."""
    return AnswerRule(
        endpoint=call.endpoint,
        http_status=call.http_status,
        code=call.endpoint_code,
        says=_general(call.endpoint_message) if not call.endpoint_code else "",
    )


def _general(words: str) -> str:
    """What an answer says, with asterisks where numbers and ids stand, which differ every time."""
    said = "*".join(_VARIES.split(_sentence(words)))[:_LONGEST]
    return re.sub(r"[*\s]*\*[*\s]*", "*", said).strip("* ")


def _sentence(words: str) -> str:
    """Of an answer that nobody understood the whole body is kept, most often JSON."""
    try:
        body = json.loads(words)
    except ValueError:
        return next((line.strip() for line in words.splitlines() if line.strip()), "")
    error = body.get("error", body) if isinstance(body, dict) else body
    message = error.get("message", error.get("msg", "")) if isinstance(error, dict) else error
    return message if isinstance(message, str) else ""


def _answers(rule: AnswerRule) -> QuerySet[Call]:
    calls = Call.objects.exclude(endpoint_message="").filter(status=CallStatus.SETTLED).exclude(reason="")
    if rule.endpoint_id:
        calls = calls.filter(endpoint=rule.endpoint_id)
    return calls.select_related("generation", "endpoint").order_by("-queued_at", "-pk")
