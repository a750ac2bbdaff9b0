"""Event streams that nobody asked for: n is 2, and the spool holds what a relay passed on."""

import json
import time
from pathlib import Path

import pytest

from generations.images_api import (
    Answer,
    AtUrl,
    Busy,
    Connection,
    Delivery,
    ImagesError,
    ImagesRequest,
    Reason,
    Refused,
    Rejected,
    Unanswered,
    Unreadable,
    Usage,
    read_answer,
    write_image,
)
from tests.images_api.conftest import KEY, Deliver
from tests.images_api.test_writing import ENCODED, PNG

CONNECTION = Connection(base_url="https://images.example.com", api_key=KEY)
STREAM = {"content-type": "text/event-stream; charset=utf-8"}
DONE = b"data: [DONE]\n\n"


def read(delivery: Delivery, n: int = 2) -> Answer:
    return read_answer(delivery, asked=ImagesRequest("gpt-image-2", "a cat", n=n), connection=CONNECTION)


def failure(delivery: Delivery) -> ImagesError:
    with pytest.raises(ImagesError) as caught:
        read(delivery)
    return caught.value


def frame(kind: str, *, name: str | None = None, **fields: object) -> bytes:
    data = json.dumps({"type": kind, **fields} if kind else fields)
    return f"event: {kind if name is None else name}\ndata: {data}\n\n".encode()


def completed(letters: str, **fields: object) -> bytes:
    return frame("image_generation.completed", name=None, b64_json=letters, **fields)


def partial(letters: str, index: int = 0) -> bytes:
    return frame("image_generation.partial_image", b64_json=letters, partial_image_index=index)


def sources(delivery: Delivery) -> list[str | bytes]:
    body = delivery.body.read_bytes()
    found = [image.source for image in read(delivery).images]
    return [source.url if isinstance(source, AtUrl) else body[source.start : source.end] for source in found]


@pytest.mark.parametrize("end", [b"", DONE, b"\n\n", b": bye"], ids=["nothing", "done", "blank", "ping"])
@pytest.mark.parametrize("headers", [STREAM, {"content-type": "application/json"}, {}])
def test_completed_events_are_images_in_their_order(
    deliver: Deliver, end: bytes, headers: dict[str, str]
) -> None:
    body = b": PING\n\n" + partial("ZZZZ") + completed("AAAA") + partial("YYYY") + completed("BBBB") + end
    delivery = deliver(body, headers=headers)
    assert sources(delivery) == [b"AAAA", b"BBBB"]
    assert [image.index for image in read(delivery).images] == [0, 1]
    assert read(delivery).incomplete is None


@pytest.mark.parametrize(
    "body",
    [
        completed("AAAA"),
        completed("AAAA").replace(b"\n", b"\r\n"),
        completed("AAAA").replace(b"event: ", b"event:").replace(b"data: ", b"data:"),
        completed("AAAA").rstrip(),
        b"\xef\xbb\xbf" + completed("AAAA"),
        b" " * 2048 + b"\n" + completed("AAAA"),
        b"id: 1\nretry: 5\n" + completed("AAAA"),
        completed("AAAA").split(b"\n", 1)[1],
        b'data: {"b64_json": "AAAA"}\nevent: image_generation.completed\n\n',
        frame("image_edit.completed", b64_json="AAAA"),
        frame("image_generation.completed", name="message", b64_json="AAAA", url="", revised_prompt=""),
        frame("", name="message", created=1, data=[{"b64_json": "AAAA"}]),
        b'data: {"created": 1, "data": ["AAAA"]}\n\n',
        completed("AAAA")[:-3],
    ],
)
def test_an_event_is_read_however_it_is_written(deliver: Deliver, body: bytes) -> None:
    assert sources(deliver(body, headers=STREAM)) == [b"AAAA"]


def test_a_completed_event_may_bring_a_link(deliver: Deliver) -> None:
    link = "https://x.example/1"
    assert sources(deliver(frame("image_generation.completed", url=link, b64_json="") + DONE)) == [link]


def test_an_image_is_written_from_where_it_lies_in_the_stream(deliver: Deliver, tmp_path: Path) -> None:
    delivery = deliver(partial("ZZZZ") + completed(ENCODED.decode()) + DONE)
    write_image(delivery, read(delivery).images[0], to=tmp_path / "image", connection=CONNECTION)
    assert (tmp_path / "image").read_bytes() == PNG


