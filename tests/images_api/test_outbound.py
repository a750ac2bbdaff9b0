import gzip
import socket
import time
from collections.abc import Callable

import pytest

from generations.images_api import Connection, NotRetrievable, Reason
from generations.images_api.addresses import is_public
from generations.images_api.outbound import fetch
from tests.images_api.conftest import KEY
from tests.images_api.servers import Script, http, say, serve

ELSEWHERE = Connection("https://images.example.com", KEY)


def fetched(
    link: str,
    *,
    connection: Connection = ELSEWHERE,
    resolver: Callable[[str, int], list[str]] | None = None,
    deadline: float = 5.0,
    largest: int = 1_000,
) -> bytes:
    pieces: list[bytes] = []
    fetch(
        link,
        connection=connection,
        write=pieces.append,
        resolver=resolver,
        deadline=deadline,
        largest=largest,
    )
    return b"".join(pieces)


def failure(link: str, **how: object) -> NotRetrievable:
    with pytest.raises(NotRetrievable) as caught:
        fetched(link, **how)  # type: ignore[arg-type] # passed on as it came
    return caught.value


# PORT is where a server listens on this machine, to which none of these may lead.
SPELLINGS = [
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.255.255.254/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::1]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://user@8.8.8.8/",
    "http://user:password@8.8.8.8/",
    "http://8.8.8.8@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#@8.8.8.8/",
    "http://127.0.0.1:PORT?@8.8.8.8/",
    "http://127.0.0.1:PORT/\r\nHost: 8.8.8.8",
    "http://127.0.0.1\t:PORT/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://8.8.8.8:22/",
    "http://8.8.8.8:6379/",
    "https://8.8.8.8:8443/",
    "http:///",
    "http://",
    "http:127.0.0.1",
    "//127.0.0.1/",
    "file:///etc/passwd",
    "ftp://8.8.8.8/",
    "gopher://127.0.0.1:PORT/",
    "data:text/html,x",
    "unix:///var/run/docker.sock",
    "http://[::1",
    "http://8.8.8.8:99999/",
    "",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_an_inner_address_is_fetched(spelling: str) -> None:
    with serve(http(200, b"secret"), reads=False) as sink:
        error = failure(spelling.replace("PORT", str(sink.port)))
    assert (error.reason, error.repeatable) == (Reason.FORBIDDEN_ADDRESS, False)
    assert sink.connections == 0


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["2001:4860:4860::8888", "::1"], ["fe80::1%lo"], ["nonsense"]],
)
def test_a_name_is_judged_by_every_address_it_has(answers: list[str]) -> None:
    error = failure("http://cdn.example.com/", resolver=lambda host, port: answers)
    assert error.reason is Reason.FORBIDDEN_ADDRESS


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_mind() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    assert failure("http://cdn.example.com/", resolver=rebinding).reason is Reason.FORBIDDEN_ADDRESS
    assert asked == ["cdn.example.com"]


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2001:4860:4860::8888", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_the_endpoints_own_origin_is_exempt_and_sees_its_name_but_no_key() -> None:
    with serve(http(200, b"image")) as server:
        own = Connection(f"http://gateway.example.com:{server.port}", KEY)
        link = f"http://gateway.example.com:{server.port}/files/1.png"
        assert fetched(link, connection=own, resolver=lambda host, port: ["127.0.0.1"]) == b"image"
    assert f"host: gateway.example.com:{server.port}".encode() in server.requests[0].lower()
    assert KEY.encode() not in server.requests[0]


@pytest.mark.parametrize("link", ["http://localhost:PORT/", "https://127.0.0.1:PORT/", "http://127.0.0.1/"])
def test_only_the_very_same_origin_is_exempt(link: str) -> None:
    with serve(http(200, b"secret")) as server:
        own = Connection(server.base_url, KEY)
        error = failure(link.replace("PORT", str(server.port)), connection=own)
    assert (error.reason, server.connections) == (Reason.FORBIDDEN_ADDRESS, 0)


@pytest.mark.parametrize(
    ("script", "reason", "repeatable"),
    [
        (http(404), Reason.IMAGE_NOT_RETRIEVABLE, True),
        (http(503), Reason.IMAGE_NOT_RETRIEVABLE, True),
        (http(403), Reason.IMAGE_NOT_RETRIEVABLE, False),
        (http(206, b"half"), Reason.IMAGE_NOT_RETRIEVABLE, False),
        (http(302, b"", "Location: http://169.254.169.254/"), Reason.IMAGE_NOT_RETRIEVABLE, False),
        (say(), Reason.IMAGE_NOT_RETRIEVABLE, True),
        (say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Reason.IMAGE_NOT_RETRIEVABLE, True),
        (say(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n"), Reason.ANSWER_TOO_LARGE, False),
        (say(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000), Reason.ANSWER_TOO_LARGE, False),
        (http(200, gzip.compress(b"x"), "Content-Encoding: gzip"), Reason.ENCODED_BODY, False),
    ],
    ids=[
        "expired or late",
        "server error",
        "forbidden",
        "half of it",
        "redirect",
        "hang up",
        "cut",
        "announced too large",
        "too large",
        "compressed",
    ],
)
def test_a_link_that_does_not_bring_an_image_is_an_error(
    script: Script, reason: Reason, repeatable: bool
) -> None:
    with serve(script) as server:
        own = Connection(server.base_url, KEY)
        error = failure(f"http://127.0.0.1:{server.port}/", connection=own)
    assert (error.reason, error.repeatable, server.connections) == (reason, repeatable, 1)


def test_a_link_that_drips_is_left_at_the_deadline() -> None:
    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(500):
            peer.sendall(b"x")
            time.sleep(0.02)

    started = time.monotonic()
    with serve(drip) as server:
        own = Connection(server.base_url, KEY)
        error = failure(f"http://127.0.0.1:{server.port}/", connection=own, deadline=0.2)
        assert time.monotonic() - started < 5
    assert error.repeatable
