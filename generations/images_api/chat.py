"""Asks a chat model once, and takes nothing from its answer but the words that it was asked for."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generations.images_api.cleaning import clean
from generations.images_api.errors import EndpointError, Refused, Rejected, Unreadable
from generations.images_api.json_post import post_json
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection

Message = Mapping[str, str]  # role and content

_DEADLINE = 60.0  # seconds
_LARGEST = 1_000_000  # bytes; reasoning that is sent along is many times longer than what was asked for
_MOST_WORDS = 40_000  # characters; no model takes a prompt of that length
_SAID_LIMIT = 500  # characters of what a model says instead
_FILTERED = frozenset(
    {"content_filter", "content_policy_violation", "moderation_blocked", "sensitive_words_detected"}
)
_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCED = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_QUOTES = frozenset({'""', "''", "“”", "‘’", "«»", "「」", "『』", "``"})
# How models say no in words; none of this begins a prompt that is longer than an excuse.
_EXCUSE = re.compile(
    r"(?:i['’]?m sorry|i am sorry|sorry,|i can(?:['’]t|not)\b|i won['’]t|i(?:['’]m| am) (?:unable|not able)"
    r"|(?:非常|很)?抱歉|对不起|我(?:无法|不能))",
    re.IGNORECASE,
)
_LONGEST_EXCUSE = 400  # characters


@dataclass(frozen=True, slots=True)
class Counted:
    """What a chat model has counted, as far as it said so."""

    input_tokens: int | None = None
    output_tokens: int | None = None


def propose(
    connection: Connection,
    model: str,
    messages: Sequence[Message],
    *,
    on_counted: Callable[[Counted], None],
    deadline: float = _DEADLINE,
) -> str:
    """Ask a chat model for a prompt, once, within `deadline` seconds.

    `on_counted` is told what an answer was charged by, whether a prompt stands in it or not.

    What stands around the prompt is taken off: thoughts, fences, quotes, and the object in which it was sent.
    Raises NotSent, Unanswered, Rejected (Busy), Refused where the model or its filter will not, and
    Unreadable where nothing usable came; all but the first may have been charged.
    """
    body = {"model": model, "messages": [dict(message) for message in messages]}
    try:
        answer = post_json(connection, "chat/completions", body, deadline=deadline, largest=_LARGEST)
    except Rejected as error:
        if error.endpoint is not None and error.endpoint.code in _FILTERED:
            raise Refused.because(Reason.CONTENT_POLICY, error.endpoint) from error
        raise
    usage = answer.get("usage")
    on_counted(Counted(_count(usage, "prompt_tokens"), _count(usage, "completion_tokens")))
    return _words(_choice(answer), secret=connection.api_key)


def _choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, dict) or not isinstance(first.get("message"), dict):
        raise Unreadable.because(Reason.UNREADABLE_ANSWER, EndpointError(status=200))
    return first


def _words(choice: Mapping[str, Any], *, secret: str) -> str:
    message, finish = choice["message"], choice.get("finish_reason")
    content = _plain(message.get("content"))
    refusal = _plain(message.get("refusal")) or _plain(_parts(message.get("content"), "refusal"))
    if refusal or finish == "content_filter":
        raise Refused.because(Reason.CONTENT_POLICY, _said(refusal or content, secret))
    if finish == "length":
        # Half a prompt would look like a whole one. Models that think may come to no word at all.
        raise Unreadable.because(Reason.TRUNCATED_ANSWER, EndpointError(status=200))
    text = _cleaned(_bare(content), secret)
    if not text:
        raise Unreadable.because(Reason.EMPTY_ANSWER, EndpointError(status=200))
    if len(text) <= _LONGEST_EXCUSE and _EXCUSE.match(text):
        raise Refused.because(Reason.CONTENT_POLICY, _said(text, secret))
    return text


def _plain(content: object) -> str:
    """The text of a content: a string, or as newer gateways send it, a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(_parts(content, "text")) if isinstance(content, list) else ""


def _parts(content: object, name: str) -> list[str]:
    """What the parts of a content have under a name; what is neither text nor a refusal is left alone."""
    parts: Iterable[Any] = content if isinstance(content, list) else ()
    found = (part if isinstance(part, str) and name == "text" else _of(part, name) for part in parts)
    return [text for text in found if isinstance(text, str)]


def _of(part: object, name: str) -> object:
    return part.get(name) if isinstance(part, dict) and part.get("type") != "reasoning" else None


def _bare(text: str) -> str:
    """The words without what models put around them."""
    text = _THOUGHTS.sub("", text)
    fenced = _FENCED.findall(text)
    text = (fenced[0] if len(fenced) == 1 else text).strip()
    text = _within_object(text)
    inner = text[1:-1]
    if inner and text[0] + text[-1] in _QUOTES:
        # Two quotations in one prompt begin and end with a quote, too.
        return text if text[0] in inner or text[-1] in inner else inner.strip()
    return text


def _within_object(text: str) -> str:
    """A model that was sent an object may answer with one."""
    if not text.startswith("{"):
        return text
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    inner = parsed.get("prompt") if isinstance(parsed, dict) else None
    return inner.strip() if isinstance(inner, str) else text


def _cleaned(text: str, secret: str) -> str:
    lines = text[:_MOST_WORDS].splitlines()
    return "\n".join(clean(line, secret=secret, limit=_MOST_WORDS) for line in lines).strip()


def _said(words: str, secret: str) -> EndpointError:
    return EndpointError(status=200, message=clean(words, secret=secret, limit=_SAID_LIMIT))


def _count(usage: object, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
    return value if is_count else None