def test_settings_and_usage_are_those_of_the_last_event(deliver: Deliver) -> None:
    first = completed("AAAA", size="1024x1024", usage={"input_tokens": 1})
    last = completed("BBBB", size="1536x1024", quality="auto", created_at=17, usage={"input_tokens": 2})
    answer = read(deliver(first + last))
    assert (answer.size, answer.quality, answer.created, answer.usage) == ("1536x1024", "", 17, Usage(2))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b": PING\n\n: PING\n\n",
        DONE,
        partial("ZZZZ") + partial("YYYY", 1),
        partial("ZZZZ") + DONE,
        completed("AAAA")[:-9],
        frame("image_generation.created"),
        frame("image_generation.partial_image", data=[{"b64_json": "AAAA"}]),
        b"event: image_generation.completed\n\n",
        b"event: error\n\n",
        b'data: {"choices": [{"delta": {"content": "![]("}}]}\n\n',
    ],
)
def test_a_stream_without_its_completed_event_is_unanswered(deliver: Deliver, body: bytes) -> None:
    error = failure(deliver(body, headers=STREAM))
    assert (type(error), error.reason) == (Unanswered, Reason.CONNECTION_LOST)


def test_a_completed_event_without_an_image_is_empty(deliver: Deliver) -> None:
    error = failure(deliver(completed("") + DONE))
    assert (type(error), error.reason) == (Unreadable, Reason.EMPTY_ANSWER)


@pytest.mark.parametrize(
    "rest", [partial("ZZZZ"), completed("BBBB")[:-9], b": PING\n\n", b"event: image_gen"]
)
def test_of_a_stream_that_is_cut_the_completed_images_are_kept(deliver: Deliver, rest: bytes) -> None:
    delivery = deliver(partial("ZZZZ") + completed("AAAA") + rest)
    assert sources(delivery) == [b"AAAA"]
    assert read(delivery).incomplete is Reason.CONNECTION_LOST


@pytest.mark.parametrize("end", [b"", DONE, b": PING\n\n" + DONE])
def test_a_stream_that_ends_in_order_lacks_what_was_withheld(deliver: Deliver, end: bytes) -> None:
    assert read(deliver(completed("AAAA") + end)).incomplete is None


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (frame("error", error={"code": "moderation_blocked"}), Refused, Reason.MODERATION_BLOCKED),
        (frame("", name="error", message="no", code="server_error"), Rejected, Reason.SERVER_ERROR),
        (b'data: {"error": {"message": "Slow", "code": "slow_down"}}\n\n', Busy, Reason.OVERLOADED),
        (b'data: {"error": "rate limit"}\n\n', Busy, Reason.RATE_LIMITED),
        (b"event: error\ndata: rate limit\n\n", Busy, Reason.RATE_LIMITED),
        (b'event: error\ndata: "rate limit"\n\n', Busy, Reason.RATE_LIMITED),
        (b'event: error\ndata: {"error": {"message": "cut o', Rejected, Reason.UNCLASSIFIED),
    ],
)
def test_an_error_in_a_stream_goes_through_the_table(
    deliver: Deliver, body: bytes, kind: type[ImagesError], reason: Reason
) -> None:
    error = failure(deliver(b": PING\n\n" + partial("ZZZZ") + body + DONE))
    assert (type(error), error.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("code", "incomplete"), [("server_error", Reason.SERVER_ERROR), ("moderation_blocked", None)]
)
def test_an_error_after_an_image_does_not_cost_the_image(
    deliver: Deliver, code: str, incomplete: Reason | None
) -> None:
    answer = read(deliver(completed("AAAA") + frame("error", error={"code": code, "message": "no"})))
    assert (len(answer.images), answer.incomplete) == (1, incomplete)
    assert answer.said is not None
    assert answer.said.code == code


def test_json_under_the_name_of_a_stream_is_json(deliver: Deliver) -> None:
    assert sources(deliver(b' \n{"data": ["AAAA"]}', headers=STREAM)) == [b"AAAA"]
    assert failure(deliver(b"<html>", headers=STREAM)).reason is Reason.WEB_PAGE


@pytest.mark.parametrize(
    "body",
    [
        b"\n" * 3_000_000,
        b":\n" * 1_000_000,
        b"data: 1\n" * 1_000_000,
        b"data: {}\n\n" * 1_000_000,
        b"data: [" + b"1," * 1_000_000,
        (b"data: [" + b"1," * 1_500 + b"1]\n\n") * 3_000,
    ],
    ids=["blanks", "comments", "one event", "many events", "values", "many values"],
)
def test_a_stream_of_nothing_is_given_up_soon(deliver: Deliver, body: bytes) -> None:
    started = time.process_time()
    error = failure(deliver(body, headers=STREAM))
    assert type(error) is Unanswered
    assert time.process_time() - started < 10
