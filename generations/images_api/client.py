"""Sends one request for images and keeps the answer as it came, or says how far the request got."""

import json
import ssl
import time
from collections.abc import Callable, Mapping

import httpcore
import httpx

from generations.images_api.cleaning import clean
from generations.images_api.errors import EndpointError, NotSent, Unanswered
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection, ImagesRequest
from generations.images_api.spool import Delivery, Head, Incoming, Spool
from generations.images_api.wire import WIRE_ERRORS, Deadline, exchange

USER_AGENT = "imagestudio"
_REQUEST_ID_HEADERS = ("x-request-id", "x-oneapi-request-id", "x-newapi-request-id", "request-id")
_KEPT_HEADERS = (
    "content-type",
    "content-encoding",
    "date",
    "retry-after",
    "retry-after-ms",
    "openai-processing-ms",
    "cf-ray",
    *_REQUEST_ID_HEADERS,
)
_HEADER_LIMIT = 500  # characters
_REQUEST_ID_LIMIT = 200  # characters


def send(
    request: ImagesRequest,
    connection: Connection,
    *,
    call_id: str,
    spool: Spool,
    on_sending: Callable[[], None],
) -> Delivery:
    """Make the call and return its complete answer, whatever it says.

    `on_sending` is called once, when the connection stands and just before the first byte of the request
    leaves. Raising from it sends nothing, and the exception comes out as it is. What fails before it is
    NotSent or SpoolFull, what fails after it is Unanswered.
    """
    if not connection.has_usable_key:
        raise NotSent.because(Reason.KEY_UNUSABLE)
    cap = request.answer_cap()
    spool.reserve(cap)
    departure = _Departure(on_sending)
    with spool.incoming(call_id) as incoming:
        try:
            return _exchange(request, connection, call_id, incoming, departure, cap)
        except WIRE_ERRORS as exc:
            if departure.happened:
                reason = (
                    Reason.TIMEOUT if isinstance(exc, httpcore.TimeoutException) else Reason.CONNECTION_LOST
                )
                raise Unanswered.because(reason, departure.answer) from exc
            raise NotSent.because(_hindrance(exc)) from exc


class _Departure:
    """Hears from httpcore what happens on the wire, and notes when the request leaves."""

    def __init__(self, on_sending: Callable[[], None]) -> None:
        self._on_sending = on_sending
        self.happened = False
        self.answer: EndpointError | None = None

    def __call__(self, event: str, info: Mapping[str, object]) -> None:
        if event != "http11.send_request_headers.started":
            return
        request = info["request"]
        # Asking a proxy for a tunnel is an HTTP request too, and carries nothing of ours.
        if isinstance(request, httpcore.Request) and request.method == b"CONNECT":
            return
        self._on_sending()
        self.happened = True


def _exchange(
    request: ImagesRequest,
    connection: Connection,
    call_id: str,
    incoming: Incoming,
    departure: _Departure,
    cap: int,
) -> Delivery:
    started = time.monotonic()
    with exchange(
        _post(request, connection, call_id),
        deadline=Deadline(connection.deadline),
        connect_timeout=connection.connect_timeout,
        trace=departure,
        proxy=connection.proxy,
    ) as response:
        headers = _kept_headers(response, connection)
        request_id = _request_id(headers)
        departure.answer = EndpointError(status=response.status_code, request_id=request_id)
        try:
            _receive(response, incoming, cap, departure.answer)
            return incoming.keep(
                Head(
                    status=response.status_code,
                    headers=headers,
                    request_id=request_id,
                    seconds=round(time.monotonic() - started, 3),
                    received_at=time.time(),
                )
            )
        except OSError as exc:
            # The disk, not the wire: httpcore has its own exceptions for that.
            raise Unanswered.because(Reason.SPOOL_FULL, departure.answer) from exc


def _post(request: ImagesRequest, connection: Connection, call_id: str) -> httpx.Request:
    headers = {
        "Authorization": f"Bearer {connection.api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        # A compressed answer can be a thousand times larger than what arrives.
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        # Some gateways do not charge twice for the same key; none is relied on.
        "Idempotency-Key": call_id,
        "X-Client-Request-Id": call_id,
    }
    body = json.dumps(request.payload()).encode()
    return httpx.Request("POST", connection.generations_url, headers=headers, content=body)


def _receive(response: httpx.Response, incoming: Incoming, cap: int, answer: EndpointError) -> None:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > cap:
        raise Unanswered.because(Reason.ANSWER_TOO_LARGE, answer)
    received = 0
    # Raw: as it is on the wire, so that nothing is ever inflated here.
    for piece in response.iter_raw():
        received += len(piece)
        if received > cap:
            raise Unanswered.because(Reason.ANSWER_TOO_LARGE, answer)
        incoming.write(piece)


def _kept_headers(response: httpx.Response, connection: Connection) -> dict[str, str]:
    return {
        name: clean(response.headers[name], secret=connection.api_key, limit=_HEADER_LIMIT)
        for name in _KEPT_HEADERS
        if name in response.headers
    }


def _request_id(headers: Mapping[str, str]) -> str:
    for name in _REQUEST_ID_HEADERS:
        if headers.get(name):
            return headers[name][:_REQUEST_ID_LIMIT]
    return ""


def _hindrance(exc: Exception) -> Reason:
    """Name what kept the request from leaving; before that, only a proxy is written to and read from."""
    if not isinstance(exc, httpcore.ConnectError | httpcore.ConnectTimeout | httpcore.UnsupportedProtocol):
        return Reason.PROXY_FAILED
    # The context, for httpcore's pool drops the cause.
    is_certificate = isinstance(exc.__context__, ssl.SSLCertVerificationError)
    return Reason.CERTIFICATE if is_certificate else Reason.UNREACHABLE
