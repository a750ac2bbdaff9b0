import gzip
import json
import socket
import ssl
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from generations.images_api import (
    Busy,
    Connection,
    ImagesError,
    ListedModel,
    NotSent,
    Reason,
    Rejected,
    Unanswered,
    Unreadable,
    list_models,
)
from tests.images_api.conftest import KEY
from tests.images_api.servers import Script, Server, http, say, serve

CERTIFICATE = Path(__file__).with_name("certificate.pem")
OPENAI = {
    "object": "list",
    "data": [
        {"id": "gpt-image-2", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": None},
        {"id": "gpt-image-1.5", "object": "model", "created": 1, "shutdown_date": "2026-12-01"},
        {"id": "gpt-5", "object": "model", "created": 1, "owned_by": "openai"},
    ],
}
NEW_API = {
    "success": True,
    "object": "list",
    "data": [
        {"id": "painter-9", "supported_endpoint_types": ["image-generation", "openai"]},
        {"id": "seedream-4", "supported_endpoint_types": ["openai"]},
        {"id": "image-embedder", "supported_endpoint_types": ["embeddings"]},
    ],
}
OLD_NEW_API = {"success": True, "data": [{"id": "dall-e-3", "permission": [], "root": "dall-e-3"}]}


def answer(body: object, status: int = 200) -> Script:
    return http(status, json.dumps(body).encode(), "Content-Type: application/json")


def listed(server: Server, *, deadline: float = 5.0) -> tuple[ListedModel, ...]:
    return list_models(Connection(server.base_url, KEY), deadline=deadline)


def failure(script: Script, **how: Any) -> ImagesError:
    with serve(script) as server, pytest.raises(ImagesError) as caught:
        listed(server, **how)
    return caught.value


def failure_at(base_url: str, key: str = KEY) -> ImagesError:
    with pytest.raises(ImagesError) as caught:
        list_models(Connection(base_url, key), deadline=5)
    return caught.value


def test_the_list_is_asked_for_with_the_key_and_nothing_that_costs() -> None:
    with serve(answer(OPENAI)) as server:
        listed(server)
    [request] = server.requests
    head = request.lower()
    assert request.startswith(b"GET /v1/models HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}".encode() in head
    assert b"accept-encoding: identity" in head
    assert request.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("body", "makes_images"),
    [
        (OPENAI, {"gpt-image-2", "gpt-image-1.5"}),
        (NEW_API, {"painter-9", "seedream-4"}),
        (OLD_NEW_API, {"dall-e-3"}),
    ],
)
def test_every_shape_of_list_is_read(body: dict[str, Any], makes_images: set[str]) -> None:
    with serve(answer(body)) as server:
        models = listed(server)
    assert [model.name for model in models] == [item["id"] for item in body["data"]]
    assert {model.name for model in models if model.makes_images} == makes_images


@pytest.mark.parametrize(
    ("name", "ends_on"),
    [
        ("dall-e-2", date(2026, 5, 12)),
        ("dall-e-3", date(2026, 5, 12)),
        ("gpt-image-1", date(2026, 10, 23)),
        ("gpt-image-2", None),
        ("gpt-4o-image", None),
    ],
)
def test_models_that_were_shut_down_are_known(name: str, ends_on: date | None) -> None:
    assert ListedModel(name).ends_on == ends_on


def test_the_endpoints_own_date_of_the_end_counts_first() -> None:
    with serve(answer(OPENAI)) as server:
        ends = {model.name: model.shutdown_date for model in listed(server)}
    assert ends == {"gpt-image-2": None, "gpt-image-1.5": date(2026, 12, 1), "gpt-5": None}


@pytest.mark.parametrize(
    "name", ["flux-pro", "imagen-4", "ideogram-v3", "recraftv3", "qwen-image", "Midjourney"]
)
def test_a_name_tells_that_a_model_makes_images(name: str) -> None:
    assert ListedModel(name).makes_images
    assert not ListedModel("gpt-5").makes_images


def test_what_is_no_model_is_left_out() -> None:
    odd = [
        {"id": "gpt-image-2"},
        {"id": "gpt-image-2"},
        {"id": ""},
        {"id": 7},
        {"id": "x" * 121},
        {"id": "line\nbreak"},
        {"id": f"key-{KEY}"},
        {"id": "flux", "supported_endpoint_types": [1, None], "shutdown_date": "soon"},
        {"name": "gpt-image-2"},
        "gpt-image-2",
        None,
    ]
    with serve(answer({"data": odd})) as server:
        assert [model.name for model in listed(server)] == ["gpt-image-2", "flux"]


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (301, Rejected, Reason.REDIRECTED),
        (308, Rejected, Reason.REDIRECTED),
        (400, Rejected, Reason.UNCLASSIFIED),
        (401, Rejected, Reason.BAD_KEY),
        (403, Rejected, Reason.ACCESS_DENIED),
        (404, Rejected, Reason.NOT_FOUND),
        (405, Rejected, Reason.NOT_FOUND),
        (429, Busy, Reason.RATE_LIMITED),
        (500, Rejected, Reason.SERVER_ERROR),
        (503, Rejected, Reason.SERVER_ERROR),
    ],
)
def test_a_no_is_named_by_its_status(status: int, kind: type[ImagesError], reason: Reason) -> None:
    failed = failure(answer({"error": {"message": f"no, {KEY}"}}, status))
    assert (type(failed), failed.reason) == (kind, reason)
    assert failed.endpoint is not None
    assert failed.endpoint.message == "no, [hidden]"


