"""Faults a prompt can order, written as [[name]] or [[name:argument]] anywhere in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.errors import Refusal, invalid


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table in README.md; `example` is what the row shows."""

    example: str
    meaning: str

    @property
    def name(self) -> str:
        return self.example.partition(":")[0]

    @property
    def takes_argument(self) -> bool:
        return ":" in self.example


FAULTS: tuple[Fault, ...] = (
    Fault("status:429", "This error status, before any work: 4xx or 5xx. Nothing is executed."),
    Fault("late", "With `status`: the error comes after the work instead, so it was executed."),
    Fault("retry-after:2", "With `status`: a Retry-After header with this value (seconds, or an HTTP date)."),
    Fault(
        "quota",
        "No money left: 429 `insufficient_quota`, or 403 `insufficient_user_quota` in the new-api shape.",
    ),
    Fault("html:524", "A proxy's HTML error page with this status. Executed when the status is 5xx."),
    Fault("redirect:URL", "307 to the URL. Nothing is executed."),
    Fault("unreadable:524", "What a gateway says of an error page it could not read. Executed when 5xx."),
    Fault("silent:502", "An error with this status and an empty message. Executed when 5xx."),
    Fault("plain-error:402", "An error that is a string and no object, with this status. Executed when 5xx."),
    Fault("error-200", "Status 200 with an error object for a body, or for a last frame. Executed."),
    Fault("drop", "The connection is closed before the first header. Executed."),
    Fault(
        "drop-body",
        "The connection is closed after half of the announced body, or of a stream's last frame. Executed.",
    ),
    Fault("truncate", "A whole chunked answer whose JSON, or last frame, ends in the middle. Executed."),
    Fault("slow:30", "The work takes this many seconds, whatever the latency setting says."),
    Fault("drip:1", "The body, or each frame, comes in ten pieces with this many seconds between them."),
    Fault("pad:2", "200 and whitespace at once, more whitespace every so many seconds, the JSON at the end."),
    Fault("gzip", "The body is compressed with gzip, whether or not that was accepted."),
    Fault("gzip-twice", "The body is compressed with gzip two times, and says so."),
    Fault(
        "endless", "The body never ends: white space, or in a stream comments, for as long as it is taken."
    ),
    Fault("empty", "Status 200 with an empty `data` list. Executed."),
    Fault("fewer:2", "So many images fewer than asked, without a word."),
    Fault("more:1", "So many images more than asked."),
    Fault("url", "The images come as links."),
    Fault("bare", "The images come as bare strings (links) in `data`."),
    Fault("b64", "The images come as `b64_json`."),
    Fault("data-uri", "The payload is a data URI instead of plain base64 or a link."),
    Fault("both-keys", "Both `b64_json` and `url` are there, one of them empty."),
    Fault("url-safe", "The base64 text is written in the alphabet for addresses."),
    Fault("line-breaks", "The base64 text is broken into lines of 76 letters."),
    Fault("image-url", "The payload stands under `image_url`, whatever it is."),
    Fault("no-data", "The first image stands at the top of the answer, and there is no `data`."),
    Fault("nested:result", "The whole answer stands under this key."),
    Fault("no-created", "The answer does not say when it was created."),
    Fault("task", "Status 200 with the id of a task and no image. Executed."),
    Fault("link:URL", "The images come as links, and every link is this one."),
    Fault("expired-link", "The images come as links that are already over."),
    Fault("bad-base64", "The base64 text has letters in it that base64 does not know."),
    Fault("not-an-image", "The payload is a piece of HTML."),
    Fault(
        "wrong-type",
        "JPEG where something else was asked for, and PNG where JPEG was; the answer does not admit it.",
    ),
    Fault("wrong-size", "Another size than asked, of the same shape; the answer does not admit it."),
    Fault("huge", "A PNG of a few bytes whose header claims 60000 x 60000 pixels."),
    Fault(
        "block:sexual", "Blocked at the input stage with this category, whatever n is. Nothing is executed."
    ),
    Fault("block-output", "Blocked at the output stage, after the full time, whatever n is. Executed."),
    Fault("withhold:1", "So many images (or `all`) are withheld by the safety system, without an error."),
    Fault(
        "drop-references", "The pictures of the request are taken and not looked at, as by a stock gateway."
    ),
    Fault("stream", "An event stream, whether or not one was asked for."),
    Fault("no-stream", "No stream although one was asked for; the new-api shape then fabricates one."),
    Fault(
        "fabricated", "The stream a gateway makes of a plain answer: no size, no partial images, `[DONE]`."
    ),
    Fault("partials:5", "So many partial images of each image, whatever was asked. Needs a stream."),
    Fault("bad-partials", "The partial images are bytes of no image."),
    Fault("no-completed", "The stream ends without its completed events. Executed."),
    Fault(
        "stream-error", "An error event in place of the first completed one; without a stream, status 500."
    ),
    Fault("ping:1", "In a stream, a comment every so many seconds while the work goes on."),
    Fault("done", "The stream ends with `data: [DONE]`."),
    Fault("no-done", "A fabricated stream ends without `data: [DONE]`."),
    Fault("once:status:500", "The fault inside applies to the first request with this prompt only."),
    Fault("first:2:status:429", "The fault inside applies to so many first requests with this prompt."),
    Fault("seed:7", "Another drawing of the same prompt."),
    Fault("plain", "No drawing: one plain gradient, for load tests."),
    Fault("chat:status:429", "For the chat route only, as listed there. To images nothing happens."),
)
_KNOWN = {fault.name: fault for fault in FAULTS}
_NUMBERS = frozenset(
    {
        "status",
        "html",
        "unreadable",
        "silent",
        "plain-error",
        "slow",
        "drip",
        "pad",
        "fewer",
        "more",
        "seed",
        "ping",
        "partials",
    }
)
# What the chat route can be told, by faults that are known elsewhere and by some of its own.
CHAT_FAULTS: dict[str, str] = {
    "status:429": "As for images.",
    "retry-after:2": "As for images.",
    "quota": "As for images.",
    "html:524": "As for images.",
    "slow:30": "As for images.",
    "drop": "As for images.",
    "drop-body": "As for images.",
    "truncate": "As for images.",
    "gzip": "As for images.",
    "endless": "As for images.",
    "empty": "The content is an empty text.",
    "null": "The content is null, and all was spent on thinking: `finish_reason` is `length`.",
    "no-choices": "The list of choices is empty.",
    "list": "The content is a list of parts.",
    "reasoning": "`reasoning_content` and thoughts in the content come with the answer.",
    "fence": "The prompt comes in a code fence, after a sentence.",
    "quotes": "The prompt comes in quotation marks.",
    "refusal": "The model refuses, in the field for that.",
    "excuse": "The model refuses, in its content.",
    "filter": "A filter stops the answer: `finish_reason` is `content_filter`.",
    "same": "The prompt comes back as it was.",
    "long": "The prompt is 33,000 characters longer than it should be.",
    "no-usage": "The answer does not say what it cost.",
}
_IN_CHAT = {example.partition(":")[0]: ":" in example for example in CHAT_FAULTS}
_STATUSES = frozenset({"status", "html", "unreadable", "silent", "plain-error"})
_WORD = re.compile(r"\[\[\s*([a-z][a-z0-9-]*)(?::(.*?))?\s*\]\]")


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one request. A pair of a limit and a fault waits for its turn until `at` is called."""

    ordered: tuple[tuple[str, str], ...] = ()
    limited: tuple[tuple[int, str, str], ...] = ()

    def at(self, attempt: int) -> Faults:
        """What applies to the so-manyeth request with this prompt, counted from 1."""
        due = tuple((name, argument) for limit, name, argument in self.limited if attempt <= limit)
        return Faults(ordered=(*self.ordered, *due))

    def __contains__(self, name: str) -> bool:
        return any(name == known for known, _ in self.ordered)

    def __str__(self) -> str:
        return " ".join(f"{name}:{argument}" if argument else name for name, argument in self.ordered)

    def text(self, name: str) -> str | None:
        return next((argument for known, argument in self.ordered if known == name), None)

    def number(self, name: str) -> float | None:
        text = self.text(name)
        return None if text is None else float(text)


def read_faults(prompt: str) -> tuple[str, Faults]:
    """The prompt without its fault words, and the faults. A word that is not in the table is refused."""
    ordered: list[tuple[str, str]] = []
    limited: list[tuple[int, str, str]] = []
    for found in _WORD.finditer(prompt):
        limit, name, argument = _unwrapped(found[1], found[2] or "")
        _check(name, argument)
        if limit:
            limited.append((limit, name, argument))
        else:
            ordered.append((name, argument))
    words = re.sub(r"\s+", " ", _WORD.sub(" ", prompt)).strip()
    return words, Faults(tuple(ordered), tuple(limited))


def chat_faults(faults: Faults) -> Faults:
    """What of it the chat route is told."""
    inner = (argument.partition(":") for name, argument in faults.ordered if name == "chat")
    return Faults(tuple((name, argument) for name, _, argument in inner))


def examples() -> Iterator[str]:
    return (f"[[{fault.example}]]" for fault in FAULTS)


def _unwrapped(name: str, argument: str) -> tuple[int, str, str]:
    if name == "once":
        inner, _, rest = argument.partition(":")
        return 1, inner, rest
    if name == "first":
        count, _, word = argument.partition(":")
        inner, _, rest = word.partition(":")
        if not count.isdecimal():
            raise _unusable(name, argument)
        return int(count), inner, rest
    return 0, name, argument


def _check(name: str, argument: str) -> None:
    if name == "chat":
        inner, _, rest = argument.partition(":")
        if _IN_CHAT.get(inner) is not bool(rest):
            raise _unusable(name, argument)
        if inner in _KNOWN:
            _check(inner, rest)
        return
    fault = _KNOWN.get(name)
    if fault is None or fault.takes_argument != bool(argument) or name in {"once", "first"}:
        raise _unusable(name, argument)
    if name in _NUMBERS and not re.fullmatch(r"\d+(\.\d+)?", argument):
        raise _unusable(name, argument)
    if name in _STATUSES and not 400 <= float(argument) <= 599:
        raise _unusable(name, argument)
    if name == "withhold" and not (argument == "all" or argument.isdecimal()):
        raise _unusable(name, argument)


def _unusable(name: str, argument: str) -> Refusal:
    word = f"{name}:{argument}" if argument else name
    return Refusal(
        invalid(f"The simulator knows no fault '[[{word}]]'.", param="prompt", code="simulator_unknown_fault")
    )
