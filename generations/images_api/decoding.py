"""Turns a kept answer into what was bought, or into the error that it stands for."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from generations.images_api.cleaning import clean
from generations.images_api.errors import EndpointError, Unreadable
from generations.images_api.json_spans import (
    Document,
    JsonText,
    JsonValue,
    MalformedJson,
    TruncatedJson,
    read_json,
)
from generations.images_api.reasons import Reason
from generations.images_api.rejections import is_web_page, rejection, withheld_images
from generations.images_api.requests import Connection, ImagesRequest
from generations.images_api.spool import Delivery

# The longest prompt is 32,000 characters, and a revised one is longer than what it was made of.
_PROMPT_LIMIT = 40_000
_SETTING_LIMIT = 20  # characters: 3840x2160, transparent, high
_URL_LIMIT = 8_192  # bytes
_MOST_IMAGES = 10  # of one call; what comes on top of what was asked is kept up to this
_START = 4_096  # bytes of a body that is not JSON


@dataclass(frozen=True, slots=True)
class InBody:
    """The image is in the answer, as base64 in these bytes, inside a JSON string."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AtUrl:
    """The image is behind a link, which opens it to whoever has it."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EncodedImage:
    index: int  # its place in the answer, which may have gaps
    source: InBody | AtUrl
    revised_prompt: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the endpoint counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    input_text_tokens: int | None = None
    input_image_tokens: int | None = None
    output_text_tokens: int | None = None
    output_image_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: perhaps fewer images than asked. A setting is "" where the endpoint does not tell it."""

    images: tuple[EncodedImage, ...]
    usage: Usage | None = None
    size: str = ""
    quality: str = ""
    background: str = ""
    output_format: str = ""
    created: int | None = None
    withheld: int = 0  # images that the endpoint says its safety system kept back


def read_answer(delivery: Delivery, *, asked: ImagesRequest, connection: Connection) -> Answer:
    """Read a kept answer; raises Refused, Busy, Rejected, Unreadable, or Unanswered when a gateway gave up.

    Reading it again gives the same. `connection` is needed for its key, which the endpoint may repeat.
    """
    secret = connection.api_key
    said = EndpointError(status=delivery.status, request_id=delivery.request_id)
    if _is_encoded(delivery):
        raise rejection(delivery, None, "", secret=secret) or Unreadable.because(Reason.ENCODED_BODY, said)
    with Document(delivery.body) as document:
        start = document.slice(0, _START).decode("utf-8", "replace")
        try:
            body = read_json(document)
        except MalformedJson as exc:
            raise rejection(delivery, None, start, secret=secret) or _unreadable(exc, start, said) from exc
        if 200 <= delivery.status < 300:
            answer = _answer(body, asked, secret)
            if answer.images:
                return answer
        raise rejection(delivery, body, start, secret=secret) or Unreadable.because(Reason.EMPTY_ANSWER, said)


def _is_encoded(delivery: Delivery) -> bool:
    return delivery.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")


def _unreadable(exc: MalformedJson, start: str, said: EndpointError) -> Unreadable:
    if is_web_page(start):
        return Unreadable.because(Reason.WEB_PAGE, said)
    if not start.strip():
        return Unreadable.because(Reason.EMPTY_ANSWER, said)
    truncated = isinstance(exc, TruncatedJson)
    return Unreadable.because(Reason.TRUNCATED_ANSWER if truncated else Reason.UNREADABLE_ANSWER, said)


def _answer(body: JsonValue, asked: ImagesRequest, secret: str) -> Answer:
    if not isinstance(body, dict):
        return Answer(images=())
    data = body.get("data")
    items = data if isinstance(data, list) else []
    created = body.get("created")
    return Answer(
        images=tuple(itertools.islice(_images(items, secret), max(asked.n, _MOST_IMAGES))),
        usage=_usage(body.get("usage")),
        size=_text(body.get("size"), secret, _SETTING_LIMIT),
        quality=_text(body.get("quality"), secret, _SETTING_LIMIT),
        background=_text(body.get("background"), secret, _SETTING_LIMIT),
        output_format=_text(body.get("output_format"), secret, _SETTING_LIMIT),
        created=created if isinstance(created, int) and not isinstance(created, bool) else None,
        withheld=withheld_images(body),
    )


def _images(items: list[JsonValue], secret: str) -> Iterator[EncodedImage]:
    for index, item in enumerate(items):
        if isinstance(item, JsonText):
            item = {"b64_json": item}
        if not isinstance(item, dict):
            continue
        source = _source(item.get("b64_json")) or _source(item.get("url"))
        if source is not None:
            revised_prompt = _text(item.get("revised_prompt"), secret, _PROMPT_LIMIT)
            yield EncodedImage(index=index, source=source, revised_prompt=revised_prompt)


def _source(value: JsonValue) -> InBody | AtUrl | None:
    """Tell a link from base64 by what it is, not by the name it goes by: relays mix them up."""
    if not isinstance(value, JsonText) or not len(value):
        return None
    beginning = value.text(16).lstrip().lower()
    if beginning.startswith(("http:", "https:")):
        return AtUrl(value.text(_URL_LIMIT).strip()) if len(value) <= _URL_LIMIT else None
    return InBody(value.start, value.end) if beginning else None


def _text(value: JsonValue, secret: str, limit: int) -> str:
    if not isinstance(value, JsonText):
        return ""
    # Up to six bytes for a character: an escaped code point.
    return clean(value.text(limit * 6), secret=secret, limit=limit)


def _usage(value: JsonValue) -> Usage | None:
    if not isinstance(value, dict):
        return None
    # Gateways that count like a chat call them prompt and completion.
    usage = Usage(
        input_tokens=_count(value, "input_tokens", "prompt_tokens"),
        output_tokens=_count(value, "output_tokens", "completion_tokens"),
        total_tokens=_count(value, "total_tokens"),
        input_text_tokens=_count(value.get("input_tokens_details"), "text_tokens"),
        input_image_tokens=_count(value.get("input_tokens_details"), "image_tokens"),
        output_text_tokens=_count(value.get("output_tokens_details"), "text_tokens"),
        output_image_tokens=_count(value.get("output_tokens_details"), "image_tokens"),
    )
    return None if usage == Usage() else usage


def _count(value: JsonValue, *names: str) -> int | None:
    if isinstance(value, dict):
        for name in names:
            count = value.get(name)
            if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
                return count
    return None
