import errno
import gzip
import json
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import httpcore
import pytest

from generations.images_api import (
    Connection,
    Delivery,
    ImagesRequest,
    NotSent,
    Reason,
    Spool,
    Unanswered,
    send,
    wire,
)
from tests.images_api.conftest import CALL, KEY
from tests.images_api.servers import Script, http, read_request, say, serve

ASKED = ImagesRequest(model="gpt-image-2", prompt="画一只猫 \ud83d", size="1024x1024")
CERTIFICATE = Path(__file__).with_name("certificate.pem")
SERVER_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
SERVER_TLS.load_cert_chain(CERTIFICATE)


def nothing() -> None:
    pass


def call(
    base_url: str,
    spool: Spool,
    *,
    deadline: float = 5.0,
    on_sending: Callable[[], None] = nothing,
    proxy: str | None = None,
    connect_timeout: float = 5.0,
) -> Delivery:
    connection = Connection(base_url, KEY, deadline, connect_timeout, proxy)
    return send(ASKED, connection, call_id=CALL, spool=spool, on_sending=on_sending)


@pytest.fixture
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "tls_context", lambda: ssl.create_default_context(cafile=str(CERTIFICATE)))


def test_the_answer_is_kept_as_it_came(spool: Spool) -> None:
    headers = ("X-Request-Id: req_1", "Content-Type: application/json", "Set-Cookie: a=b")
    with serve(http(200, b' {"data": []}', *headers)) as server:
        delivery = call(server.base_url, spool)
    assert delivery == spool.load(CALL)
    assert (delivery.status, delivery.request_id, delivery.body_bytes) == (200, "req_1", 13)
    assert delivery.body.read_bytes() == b' {"data": []}'
    assert delivery.headers == {"content-type": "application/json", "x-request-id": "req_1"}


def test_the_request_bears_the_key_and_the_calls_id(spool: Spool) -> None:
    with serve(http(200)) as server:
        call(server.base_url, spool)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    line, *headers = head.decode().split("\r\n")
    sent = dict(header.lower().split(": ", 1) for header in headers)
    assert line == "POST /v1/images/generations HTTP/1.1"
    assert sent["authorization"] == f"bearer {KEY}"
    assert sent["idempotency-key"] == sent["x-client-request-id"] == CALL
    assert (sent["accept-encoding"], sent["content-type"]) == ("identity", "application/json")
    assert json.loads(body) == ASKED.payload()


def test_the_intent_is_told_when_the_connection_stands_and_before_a_byte_leaves(spool: Spool) -> None:
    early: list[bytes] = []
    looked = threading.Event()

    def script(peer: socket.socket) -> None:
        peer.settimeout(0.1)
        try:
            early.append(peer.recv(1))
        except TimeoutError:
            looked.set()
        peer.settimeout(5)
        read_request(peer)
        http(200, b"{}")(peer)

    told: list[bool] = []
    with serve(script, reads=False) as server:
        call(server.base_url, spool, on_sending=lambda: told.append(looked.wait(5)))
    assert (told, early) == ([True], [])


class OutOfOrder(TimeoutError):
    """An error of the kind that networks raise, coming from somewhere else."""


def test_an_intent_that_cannot_be_told_sends_nothing(spool: Spool, tmp_path: Path) -> None:
    received: queue.Queue[bytes] = queue.Queue()

    def fail() -> None:
        raise OutOfOrder

    with serve(lambda peer: received.put(peer.recv(1)), reads=False) as server:
        with pytest.raises(OutOfOrder):
            call(server.base_url, spool, on_sending=fail)
        assert received.get(timeout=5) == b""
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_key_that_cannot_be_sent_is_not(spool: Spool) -> None:
    with pytest.raises(NotSent) as caught:
        send(ASKED, Connection("http://127.0.0.1:1", "a\r\nb"), call_id=CALL, spool=spool, on_sending=nothing)
    assert (caught.value.reason, caught.value.repeatable) == (Reason.KEY_UNUSABLE, False)


