"""Requests with pictures: in every form that families take, never whole in memory, and whole or not sent."""

import base64
import json
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from generations.images_api import (
    Connection,
    Delivery,
    Edits,
    ImagesRequest,
    NotSent,
    PictureFile,
    Reason,
    Spool,
    Unanswered,
    bodies,
    family_of,
    send,
    wire,
)
from tests.images_api.conftest import CALL, KEY, Measured
from tests.images_api.servers import http, read_request, serve

MULTIPART = family_of("gpt-image-2").edits
DALL_E_2 = family_of("dall-e-2").edits
FLUX = family_of("flux-2-pro").edits
GROK = family_of("grok-imagine-image").edits
JSON = Edits("json", 16, mask=True, field="", formats=("png",), bytes_max=1_000_000, square=False)
IMAGE = replace(JSON, form="image", mask=False)
Picture = Callable[..., PictureFile]


def nothing() -> None:
    pass


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    """Make a file that is sent as a picture."""

    def make(name: str = "reference-1.png", data: bytes = b"\x89PNG 1") -> PictureFile:
        # The member's own name for it is nobody's business.
        path = tmp_path / f"Anna's holidays {name}"
        path.write_bytes(data)
        return PictureFile(path, "image/png", len(data), name)

    return make


def edit(edits: Edits | None, *references: PictureFile, **more: Any) -> ImagesRequest:
    fields = {"model": "m", "prompt": "画一只猫 \ud83d\r\n--x", "operation": "edits", **more}
    return ImagesRequest(references=references, edits=edits, **fields)


def call(
    request: ImagesRequest,
    base_url: str,
    spool: Spool,
    on_sending: Callable[[], None] = nothing,
    **how: Any,
) -> Delivery:
    return send(request, Connection(base_url, KEY, **how), call_id=CALL, spool=spool, on_sending=on_sending)


def sent(request: ImagesRequest, spool: Spool) -> tuple[str, bytes, bytes]:
    """Return the address, the head and the body as an endpoint gets them."""
    with serve(http(200, b"{}")) as server:
        call(request, server.base_url, spool)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    announced = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    assert announced == [b"content-length: %d" % len(body)]
    assert b"transfer-encoding" not in head.lower()
    return head.split()[1].decode(), head, body


def fields_of(head: bytes, body: bytes) -> list[tuple[str, str | None, str, bytes]]:
    """Read a form with the standard library: name, file name, media type and content of each field."""
    kind = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type"))
    form = BytesParser(policy=policy.HTTP).parsebytes(kind + b"\r\n\r\n" + body)
    assert form.is_multipart()
    return [_field(part) for part in form.iter_parts() if isinstance(part, EmailMessage)]


def _field(part: EmailMessage) -> tuple[str, str | None, str, bytes]:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    name = part.get_param("name", header="content-disposition")
    return str(name), part.get_filename(), part.get_content_type(), content


def test_an_edit_is_a_form_with_files_under_neutral_names(spool: Spool, picture: Picture) -> None:
    request = edit(
        MULTIPART,
        picture("reference-1.png"),
        picture("reference-2.png", bytes(range(256)) * 999),
        mask=picture("mask.png", b"m"),
        n=2,
        size="auto",
        quality="high",
        input_fidelity="high",
        partial_images=2,
    )
    path, head, body = sent(request, spool)
    assert path == "/v1/images/edits"
    assert fields_of(head, body) == [
        ("model", None, "text/plain", b"m"),
        ("prompt", None, "text/plain", "画一只猫 ?\r\n--x".encode()),
        ("n", None, "text/plain", b"2"),
        ("quality", None, "text/plain", b"high"),
        ("input_fidelity", None, "text/plain", b"high"),
        ("stream", None, "text/plain", b"true"),
        ("partial_images", None, "text/plain", b"2"),
        ("image[]", "reference-1.png", "image/png", b"\x89PNG 1"),
        ("image[]", "reference-2.png", "image/png", bytes(range(256)) * 999),
        ("mask", "mask.png", "image/png", b"m"),
    ]
    assert b"Anna" not in body


def test_moderation_is_in_a_form_only_when_it_is_asked_for(spool: Spool, picture: Picture) -> None:
    _, head, body = sent(edit(MULTIPART, picture(), moderation="low"), spool)
    assert ("moderation", None, "text/plain", b"low") in fields_of(head, body)
    assert "moderation" not in edit(MULTIPART, picture()).payload()


def test_a_family_that_edits_one_picture_has_its_own_name_for_it(spool: Spool, picture: Picture) -> None:
    _, head, body = sent(edit(DALL_E_2, picture(), response_format="b64_json"), spool)
    assert [name for name, *_ in fields_of(head, body)] == [
        "model",
        "prompt",
        "n",
        "response_format",
        "image",
    ]