def test_a_redirect_is_not_followed() -> None:
    with serve(answer(OPENAI)) as elsewhere:
        failed = failure(http(302, b"", f"Location: {elsewhere.base_url}/models"))
        assert elsewhere.connections == 0
    assert failed.reason is Reason.REDIRECTED


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("无效的令牌", Reason.BAD_KEY),
        ("Unauthorized, invalid access token", Reason.BAD_KEY),
        ("Oh", Reason.UNCLASSIFIED),
    ],
)
def test_a_no_under_success_is_heard(words: str, reason: Reason) -> None:
    failed = failure(answer({"success": False, "message": words}))
    assert (type(failed), failed.reason) == (Rejected, reason)
    assert failed.endpoint is not None
    assert failed.endpoint.message == words


NO_LISTS = {
    "a page": (http(200, b"\n <!DOCTYPE html><html></html>"), Reason.WEB_PAGE),
    "a page for 404": (http(404, b"<html><body>nginx</body></html>"), Reason.WEB_PAGE),
    "words": (http(200, b"welcome"), Reason.NOT_A_MODELS_LIST),
    "nothing": (http(200, b""), Reason.NOT_A_MODELS_LIST),
    "a deep hole": (http(200, b"[" * 200_000), Reason.NOT_A_MODELS_LIST),
    "another object": (answer({"status": "ok"}), Reason.NOT_A_MODELS_LIST),
    "data that is no list": (answer({"data": {"id": "gpt-image-2"}}), Reason.NOT_A_MODELS_LIST),
    "compressed": (http(200, gzip.compress(b"{}"), "Content-Encoding: gzip"), Reason.ENCODED_BODY),
}


@pytest.mark.parametrize("what", NO_LISTS)
def test_what_is_no_list_is_named(what: str) -> None:
    script, reason = NO_LISTS[what]
    failed = failure(script)
    assert (type(failed), failed.reason) == (Unreadable, reason)


def test_an_endless_list_is_not_read_to_its_end() -> None:
    def endless(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.sendall(b" " * 65_536)

    assert failure(endless).reason is Reason.ANSWER_TOO_LARGE


def test_a_slow_endpoint_is_given_up() -> None:
    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.sendall(b" ")
            time.sleep(0.05)

    begun = time.monotonic()
    failed = failure(drip, deadline=0.5)
    assert time.monotonic() - begun < 3
    assert (type(failed), failed.reason) == (Unanswered, Reason.TIMEOUT)


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_broken_answer_is_a_lost_connection(said: bytes) -> None:
    failed = failure(say(said))
    assert (type(failed), failed.reason) == (Unanswered, Reason.CONNECTION_LOST)


def test_a_name_that_is_not_known_is_told_from_a_host_that_refuses() -> None:
    unknown = failure_at("https://no-such-host.invalid")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    refused = failure_at(f"http://127.0.0.1:{port}")
    assert (type(unknown), unknown.reason) == (NotSent, Reason.NAME_NOT_FOUND)
    assert (type(refused), refused.reason) == (NotSent, Reason.CONNECTION_REFUSED)


def test_a_certificate_that_is_not_trusted_gets_no_key() -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    with serve(answer(OPENAI), tls=tls) as server:
        failed = failure_at(server.base_url)
    assert (type(failed), failed.reason) == (NotSent, Reason.CERTIFICATE)
    assert server.requests == []


def test_a_server_without_tls_is_out_of_reach_by_https() -> None:
    with serve(answer(OPENAI), reads=False) as server:
        failed = failure_at(server.base_url.replace("http:", "https:"))
    assert (type(failed), failed.reason) == (NotSent, Reason.UNREACHABLE)


def test_nothing_is_asked_without_a_key() -> None:
    with serve(answer(OPENAI)) as server:
        failed = failure_at(server.base_url, key="")
    assert (failed.reason, server.connections) == (Reason.KEY_UNUSABLE, 0)
