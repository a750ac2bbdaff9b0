"""Turns a kept answer into what was bought, or into the error that it stands for."""

from dataclasses import dataclass, replace

from generations.images_api.errors import EndpointError, ImagesError, Refused, Unanswered, Unreadable
from generations.images_api.event_stream import is_event_stream, read_event_stream
from generations.images_api.image_places import EncodedImage, chat_texts, images_in, text_of
from generations.images_api.json_spans import Document, JsonValue, MalformedJson, TruncatedJson, read_json
from generations.images_api.reasons import Reason
from generations.images_api.rejections import is_web_page, rejection, withheld_images
from generations.images_api.requests import Connection, ImagesRequest
from generations.images_api.spool import Delivery
from generations.images_api.task_objects import is_task
from generations.images_api.whole_text import whole_text

_SETTING_LIMIT = 20  # characters: 3840x2160, transparent, high
_WORDS_LIMIT = 4_000  # characters
_MOST_IMAGES = 10  # of one call; what comes on top of what was asked is kept up to this
_START = 64_000  # bytes of a body that is not JSON


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
    # Why images are missing, when it was not moderation; None when all came, or nothing tells why not.
    incomplete: Reason | None = None
    said: EndpointError | None = None  # the error that came along with fewer images than were asked


@dataclass(frozen=True, slots=True)
class _Told:
    """What a body holds, before anybody looks for images in it."""

    results: tuple[JsonValue, ...] = ()
    words: JsonValue = None  # where an error would be; None when the body is not whole
    incomplete: Reason | None = None


def read_answer(delivery: Delivery, *, asked: ImagesRequest, connection: Connection) -> Answer:
    """Read a kept answer; raises Refused, Busy, Rejected, Unreadable, or Unanswered when nobody gave one.

    Reading it again gives the same. `connection` is needed for its key, which the endpoint may repeat.
    """
    secret = connection.api_key
    said = EndpointError(status=delivery.status, request_id=delivery.request_id)
    if _is_encoded(delivery):
        raise rejection(delivery, None, "", secret=secret) or Unreadable.because(Reason.ENCODED_BODY, said)
    with Document(delivery.body) as document:
        start = document.slice(document.skip_space(0), _START).decode("utf-8", "replace")
        is_stream = is_event_stream(document, delivery.headers.get("content-type", ""))
        told = _told_in_stream(document, is_cut=delivery.is_cut) if is_stream else _told_in_json(document)
        failed = rejection(delivery, told.words, start, secret=secret)
        if 200 <= delivery.status < 300:
            answer = _answer(told, asked, secret)
            if answer.images:
                return _with_what_is_missing(answer, asked, told, failed)
        raise failed or _without_images(told, said, start, secret)


def _is_encoded(delivery: Delivery) -> bool:
    return delivery.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")


def _told_in_stream(document: Document, *, is_cut: bool) -> _Told:
    stream = read_event_stream(document)
    words: JsonValue = stream.error or {"data": stream.results}
    return _Told(tuple(stream.results), words, Reason.CONNECTION_LOST if stream.is_cut or is_cut else None)


def _told_in_json(document: Document) -> _Told:
    try:
        body = read_json(document)
    except TruncatedJson as exc:
        return _Told((exc.found,), None, Reason.TRUNCATED_ANSWER)
    except MalformedJson as exc:
        return _Told((exc.found,), None, Reason.UNREADABLE_ANSWER)
    return _Told((body,), body)


def _with_what_is_missing(
    answer: Answer, asked: ImagesRequest, told: _Told, failed: ImagesError | None
) -> Answer:
    if len(answer.images) >= asked.n:
        return answer
    if failed is None:
        return replace(answer, incomplete=told.incomplete)
    reason = None if isinstance(failed, Refused) else failed.reason
    return replace(answer, incomplete=reason, said=failed.endpoint)


def _without_images(told: _Told, said: EndpointError, start: str, secret: str) -> ImagesError:
    if not told.results:
        # A stream that never came to its end: what was made for it may be charged.
        return Unanswered.because(Reason.CONNECTION_LOST, said)
    if told.incomplete is not None:
        if is_web_page(start):
            return Unreadable.because(Reason.WEB_PAGE, said)
        return Unreadable.because(told.incomplete if start.strip() else Reason.EMPTY_ANSWER, said)
    if any(is_task(result) for result in told.results):
        words = whole_text(told.results[0], secret=secret, limit=_WORDS_LIMIT)
        return Unreadable.because(Reason.ASYNC_TASK, replace(said, message=words))
    spoken = [text_of(text, secret=secret, limit=_WORDS_LIMIT) for text in chat_texts(told.results[0])]
    return Unreadable.because(Reason.EMPTY_ANSWER, replace(said, message=" ".join(spoken)[:_WORDS_LIMIT]))


def _answer(told: _Told, asked: ImagesRequest, secret: str) -> Answer:
    if len(told.results) == 1:
        images = images_in(told.results[0], secret=secret)
    else:
        found = [image for result in told.results for image in images_in(result, secret=secret)]
        images = [replace(image, index=index) for index, image in enumerate(found)]
    # Of a stream every event may have settings and usage. Nobody says whether a usage counts for its own
    # image or for all, so the last one stands and nothing is added up.
    last = next((result for result in reversed(told.results) if isinstance(result, dict)), {})
    created = last.get("created") or last.get("created_at")
    return Answer(
        images=tuple(images[: max(asked.n, _MOST_IMAGES)]),
        usage=_usage(last.get("usage")),
        size=_setting(last.get("size"), secret),
        quality=_setting(last.get("quality"), secret),
        background=_setting(last.get("background"), secret),
        output_format=_setting(last.get("output_format"), secret),
        created=created if isinstance(created, int) and not isinstance(created, bool) else None,
        withheld=sum(withheld_images(result) for result in told.results),
    )


def _setting(value: JsonValue, secret: str) -> str:
    setting = text_of(value, secret=secret, limit=_SETTING_LIMIT)
    # Events repeat what was wished.
    return "" if setting == "auto" else setting


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
