import base64
import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generations.images_api import (
    Answer,
    Connection,
    Delivery,
    ImagesError,
    ImagesRequest,
    NotRetrievable,
    Reason,
    Unreadable,
    WrittenImage,
    read_answer,
    write_image,
)
from tests.images_api.conftest import CALL, KEY, Deliver, Measured
from tests.images_api.servers import http, serve

CONNECTION = Connection(base_url="https://images.example.com", api_key=KEY)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 900 + b"tail"
ENCODED = base64.b64encode(PNG)


def read(delivery: Delivery) -> Answer:
    asked = ImagesRequest(model="gpt-image-2", prompt="a cat")
    return read_answer(delivery, asked=asked, connection=CONNECTION)


def write(delivery: Delivery, to: Path, connection: Connection = CONNECTION) -> WrittenImage:
    return write_image(delivery, read(delivery).images[0], to=to, connection=connection)


def in_json(letters: bytes) -> bytes:
    return b'{"data":[{"b64_json":"' + letters + b'"}]}'


@pytest.mark.parametrize("size", [12, 13, 14, 15, 49_150, 49_151, 49_152, 49_153, 49_154, 98_304, 200_000])
def test_an_image_is_written_as_it_was(deliver: Deliver, tmp_path: Path, size: int) -> None:
    image = PNG[:size]
    written = write(deliver(in_json(base64.b64encode(image))), tmp_path / "image")
    assert written == WrittenImage(tmp_path / "image", size, hashlib.sha256(image).hexdigest())
    assert (tmp_path / "image").read_bytes() == image


def folded(letters: bytes, end: bytes) -> bytes:
    return end.join(letters[at : at + 76] for at in range(0, len(letters), 76))


@pytest.mark.parametrize(
    "letters",
    [
        b"data:image/png;base64," + ENCODED,
        rb"data:image\/png;base64," + ENCODED.replace(b"/", rb"\/"),
        b" DATA:image/svg+xml;charset=utf-8;BASE64," + ENCODED,
        ENCODED.replace(b"/", rb"\/"),
        ENCODED.replace(b"+", rb"\u002B").replace(b"=", rb"\u003d"),
        ENCODED.replace(b"+", b"-").replace(b"/", b"_"),
        ENCODED.replace(b"+", b"-").replace(b"/", b"_").rstrip(b"="),
        folded(ENCODED, rb"\n"),
        folded(ENCODED, rb"\r\n"),
        folded(ENCODED, b"\n"),
        rb"\n  " + ENCODED + rb" \t",
        b"".join(rb"\u%04x" % letter for letter in ENCODED),
    ],
    ids=[
        "data",
        "data, escaped",
        "data, parameters",
        "escaped slashes",
        "escaped signs",
        "for URLs",
        "without padding",
        "folded",
        "folded as in mails",
        "folded outside JSON",
        "space around",
        "all escaped",
    ],
)
def test_base64_is_read_however_it_is_written(deliver: Deliver, tmp_path: Path, letters: bytes) -> None:
    write(deliver(in_json(letters)), tmp_path / "image")
    assert (tmp_path / "image").read_bytes() == PNG


@pytest.mark.parametrize(
    "letters",
    [
        ENCODED[:-5] + b"*" + ENCODED[-4:],
        ENCODED[:70_001] + b"!" + ENCODED[70_002:],
        ENCODED[:4] + b"=" + ENCODED[5:],
        ENCODED[:12] + b"====" + ENCODED[12:],
        base64.b64encode(PNG[:13]) * 2,
        base64.b64encode(PNG[:13]) + ENCODED,
        b"iVBORw0KGgoAAAAAA",
        b"iVBORw0KGgoAAAAA=",
        b"=",
        b"iVBOR\xc3\xa9w0K",
        rb"iVBOR\u00e9w0K",
        rb"iVBOR\xw0K",
        b"data:image/png;base64,",
        b"data:image/svg+xml,%3Csvg%3E",
        b"data:image/png;base64" + ENCODED,
        base64.b64encode(b"<html>expired</html>"),
        base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        base64.b64encode(PNG[:5]),
        b"none",
    ],
)
def test_what_is_not_an_image_is_unreadable_and_leaves_no_file(
    deliver: Deliver, tmp_path: Path, letters: bytes
) -> None:
    with pytest.raises(Unreadable) as caught:
        write(deliver(in_json(letters)), tmp_path / "image")
    assert caught.value.reason is Reason.NOT_AN_IMAGE
    assert not (tmp_path / "image").exists()


@pytest.mark.parametrize("start", [b"\xff\xd8\xff\xe0", b"RIFF\x00\x00\x00\x00WEBP", b"GIF89a"])
def test_the_other_kinds_of_images_are_images_too(deliver: Deliver, tmp_path: Path, start: bytes) -> None:
    image = start + b"\x00" * 50
    assert write(deliver(in_json(base64.b64encode(image))), tmp_path / "image").bytes == len(image)


def test_an_image_behind_a_link_is_fetched_without_the_key(deliver: Deliver, tmp_path: Path) -> None:
    with serve(http(200, PNG)) as server:
        connection = Connection(server.base_url, KEY)
        delivery = deliver({"data": [f"http://127.0.0.1:{server.port}/cat.png?signed=1"]})
        written = write(delivery, tmp_path / "image", connection)
    assert (written.bytes, (tmp_path / "image").read_bytes()) == (len(PNG), PNG)
    assert server.requests[0].startswith(b"GET /cat.png?signed=1 HTTP/1.1")
    assert KEY.encode() not in server.requests[0]