def test_an_answered_call_is_not_made_again(spool: Spool) -> None:
    with serve(http(200)) as server:
        call(server.base_url, spool)
        with pytest.raises(FileExistsError):
            call(server.base_url, spool, on_sending=pytest.fail)
    assert server.connections == 1


# What fails before the request leaves.


def not_sent(base_url: str, spool: Spool, *, proxy: str | None = None) -> NotSent:
    with pytest.raises(NotSent) as caught:
        call(base_url, spool, proxy=proxy, connect_timeout=0.5, on_sending=pytest.fail)
    return caught.value


def test_a_refused_connection_is_not_sent(spool: Spool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = not_sent(f"http://127.0.0.1:{port}", spool)
    assert (error.reason, error.repeatable) == (Reason.UNREACHABLE, True)


@pytest.mark.parametrize("problem", [socket.gaierror(-2, "unknown"), UnicodeError("label too long")])
def test_an_unknown_name_is_not_sent(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def fail(host: str, port: int) -> list[str]:
        raise problem

    monkeypatch.setattr(wire, "look_up", fail)
    assert not_sent("http://images.example.com", spool).reason is Reason.UNREACHABLE


def test_a_look_up_that_hangs_ends_with_the_connect_timeout(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        hanging.wait(20)
        return ["127.0.0.1"]

    monkeypatch.setattr(wire, "look_up", hang)
    connection = Connection("http://images.example.com", KEY, connect_timeout=0.1)
    started = time.monotonic()
    with pytest.raises(NotSent) as caught:
        send(ASKED, connection, call_id=CALL, spool=spool, on_sending=pytest.fail)
    hanging.set()
    assert caught.value.reason is Reason.UNREACHABLE
    assert time.monotonic() - started < 2


def test_the_next_address_is_tried_when_the_first_refuses(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "look_up", lambda host, port: ["127.0.0.2", "127.0.0.1"])
    with serve(http(200)) as server:
        assert call(f"http://images.example.com:{server.port}", spool).status == 200


def test_a_certificate_that_is_not_trusted_is_not_sent_and_not_repeated(spool: Spool) -> None:
    with serve(http(200), tls=SERVER_TLS) as server:
        error = not_sent(server.base_url, spool)
    assert (error.reason, error.repeatable, server.requests) == (Reason.CERTIFICATE, False, [])


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_for_another_name_is_not_trusted(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "look_up", lambda host, port: ["127.0.0.1"])
    with serve(http(200), tls=SERVER_TLS) as server:
        error = not_sent(f"https://other.example.com:{server.port}", spool)
    assert error.reason is Reason.CERTIFICATE


@pytest.mark.parametrize("script", [say(b"this is not TLS"), say()], ids=["other protocol", "hang up"])
def test_a_failed_handshake_is_not_sent(spool: Spool, script: Script) -> None:
    with serve(script, reads=False) as server:
        error = not_sent(f"https://127.0.0.1:{server.port}", spool)
    assert (error.reason, error.repeatable) == (Reason.UNREACHABLE, True)


def drip(parts: Iterable[bytes]) -> Script:
    def script(peer: socket.socket) -> None:
        for part in parts:
            peer.sendall(part)
            time.sleep(0.02)

    return script


def wait_for_hanging_up(peer: socket.socket) -> None:
    peer.recv(1)


@pytest.mark.parametrize(
    "script",
    [
        http(407),
        http(502),
        say(),
        say(b"nonsense\r\n\r\n"),
        wait_for_hanging_up,
        drip([b"HTTP/1.1 200 OK\r\n", *[b"X: 1\r\n"] * 500]),
    ],
    ids=["password", "no way", "hang up", "nonsense", "silence", "drip"],
)
def test_a_proxy_that_does_not_let_us_through_is_not_sent(spool: Spool, script: Script) -> None:
    started = time.monotonic()
    with serve(script) as proxy:
        error = not_sent("https://images.example.com", spool, proxy=f"http://127.0.0.1:{proxy.port}")
        assert time.monotonic() - started < 5
    assert (error.reason, error.repeatable) == (Reason.PROXY_FAILED, True)
    assert KEY.encode() not in b"".join(proxy.requests)


@pytest.mark.parametrize("script", [wait_for_hanging_up, drip([b"\x16\x03\x03\x0f\xff", *[b"\0"] * 500])])
def test_a_handshake_that_hangs_ends_with_the_connect_timeout(spool: Spool, script: Script) -> None:
    started = time.monotonic()
    with serve(script, reads=False) as server:
        server.scheme = "https"
        connection = Connection(server.base_url, KEY, connect_timeout=0.3)
        with pytest.raises(NotSent):
            send(ASKED, connection, call_id=CALL, spool=spool, on_sending=pytest.fail)
        assert time.monotonic() - started < 5


@pytest.mark.usefixtures("_trusted")
def test_asking_the_proxy_for_a_tunnel_is_not_sending(spool: Spool) -> None:
    asked: list[bytes] = []

    def tunnel(peer: socket.socket) -> None:
        asked.append(read_request(peer))
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with SERVER_TLS.wrap_socket(peer, server_side=True) as inside:
            asked.append(read_request(inside))
            http(200, b"{}")(inside)

    told: list[int] = []
    with serve(tunnel, reads=False) as proxy:
        call(
            "https://images.example.com",
            spool,
            proxy=f"http://127.0.0.1:{proxy.port}",
            on_sending=lambda: told.append(len(asked)),
        )
    assert told == [1]
    assert [line.split()[0] for line in asked] == [b"CONNECT", b"POST"]
    assert KEY.encode() not in asked[0]


def test_proxies_of_the_environment_are_ignored(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serve(http(200)) as server:
        assert call(server.base_url, spool).status == 200


# What fails after it.


def unanswered(base_url: str, spool: Spool, *, deadline: float = 5.0) -> Unanswered:
    told: list[int] = []
    with pytest.raises(Unanswered) as caught:
        call(base_url, spool, deadline=deadline, on_sending=lambda: told.append(1))
    assert told == [1]
    assert spool.load(CALL) is None
    return caught.value


@pytest.mark.parametrize(
    "script",
    [
        say(),
        say(b"HTTP/1.1 200 OK\r\nContent-Le"),
        say(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data": [{"b64_json": "iVBOR'),
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}   \r\n"),
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
        say(b"SSH-2.0-OpenSSH_9.6\r\n"),
        say(b"HTTP/1.1 200 OK\r\nX-Huge: " + b"x" * 200_000 + b"\r\nContent-Length: 2\r\n\r\n{}"),
    ],
    ids=["nothing", "half a head", "half a body", "half the chunks", "bad chunks", "no http", "huge head"],
)
def test_without_a_complete_answer_the_call_is_unanswered(spool: Spool, script: Script) -> None:
    with serve(script) as server:
        assert unanswered(server.base_url, spool).reason is Reason.CONNECTION_LOST
    assert server.connections == 1


def test_a_reset_after_the_request_is_unanswered(spool: Spool) -> None:
    def reset(peer: socket.socket) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with serve(reset) as server:
        assert unanswered(server.base_url, spool).reason is Reason.CONNECTION_LOST


@pytest.mark.parametrize(
    "script",
    [
        drip([b"HTTP/1.1 200 OK\r\n", *[b"X-Slow: 1\r\n"] * 500]),
        drip([b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", *[b" "] * 500]),
        drip([b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 500),
        drip([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 500]),
        wait_for_hanging_up,
    ],
    ids=["head", "body", "early hints", "chunks", "silence"],
)
def test_a_server_that_drips_is_left_at_the_deadline(spool: Spool, script: Script) -> None:
    started = time.monotonic()
    with serve(script) as server:
        error = unanswered(server.base_url, spool, deadline=0.3)
        assert time.monotonic() - started < 5
    assert error.reason is Reason.TIMEOUT


@pytest.mark.usefixtures("_trusted")
def test_a_server_that_drips_over_tls_is_left_at_the_deadline(spool: Spool) -> None:
    started = time.monotonic()
    with serve(drip([b"HTTP/1.1 200 OK\r\n", *[b"X: 1\r\n"] * 500]), tls=SERVER_TLS) as server:
        assert unanswered(server.base_url, spool, deadline=0.3).reason is Reason.TIMEOUT
        assert time.monotonic() - started < 5


def test_a_cut_answer_tells_the_request_id_that_it_began_with(spool: Spool) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-Oneapi-Request-Id: 2026\r\nContent-Length: 9\r\n\r\n{"
    with serve(say(head)) as server:
        endpoint = unanswered(server.base_url, spool).endpoint
    assert endpoint is not None
    assert (endpoint.status, endpoint.request_id) == (200, "2026")


def test_an_answer_that_announces_too_much_is_not_read(spool: Spool) -> None:
    with serve(say(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")) as server:
        assert unanswered(server.base_url, spool).reason is Reason.ANSWER_TOO_LARGE


def test_an_answer_that_grows_too_large_is_left(spool: Spool) -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    with serve(say(head, *[b" " * 1_000_000] * 9)) as server:
        assert unanswered(server.base_url, spool).reason is Reason.ANSWER_TOO_LARGE


def test_a_disk_that_fills_up_meanwhile_leaves_the_call_unanswered(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with serve(http(200, b"{}")) as server:
        monkeypatch.setattr(os, "write", full)
        assert unanswered(server.base_url, spool).reason is Reason.SPOOL_FULL


# What is an answer, however odd.


def test_a_redirect_is_an_answer_and_nobody_else_hears_the_key(spool: Spool) -> None:
    with (
        serve(http(200)) as other,
        serve(http(307, b"", f"Location: http://127.0.0.1:{other.port}/v1")) as server,
    ):
        assert call(server.base_url, spool).status == 307
    assert (server.connections, other.connections) == (1, 0)


def test_a_compressed_answer_is_kept_as_it_came(spool: Spool) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    with serve(http(200, bomb, "Content-Encoding: gzip")) as server:
        delivery = call(server.base_url, spool)
    assert delivery.body.read_bytes() == bomb
    assert delivery.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "script",
    [
        say(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        ),
        say(b"HTTP/1.1 200 OK\r\n", b"Set-Cookie: a=b\r\n" * 1_000, b"Content-Length: 2\r\n\r\n{}"),
        say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n"),
        say(b"HTTP/1.0 200 OK\r\n\r\n{}"),
    ],
    ids=["informational", "cookies", "trailers", "until close"],
)
def test_what_http_allows_is_understood(spool: Spool, script: Script) -> None:
    with serve(script) as server:
        assert call(server.base_url, spool).body.read_bytes() == b"{}"


def test_a_key_in_a_header_of_the_answer_is_not_kept(spool: Spool, tmp_path: Path) -> None:
    with serve(http(401, b"{}", f"X-Request-Id: {KEY}")) as server:
        call(server.base_url, spool)
    assert KEY not in (tmp_path / "spool" / f"{CALL}.head").read_text()


def test_a_silent_connection_is_kept_alive() -> None:
    with serve(say(), reads=False) as server:
        backend = wire._BoundedBackend(wire.Deadline(5), list, wire.look_up, waits_for_tls=False)
        stream = backend.connect_tcp("127.0.0.1", server.port, 5)
        peer = stream.get_extra_info("socket")
        assert isinstance(peer, socket.socket)
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        stream.close()


def test_every_error_of_the_library_below_is_known() -> None:
    below = [
        kind for kind in vars(httpcore).values() if isinstance(kind, type) and issubclass(kind, Exception)
    ]
    # This one is how the pool talks to itself.
    below.remove(httpcore.ConnectionNotAvailable)
    assert all(issubclass(kind, wire.WIRE_ERRORS) for kind in below)
