"""Reads what an endpoint says when it does not send images, and names the error that it is."""

import re
from collections.abc import Iterator
from dataclasses import replace

from generations.images_api.cleaning import clean
from generations.images_api.errors import Busy, EndpointError, ImagesError, Refused, Rejected, Stage
from generations.images_api.json_spans import JsonText, JsonValue
from generations.images_api.reasons import Reason
from generations.images_api.rejection_rules import RULES, Facts
from generations.images_api.retry_after import retry_after
from generations.images_api.spool import Delivery
from generations.images_api.task_objects import FAILED, status_word
from generations.images_api.whole_text import whole_text

_MESSAGE_LIMIT = 4_000  # characters
_WHOLE_LIMIT = 64_000  # characters of an answer that no rule knows
_NAME_LIMIT = 200  # characters of a code, a type or a request id
_WEB_PAGE = re.compile(r"\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)
_VIOLATIONS = re.compile(r"safety_violations=\[([^\]]{0,500})\]")
_REQUEST_ID = re.compile(r"request id:? ([\w-]{6,100})", re.IGNORECASE)
# The names under which gateways put the sentence, best first, when the error is not OpenAI's object.
_MESSAGE_NAMES = (
    "message",
    "error_message",
    "msg",
    "detail",
    "localized_message",
    "error",
    "description",
    "fail_reason",
    "failReason",
)
# Codes of gateways that have one for success, too.
_GOOD_CODES = frozenset({"0", "200", "ok", "success"})
_MOST_CATEGORIES = 20


def rejection(delivery: Delivery, body: JsonValue, start: str, *, secret: str) -> ImagesError | None:
    """Return the error that the answer stands for; None when it has success for a status and names no error.

    `body` is None when the answer is not JSON; `start` is the beginning of the answer as text.
    """
    error = _error_object(body, is_success=delivery.status < 300)
    if delivery.status < 300 and error is None:
        said = EndpointError(status=delivery.status, request_id=delivery.request_id)
        return Refused.because(Reason.WITHHELD, said) if withheld_images(body) else None
    said = _said(delivery, error, start, secret)
    inner = _inner(error)
    page = is_web_page(start)
    names = (said.code, said.type, _text(inner.get("code"), _NAME_LIMIT, secret))
    facts = Facts(
        status=_meant_status(delivery.status, body, error),
        names=frozenset(name.lower() for name in names if name),
        message="" if page else said.message,
        is_web_page=page,
        is_error_object=error is not None,
    )
    rule = next((rule for rule in RULES if rule.fits(facts)), None)
    if rule is None or rule.reason is Reason.UNCLASSIFIED:
        return Rejected.because(Reason.UNCLASSIFIED, replace(said, body=_whole(body, start, secret)))
    found = rule.outcome.because(rule.reason, said)
    if isinstance(found, Refused):
        found.stage, found.categories = _stage(error), tuple(_categories(error, inner, said.message))
    elif isinstance(found, Busy):
        found.retry_after = retry_after(delivery.headers, said.message, received_at=delivery.received_at)
    return found


def is_web_page(start: str) -> bool:
    return _WEB_PAGE.match(start) is not None


def withheld_images(body: JsonValue) -> int:
    """How many places in the answer say that moderation kept their image back."""
    if not isinstance(body, dict):
        return 0
    data = body.get("data")
    items = data if isinstance(data, list) else []
    places = [item for item in [body, *items] if isinstance(item, dict)]
    return sum(place.get("respect_moderation") is False for place in places)


def _meant_status(status: int, body: JsonValue, error: dict[str, JsonValue] | None) -> int:
    """Look for the status in the body when the answer began with success, to keep the line open."""
    if status >= 300:
        return status
    for place in (body, error):
        for name in ("status", "code"):
            meant = place.get(name) if isinstance(place, dict) else None
            if isinstance(meant, int) and 400 <= meant < 600:
                return meant
    return status


def _whole(body: JsonValue, start: str, secret: str) -> str:
    if body is None:
        return clean(start, secret=secret, limit=_WHOLE_LIMIT)
    return whole_text(body, secret=secret, limit=_WHOLE_LIMIT)


def _error_object(body: JsonValue, *, is_success: bool) -> dict[str, JsonValue] | None:
    """Find the error in OpenAI's place, or in one of those that others have found for it."""
    if isinstance(body, JsonText):
        return {"message": body}
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if isinstance(error, dict) and error:
        return error
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return errors[0]
    filtered = _filtered_choice(body)
    if filtered:
        return filtered
    if _has_text(error) or ((_says_failure(body) or not is_success) and _has_message(body)):
        return body
    return None


def _filtered_choice(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A chat model that was stopped says so in the choice, and its words are in the message."""
    choices = body.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        reason = choice.get("finish_reason") if isinstance(choice, dict) else None
        if isinstance(choice, dict) and isinstance(reason, JsonText) and reason.text(20) == "content_filter":
            message = choice.get("message")
            told = message if isinstance(message, dict) else {}
            return {"code": reason, "message": told.get("refusal") or told.get("content")}
    return {}


def _says_failure(body: dict[str, JsonValue]) -> bool:
    code = body.get("code")
    return (
        body.get("success") is False
        or _has_text(body.get("type"))
        or (isinstance(code, JsonText) and code.text(20).lower() not in {"", *_GOOD_CODES})
        or (isinstance(code, int) and code >= 400)
        or status_word(body) in FAILED
    )


def _has_message(body: dict[str, JsonValue]) -> bool:
    return any(_has_text(body.get(name)) for name in _MESSAGE_NAMES)


def _has_text(value: JsonValue) -> bool:
    return isinstance(value, JsonText) and len(value) > 0


def _text(value: JsonValue, limit: int, secret: str) -> str:
    if isinstance(value, JsonText):
        # Up to six bytes for a character: an escaped code point.
        return clean(value.text(limit * 6), secret=secret, limit=limit)
    # A code may be a number.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _said(delivery: Delivery, error: dict[str, JsonValue] | None, start: str, secret: str) -> EndpointError:
    if error is None:
        message = clean(start, secret=secret, limit=_MESSAGE_LIMIT)
        return EndpointError(status=delivery.status, message=message, request_id=delivery.request_id)
    messages = (_text(error.get(name), _MESSAGE_LIMIT, secret) for name in _MESSAGE_NAMES)
    message = next((message for message in messages if message), "")
    in_message = _REQUEST_ID.search(message)
    return EndpointError(
        status=delivery.status,
        code=_text(error.get("code"), _NAME_LIMIT, secret),
        type=_text(error.get("type"), _NAME_LIMIT, secret),
        message=message,
        param=_text(error.get("param"), _NAME_LIMIT, secret),
        request_id=delivery.request_id
        or _text(error.get("request_id"), _NAME_LIMIT, secret)
        or (in_message[1] if in_message else ""),
    )


def _inner(error: dict[str, JsonValue] | None) -> dict[str, JsonValue]:
    """Azure names the policy in an object inside the error, whose own code is a general one."""
    for name in ("inner_error", "innererror"):
        inner = error.get(name) if error else None
        if isinstance(inner, dict):
            return inner
    return {}


def _stage(error: dict[str, JsonValue] | None) -> Stage:
    details = error.get("moderation_details") if error else None
    stage = details.get("moderation_stage") if isinstance(details, dict) else None
    match stage.text(20) if isinstance(stage, JsonText) else "":
        case "input":
            return "input"
        case "output":
            return "output"
        case _:
            return "unknown"


def _categories(
    error: dict[str, JsonValue] | None, inner: dict[str, JsonValue], message: str
) -> Iterator[str]:
    details = error.get("moderation_details") if error else None
    named = details.get("categories") if isinstance(details, dict) else None
    found = [item.text(60) for item in named if isinstance(item, JsonText)] if isinstance(named, list) else []
    for violations in _VIOLATIONS.findall(message):
        found += violations.split(",")
    filters = inner.get("content_filter_results") or inner.get("content_filter_result")
    if isinstance(filters, dict):
        found += [
            name
            for name, result in filters.items()
            if isinstance(result, dict) and result.get("filtered") is True
        ]
    names = (clean(name, secret="", limit=60).strip("'\"") for name in found[:_MOST_CATEGORIES])
    yield from dict.fromkeys(name for name in names if name)