def test_a_variation_is_a_form_without_words(spool: Spool, picture: Picture) -> None:
    request = ImagesRequest("dall-e-2", "", operation="variations", references=(picture(),), quality="high")
    path, head, body = sent(request, spool)
    assert path == "/v1/images/variations"
    assert [name for name, *_ in fields_of(head, body)] == ["model", "n", "image"]


def url(data: bytes = b"\x89PNG 1") -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("edits", "path", "pictures"),
    [
        (
            FLUX,
            "generations",
            {"input_image": url(), "input_image_2": url(b"2"), "input_image_3": url(b"33")},
        ),
        (IMAGE, "generations", {"image": [url(), url(b"2"), url(b"33")]}),
        (
            JSON,
            "edits",
            {"images": [{"image_url": url()}, {"image_url": url(b"2")}, {"image_url": url(b"33")}]},
        ),
    ],
)
def test_several_pictures_are_sent_in_json_as_the_family_has_them(
    spool: Spool, picture: Picture, edits: Edits, path: str, pictures: dict[str, object]
) -> None:
    references = picture(), picture("b.png", b"2"), picture("c.png", b"33")
    address, head, body = sent(edit(edits, *references, aspect_ratio="1:1"), spool)
    assert address == f"/v1/images/{path}"
    assert b"application/json" in head
    plain = {"model": "m", "prompt": "画一只猫 \ud83d\r\n--x", "n": 1, "aspect_ratio": "1:1"}
    assert json.loads(body) == {**plain, **pictures}


@pytest.mark.parametrize(
    ("edits", "pictures"),
    [
        (FLUX, {"input_image": url()}),
        (IMAGE, {"image": url()}),
        (GROK, {"image": {"url": url(), "type": "image_url"}}),
    ],
)
def test_a_single_picture_is_sent_in_json_as_the_family_has_it(
    spool: Spool, picture: Picture, edits: Edits, pictures: dict[str, object]
) -> None:
    _, _, body = sent(edit(edits, picture()), spool)
    assert json.loads(body).items() >= pictures.items()


def test_a_mask_in_json_is_an_object_like_the_pictures(spool: Spool, picture: Picture) -> None:
    _, _, body = sent(edit(JSON, picture(), mask=picture("mask.png", b"m")), spool)
    assert json.loads(body)["mask"] == {"image_url": url(b"m")}


@pytest.mark.parametrize("size", [49_151, 49_152, 49_153, 100_001])
def test_base64_is_as_long_as_was_announced(spool: Spool, picture: Picture, size: int) -> None:
    data = os.urandom(size)
    assert json.loads(sent(edit(IMAGE, picture(data=data)), spool)[2])["image"] == url(data)


@pytest.mark.parametrize(
    "wrong",
    [
        {"edits": None},
        {"references": ()},
        {"operation": "generations"},
        {"operation": "variations"},
        {"edits": FLUX, "mask": True},
        {"partial_images": 4},
        {"partial_images": -1},
    ],
)
def test_what_cannot_be_written_is_not_a_request(picture: Picture, wrong: dict[str, Any]) -> None:
    fields = {"operation": "edits", "edits": MULTIPART, "references": (picture(), picture()), **wrong}
    if wrong.get("mask"):
        fields["mask"] = picture("mask.png")
    with pytest.raises(ValueError, match=r"^(An|A|Images|There) "):
        ImagesRequest("m", "p", **fields)


@pytest.mark.parametrize(
    ("media_type", "size", "name"),
    [
        ("image/svg+xml", 1, "a.png"),
        ("image/png", 0, "a.png"),
        ("image/png", 1, 'a"; name="n".png'),
        ("image/png", 1, "Anna's holidays.png"),
        ("image/png", 1, "../a.png"),
    ],
)
def test_a_picture_with_an_odd_name_or_kind_is_not_sent(media_type: str, size: int, name: str) -> None:
    with pytest.raises(ValueError, match=r"^A picture"):
        PictureFile(Path("a"), media_type, size, name)


# What happens to the files meanwhile.


@pytest.mark.parametrize("edits", [MULTIPART, FLUX])
@pytest.mark.parametrize("become", ["gone", "shorter", "longer", "a folder", "a pipe"])
def test_a_picture_that_is_not_what_it_was_is_noticed_before_anything_leaves(
    spool: Spool, picture: Picture, edits: Edits, become: str, tmp_path: Path
) -> None:
    first, second = picture(), picture("reference-2.png", b"123456")
    second.path.unlink()
    if become in ("shorter", "longer"):
        second.path.write_bytes(b"12345" if become == "shorter" else b"1234567")
    elif become == "a folder":
        second.path.mkdir()
    elif become == "a pipe":
        os.mkfifo(second.path)
    with serve(http(200)) as server, pytest.raises(NotSent) as caught:
        call(edit(edits, first, second), server.base_url, spool, pytest.fail)
    assert (caught.value.reason, caught.value.repeatable) == (Reason.REFERENCE_GONE, False)
    assert (server.connections, list((tmp_path / "spool").iterdir())) == (0, [])