def test_a_link_is_not_logged(deliver: Deliver, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with serve(http(200, PNG)) as server:
        delivery = deliver({"data": [f"http://127.0.0.1:{server.port}/cat.png?signature=secret"]})
        write(delivery, tmp_path / "image", Connection(server.base_url, KEY))
    assert "secret" not in caplog.text


def test_a_link_that_brings_a_page_is_not_an_image(deliver: Deliver, tmp_path: Path) -> None:
    with serve(http(200, b"<html>expired</html>")) as server:
        delivery = deliver({"data": [f"http://127.0.0.1:{server.port}/cat.png"]})
        with pytest.raises(Unreadable):
            write(delivery, tmp_path / "image", Connection(server.base_url, KEY))


def test_a_link_that_fails_leaves_no_file(deliver: Deliver, tmp_path: Path) -> None:
    with pytest.raises(NotRetrievable):
        write(deliver({"data": ["http://169.254.169.254/"]}), tmp_path / "image")
    assert not (tmp_path / "image").exists()


BLOCK = base64.b64encode(os.urandom(750_000))
START = base64.b64encode(PNG[:9])
PARTIAL = (
    b'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"'
)
COMPLETED = b'event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"'


def of_json() -> Iterator[bytes]:
    """Two images of 37 MB, with every slash of the second one escaped."""
    yield b'{"data":[{"b64_json":"' + START
    yield from [BLOCK] * 50
    yield b'"},{"b64_json":"' + START
    yield from [BLOCK.replace(b"/", rb"\/")] * 50
    yield b'"}]}'


def of_events() -> Iterator[bytes]:
    """Partial images of 9 MB in all that are no results, and two that are."""
    yield b": PING\n\n" * 500
    for part in (3, 6):
        yield from [PARTIAL + START, *[BLOCK] * part, b'"}\n\n']
    for _ in range(2):
        yield from [COMPLETED + START, *[BLOCK] * 50, b'"}\n\n', b": PING\n\n"]
    yield b"data: [DONE]\n\n"


def of_a_chat() -> Iterator[bytes]:
    """Two pictures in what a model says."""
    yield b'{"choices":[{"message":{"content":"Here.'
    for _ in range(2):
        yield from [b"![cat](data:image/png;base64," + START, *[BLOCK] * 50, rb")\n"]
    yield b'"}}]}'


def with_its_end_missing() -> Iterator[bytes]:
    """Two whole images, and a third that is cut off."""
    yield from [b'{"data":["', START, *[BLOCK] * 50, b'","', START, *[BLOCK] * 50, b'","', *[BLOCK] * 10]


Kept = Callable[[Iterator[bytes]], Delivery]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    body = tmp_path / "large.body"

    def keep(pieces: Iterator[bytes]) -> Delivery:
        with body.open("wb") as file:
            file.writelines(pieces)
        return Delivery(CALL, 200, {}, "", 1.0, 1.0, body, body.stat().st_size)

    yield keep
    body.unlink()


@pytest.mark.parametrize("pieces", [of_json, of_events, of_a_chat, with_its_end_missing])
def test_a_hundred_megabytes_pass_through_a_few(
    kept: Kept, tmp_path: Path, measured: Measured, pieces: Callable[[], Iterator[bytes]]
) -> None:
    delivery = kept(pieces())
    answer = read(delivery)
    written = [
        write_image(delivery, image, to=tmp_path / "image", connection=CONNECTION) for image in answer.images
    ]
    peak, growth = measured()
    assert [image.bytes for image in written] == [37_500_009, 37_500_009]
    assert written[0].sha256 == written[1].sha256
    assert delivery.body_bytes > 100_000_000
    assert peak < 4_000_000
    assert growth < 15_000_000


MB = b"x" * 1_000_000


@pytest.mark.parametrize(
    "pieces",
    [
        [b"<html>", *[MB] * 100],
        [b" " * 1_000_000] * 100,
        [b'{"error": {"message": "', *[MB] * 100, b'"}}'],
        [b'{"odd": ["', *[MB + b'","'] * 100, b'"], "success": false, "message": "no"}'],
        [b'{"data": [{"b64_json": "', *[MB] * 100],
        [b'{"choices":[{"message":{"content":"', *[MB] * 50, *[b"![" * 500_000] * 50, b'"}}]}'],
        [b": PING\n\n", *[b":" + MB + b"\n"] * 100],
        [b"data: " + MB + b"\n\n"] * 100,
        [PARTIAL, *[MB] * 100, b'"}\n\n'],
        [b"event: error\ndata: ", *[MB] * 100],
        [b":\n" * 500_000] * 100,
        [b"data: " + b"x" * 6_000 + b"\n\n"] * 16_000,
        [b'{"odd": [', *[b'"' + b"x" * 11_000 + b'",'] * 9_000, b'1], "success": false, "message": "no"}'],
    ],
    ids=[
        "page",
        "padding",
        "message",
        "unclassified",
        "cut off",
        "chat",
        "comments",
        "no JSON",
        "partial image",
        "error in a stream",
        "pings",
        "many lines",
        "many strings",
    ],
)
def test_a_hundred_megabytes_are_refused_in_a_few(
    kept: Kept, measured: Measured, pieces: list[bytes]
) -> None:
    delivery = kept(iter(pieces))
    with pytest.raises(ImagesError):
        read(delivery)
    peak, growth = measured()
    assert peak < 4_000_000
    assert growth < 15_000_000
