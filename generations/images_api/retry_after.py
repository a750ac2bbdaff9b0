"""How long an endpoint asks us to wait before the same request is worth sending again."""

import email.utils
import math
import re
from collections.abc import Mapping

_LONGEST = 3_600.0  # seconds: whoever says ten years is asked again in an hour
_IN_WORDS = re.compile(
    r"try again (?:in|after) ((?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|h|m|s|hours?|minutes?|seconds?)\s*)+)",
    re.I,
)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|mil|h|m|s)", re.I)
_SECONDS = {"ms": 0.001, "mil": 0.001, "h": 3_600.0, "m": 60.0, "s": 1.0}
_NUMBER = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*")


def retry_after(headers: Mapping[str, str], message: str, *, received_at: float) -> float | None:
    """Return seconds, at most an hour; None when the endpoint does not say or says nonsense."""
    asked = (
        _number(headers.get("retry-after-ms", ""), 0.001),
        _number(headers.get("retry-after", ""), 1.0),
        _date(headers, received_at),
        _words(message),
    )
    seconds = next((seconds for seconds in asked if seconds is not None), None)
    return None if seconds is None else min(max(seconds, 0.0), _LONGEST)


def _number(text: str, unit: float) -> float | None:
    number = _NUMBER.fullmatch(text)
    return float(number[1]) * unit if number else None


def _date(headers: Mapping[str, str], received_at: float) -> float | None:
    moment = _moment(headers.get("retry-after", ""))
    if moment is None:
        return None
    # By the endpoint's clock, when it tells: ours may be wrong.
    now = _moment(headers.get("date", ""))
    return moment - (received_at if now is None else now)


def _moment(text: str) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if math.isfinite(moment) else None


def _words(message: str) -> float | None:
    words = _IN_WORDS.search(message)
    if not words:
        return None
    return sum(float(amount) * _SECONDS[unit.lower()] for amount, unit in _PART.findall(words[1]))