def test_a_picture_that_vanishes_on_the_way_is_still_sent(spool: Spool, picture: Picture) -> None:
    one = picture()
    with serve(http(200)) as server:
        call(edit(MULTIPART, one), server.base_url, spool, one.path.unlink)
    assert b"\x89PNG 1" in server.requests[0]


@pytest.mark.parametrize("edits", [MULTIPART, FLUX])
def test_a_picture_that_becomes_shorter_on_the_way_leaves_the_call_unanswered(
    spool: Spool, picture: Picture, edits: Edits
) -> None:
    one = picture(data=b"x" * 200_000)
    with serve(http(200)) as server, pytest.raises(Unanswered) as caught:
        call(edit(edits, one), server.base_url, spool, lambda: os.truncate(one.path, 100_000))
    assert caught.value.reason is Reason.CONNECTION_LOST
    assert (server.requests, spool.load(CALL)) == ([], None)


def test_a_picture_that_cannot_be_read_on_the_way_leaves_the_call_unanswered(
    spool: Spool, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def __init__(self, file: Any) -> None:
            self.file = file

        def read(self, size: int) -> bytes:
            raise OSError(5, "Input/output error")

        def __enter__(self) -> "Failing":
            return self

        def __exit__(self, *_exc: object) -> None:
            self.file.close()

    opened = bodies._open
    monkeypatch.setattr(bodies, "_open", lambda picture: Failing(opened(picture)))
    with serve(http(200)) as server, pytest.raises(Unanswered):
        call(edit(MULTIPART, picture()), server.base_url, spool)


def test_an_endpoint_that_refuses_before_it_has_read_all_is_heard(spool: Spool, picture: Picture) -> None:
    def refuse(peer: socket.socket) -> None:
        peer.recv(1_000)
        http(413, b"too large", "Connection: close")(peer)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(1_000_000):
            pass

    with serve(refuse, reads=False) as server:
        delivery = call(edit(MULTIPART, picture(data=b"x" * 3_000_000)), server.base_url, spool)
    assert (delivery.status, delivery.body.read_bytes()) == (413, b"too large")


def test_an_endpoint_that_stops_reading_is_left_at_the_deadline(spool: Spool, picture: Picture) -> None:
    one = picture(data=b"x" * 30_000_000)

    def read_nothing(peer: socket.socket) -> None:
        server.closing.wait(5)

    with serve(read_nothing, reads=False) as server:
        with pytest.raises(Unanswered) as caught:
            call(edit(MULTIPART, one), server.base_url, spool, deadline=0.5)
        server.closing.set()
    assert caught.value.reason is Reason.TIMEOUT


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_form_goes_through_a_proxy_too(
    spool: Spool, picture: Picture, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    certificate = Path(__file__).with_name("certificate.pem")
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_tls.load_cert_chain(certificate)
    monkeypatch.setattr(wire, "tls_context", lambda: ssl.create_default_context(cafile=str(certificate)))
    got: list[bytes] = []

    def proxy(peer: socket.socket) -> None:
        if scheme == "http":
            got.append(read_request(peer))
            http(200, b"{}")(peer)
            return
        read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with server_tls.wrap_socket(peer, server_side=True) as inside:
            got.append(read_request(inside))
            http(200, b"{}")(inside)

    data = os.urandom(300_000)
    with serve(proxy, reads=False) as server:
        request = edit(MULTIPART, picture(data=data))
        call(request, f"{scheme}://images.example.com", spool, proxy=f"http://127.0.0.1:{server.port}")
    head, _, body = got[0].partition(b"\r\n\r\n")
    assert fields_of(head, body)[-1] == ("image[]", "reference-1.png", "image/png", data)


@pytest.mark.parametrize(("edits", "most"), [(MULTIPART, 16), (FLUX, 3)], ids=["form", "json"])
def test_references_of_fifty_megabytes_pass_through_a_few(
    spool: Spool, tmp_path: Path, measured: Measured, edits: Edits, most: int
) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    pictures = [PictureFile(path, "image/png", 50_000_000, f"reference-{i}.png") for i in range(1, most + 1)]
    received: list[int] = []

    def drain(peer: socket.socket) -> None:
        head, _, body = peer.recv(65_536).partition(b"\r\n\r\n")
        buffer = bytearray(1_000_000)
        received.append(int(head.lower().partition(b"content-length:")[2].split()[0]))
        left = received[0] - len(body)
        while left > 0:
            left -= peer.recv_into(buffer)
        http(200, b"{}")(peer)

    with serve(drain, reads=False) as server:
        call(edit(edits, *pictures), server.base_url, spool, deadline=60)
    peak, growth = measured()
    assert received[0] > most * (50_000_000 if edits.form == "multipart" else 66_000_000)
    assert peak < 4_000_000
    assert growth < 15_000_000
