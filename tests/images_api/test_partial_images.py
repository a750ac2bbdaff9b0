"""Partial images are shown while a stream arrives, and whatever becomes of the showing, the call goes on."""

import base64
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generations.images_api import (
    Connection,
    Delivery,
    ImagesRequest,
    PartialImage,
    Reason,
    Spool,
    Unanswered,
    read_answer,
    send,
)
from generations.images_api.partial_images import Developing
from tests.images_api.conftest import CALL, KEY, Measured
from tests.images_api.servers import Script, http, say, serve

PNG = b"\x89PNG\r\n\x1a\n" + b"1" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"2" * 40
ASKED = ImagesRequest("gpt-image-2", "a cat", size="1024x1024", partial_images=2)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"


def nothing() -> None:
    pass


def frame(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def letters(data: bytes) -> str:
    return base64.b64encode(data).decode()


def partial(data: bytes, index: object = 0, *, kind: str = "image_generation") -> bytes:
    return frame(f"{kind}.partial_image", b64_json=letters(data), partial_image_index=index, size="auto")


COMPLETED = frame("image_generation.completed", b64_json=letters(PNG), usage={"output_tokens": 7})
STREAM = b": PING\n\n" + partial(PNG) + b": PING\n\n" + partial(JPEG, 1) + COMPLETED
SHOWN = [PartialImage(0, "image/png", PNG), PartialImage(1, "image/jpeg", JPEG)]


def found(pieces: Iterable[bytes]) -> list[PartialImage]:
    shown: list[PartialImage] = []
    developing = Developing(shown.append)
    for piece in pieces:
        developing.feed(piece)
    return shown


def chunked(*pieces: bytes, ends: bool = True) -> Script:
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    return say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\n\r\n" if ends else b"")


def call(
    script: Script,
    spool: Spool,
    on_partial: Callable[[PartialImage], None] | None = None,
    *,
    asked: ImagesRequest = ASKED,
    deadline: float = 5.0,
) -> Delivery:
    with serve(script) as server:
        return send(
            asked,
            Connection(server.base_url, KEY, deadline),
            call_id=CALL,
            spool=spool,
            on_sending=nothing,
            on_partial=on_partial,
        )


# What is found in the pieces.


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=30))
@settings(max_examples=60)
def test_it_does_not_matter_where_the_wire_cuts(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    assert found(STREAM[a:b] for a, b in pairwise(places)) == SHOWN


@pytest.mark.parametrize(
    "stream",
    [
        STREAM.replace(b"\n", b"\r\n"),
        STREAM.replace(b"event: ", b"event:").replace(b"data: ", b"data:"),
        b"\n\n" + STREAM + b"data: [DONE]\n\n",
        partial(PNG, kind="image_edit") + partial(JPEG, 1, kind="image_edit"),
        partial(PNG, None) + partial(JPEG, -1),
        partial(PNG, "x") + partial(JPEG, True),
        partial(PNG).replace(b'_json": "', b'_json": "data:image/png;base64,') + partial(JPEG, 1),
        partial(PNG).split(b"\n", 1)[1] + partial(JPEG, 1).split(b"\n", 1)[1],
        b"data: [\n\n" + partial(b"").replace(b'""', b'"???"') + STREAM,
        frame("image_generation.partial_image", url="https://x.example/1") + STREAM,
        frame("image_generation.partial_image") + b"event: image_generation.partial_image\n\n" + STREAM,
        b"event: image_generation.partial_image\ndata: " + b"[" * 5_000 + b"\n\n" + STREAM,
    ],
)
def test_partial_images_are_found_however_they_are_written(stream: bytes) -> None:
    assert found([stream]) == SHOWN


def test_what_is_no_image_has_no_media_type() -> None:
    assert found([partial(b"<svg/>")]) == [PartialImage(0, None, b"<svg/>")]


def test_the_bytes_of_an_image_are_not_in_its_repr() -> None:
    assert "PNG" not in repr(SHOWN[0])


@pytest.mark.parametrize(
    ("size", "count"), [(8_000_000, 1), (8_000_001, 0), (9_000_000, 0)], ids=["largest", "larger", "frame"]
)
def test_an_image_that_is_too_large_is_left_out_and_the_next_one_is_shown(size: int, count: int) -> None:
    large = partial(PNG + bytes(size - len(PNG)))
    assert [len(image.data) for image in found([large, STREAM])] == [size] * count + [len(PNG), len(JPEG)]


@pytest.mark.parametrize(
    "pieces",
    [
        [b":\n" * 500_000] * 10,
        [b"data: " + b"x" * 1_000_000] * 60,
        [b'event: image_generation.partial_image\ndata: {"a":["' + b'","' * 300_000 + b'"]}\n\n'] * 40,
        [partial(PNG)] * 40_000,
        [b"data: partial_image" + b"\\" * 1_000_000 + b"\n\n"] * 60,
    ],
    ids=["comments", "one frame", "many values", "many images", "backslashes"],
)
def test_a_stream_of_nonsense_costs_neither_time_nor_memory(pieces: list[bytes], measured: Measured) -> None:
    started = time.process_time()
    assert len(found(pieces)) <= 50
    assert measured()[0] < 40_000_000
    assert time.process_time() - started < 5


def test_single_bytes_cost_no_more_than_their_frame(measured: Measured) -> None:
    found(b"data: " if at == 0 else b"x" for at in range(100_000))
    assert measured()[0] < 500_000


# What it does to a call.


def test_a_stream_is_asked_for_and_its_partial_images_are_shown(spool: Spool) -> None:
    shown: list[PartialImage] = []
    with serve(chunked(STREAM[:100], STREAM[100:])) as server:
        connection = Connection(server.base_url, KEY)
        delivery = send(
            ASKED, connection, call_id=CALL, spool=spool, on_sending=nothing, on_partial=shown.append
        )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert b"accept: text/event-stream, application/json\r\n" in head.lower()
    assert json.loads(body).items() >= {"stream": True, "partial_images": 2}.items()
    assert (shown, delivery.body.read_bytes()) == (SHOWN, STREAM)
    answer = read_answer(delivery, asked=ASKED, connection=connection)
    assert (len(answer.images), answer.incomplete) == (1, None)


def test_an_image_is_shown_while_the_rest_is_still_to_come(spool: Spool) -> None:
    shown = threading.Event()

    def script(peer: socket.socket) -> None:
        peer.sendall(HEAD + b"\r\n" + partial(PNG))
        assert shown.wait(4)
        peer.sendall(COMPLETED)

    call(script, spool, lambda image: shown.set())
    assert shown.is_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_showing_that_fails_does_not_cost_the_answer(spool: Spool) -> None:
    def fail(image: PartialImage) -> None:
        raise RuntimeError

    assert call(chunked(STREAM, partial(PNG) * 9), spool, fail).body.read_bytes().startswith(STREAM)


def test_a_showing_that_hangs_does_not_cost_the_calls_time(spool: Spool) -> None:
    hanging = threading.Event()
    started = time.monotonic()

    def hang(image: PartialImage) -> None:
        hanging.wait(20)

    delivery = call(chunked(*[partial(PNG)] * 9, COMPLETED), spool, hang)
    hanging.set()
    assert delivery.seconds < 1
    assert time.monotonic() - started < 4


def test_of_images_that_wait_the_newest_are_shown(spool: Spool) -> None:
    first, release, shown = threading.Event(), threading.Event(), list[int]()

    def slow(image: PartialImage) -> None:
        shown.append(image.index)
        first.set()
        release.wait(5)

    def script(peer: socket.socket) -> None:
        peer.sendall(HEAD + b"\r\n" + partial(PNG))
        assert first.wait(4)
        peer.sendall(b"".join(partial(PNG, index) for index in range(1, 10)) + COMPLETED)
        peer.shutdown(socket.SHUT_WR)
        release.set()

    call(script, spool, slow)
    assert shown[0] == 0
    assert shown[-1] == 9


@pytest.mark.parametrize(
    "script",
    [
        http(200, STREAM, "Content-Type: application/json"),
        http(200, STREAM, "Content-Type: text/event-stream", "Content-Encoding: gzip"),
    ],
    ids=["another type", "compressed"],
)
def test_only_a_plain_event_stream_is_looked_into(spool: Spool, script: Script) -> None:
    shown: list[PartialImage] = []
    assert call(script, spool, shown.append).body.read_bytes() == STREAM
    assert shown == []


def test_json_in_answer_to_a_stream_request_is_read_as_ever(spool: Spool) -> None:
    body = json.dumps({"data": [{"b64_json": letters(PNG)}]}).encode()
    delivery = call(http(200, body, "Content-Type: application/json"), spool)
    connection = Connection("https://images.example.com", KEY)
    assert len(read_answer(delivery, asked=ASKED, connection=connection).images) == 1


# Streams that break.

BROKEN = {
    "chunks": chunked(STREAM, ends=False),
    "length": say(HEAD + b"Content-Length: 99999\r\n\r\n" + STREAM),
    "next image": chunked(STREAM, partial(PNG)[:50], ends=False),
    "second image": chunked(STREAM, COMPLETED[:100], ends=False),
}


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_what_was_whole_before_a_stream_broke_is_kept(spool: Spool, script: Script, n: int) -> None:
    asked = ImagesRequest("gpt-image-2", "a cat", n=n, partial_images=2)
    delivery = call(script, spool, asked=asked)
    answer = read_answer(delivery, asked=asked, connection=Connection("https://images.example.com", KEY))
    assert (delivery.is_cut, spool.load(CALL)) == (True, delivery)
    assert (len(answer.images), answer.incomplete) == (1, None if n == 1 else Reason.CONNECTION_LOST)


def test_what_was_whole_at_the_deadline_is_kept(spool: Spool) -> None:
    def script(peer: socket.socket) -> None:
        chunked(STREAM, ends=False)(peer)
        peer.recv(1)

    assert call(script, spool, deadline=0.5).is_cut


@pytest.mark.parametrize(
    "script",
    [
        chunked(partial(PNG), ends=False),
        chunked(partial(PNG), COMPLETED[:100], ends=False),
        say(HEAD.replace(b"200 OK", b"500 No") + b"Content-Length: 99999\r\n\r\n" + STREAM),
        say(HEAD.replace(b"text/event-stream", b"text/plain") + b"Content-Length: 99999\r\n\r\n" + STREAM),
        say(HEAD + b"Content-Length: 99999\r\n\r\n"),
    ],
    ids=["partial", "half an image", "no success", "no stream", "nothing"],
)
def test_without_a_whole_image_a_broken_stream_is_unanswered(
    spool: Spool, script: Script, tmp_path: Path
) -> None:
    with pytest.raises(Unanswered) as caught:
        call(script, spool)
    assert caught.value.reason is Reason.CONNECTION_LOST
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n"])
def test_a_stream_that_ends_without_its_image_is_unanswered(spool: Spool, end: bytes) -> None:
    delivery = call(chunked(b": PING\n\n", partial(PNG), end), spool)
    with pytest.raises(Unanswered) as caught:
        read_answer(delivery, asked=ASKED, connection=Connection("https://images.example.com", KEY))
    assert caught.value.reason is Reason.CONNECTION_LOST


def test_a_large_stream_is_shown_in_bounded_memory(spool: Spool, measured: Measured) -> None:
    large = PNG + os.urandom(5_000_000)
    pieces = [partial(large, index) for index in range(3)]
    asked = ImagesRequest("gpt-image-2", "a cat", partial_images=3)
    shown: list[int] = []
    call(chunked(*pieces, COMPLETED), spool, lambda image: shown.append(len(image.data)), asked=asked)
    assert shown == [len(large)] * 3
    assert measured()[1] < 120_000_000
