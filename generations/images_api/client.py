"""Sends one request for images and keeps the answer as it came, or says how far the request got."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import httpcore
import httpx

from generations.images_api.bodies import Body, open_body
from generations.images_api.cleaning import clean
from generations.images_api.errors import EndpointError, NotSent, Unanswered
from generations.images_api.event_stream import read_event_stream
from generations.images_api.json_spans import Document
from generations.images_api.partial_images import Developing, OnPartial, showing
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
    on_partial: OnPartial | None = None,
) -> Delivery:
    """Make the call and return its complete answer, whatever it says.

    `on_sending` is called once, when the connection stands and just before the first byte of the request
    leaves. Raising from it sends nothing, and the exception comes out as it is. What fails before it is
    NotSent or SpoolFull, what fails after it is Unanswered: but of a stream of events the images that were
    whole before it broke are an answer, for they are paid for.

    `on_partial` is shown the partial images of a stream while it arrives, in a thread of its own: neither
    what it raises nor how long it takes reaches the call. It may still run for a moment afterwards.
    """
    if not connection.has_usable_key:
        raise NotSent.because(Reason.KEY_UNUSABLE)
    cap = request.answer_cap()
    spool.reserve(cap)
    departure = _Departure(on_sending)
    with (
        open_body(request) as body,
        spool.incoming(call_id) as incoming,
        showing(on_partial) as developing,
    ):
        arrival = _Arrival(incoming, cap, developing)
        try:
            return _exchange(_post(request, connection, call_id, body), connection, departure, arrival)
        except WIRE_ERRORS as exc:
            if not departure.happened:
                raise NotSent.because(_hindrance(exc)) from exc
            kept = arrival.rescued()
            if kept is not None:
                return kept
            reason = Reason.TIMEOUT if isinstance(exc, httpcore.TimeoutException) else Reason.CONNECTION_LOST
            raise Unanswered.because(reason, arrival.answer) from exc


class _Departure:
    """Hears from httpcore what happens on the wire, and notes when the request leaves."""

    def __init__(self, on_sending: Callable[[], None]) -> None:
        self._on_sending = on_sending
        self.happened = False

    def __call__(self, event: str, info: Mapping[str, object]) -> None:
        if event != "http11.send_request_headers.started":
            return
        request = info["request"]
        # Asking a proxy for a tunnel is an HTTP request too, and carries nothing of ours.
        if isinstance(request, httpcore.Request) and request.method == b"CONNECT":
            return
        self._on_sending()
        self.happened = True


class _Arrival:
    """Takes an answer in, up to so many bytes."""

    def __init__(self, incoming: Incoming, cap: int, developing: Developing | None) -> None:
        self._incoming = incoming
        self._cap = cap
        self._developing = developing
        self._started = time.monotonic()
        self._head: Head | None = None
        self.answer: EndpointError | None = None

    def take(self, response: httpx.Response, connection: Connection) -> Delivery:
        headers = _kept_headers(response, connection)
        request_id = _request_id(headers)
        self.answer = EndpointError(status=response.status_code, request_id=request_id)
        self._head = Head(
            status=response.status_code, headers=headers, request_id=request_id, seconds=0, received_at=0
        )
        try:
            self._receive(response, self.answer)
            return self._kept(self._head)
        except OSError as exc:
            # The disk, not the wire: httpcore has its own exceptions for that.
            raise Unanswered.because(Reason.SPOOL_FULL, self.answer) from exc

    def rescued(self) -> Delivery | None:
        """Keep a stream that broke behind a whole image."""
        if self._head is None or not _is_event_stream(self._head.headers):
            return None
        if not 200 <= self._head.status < 300:
            return None
        try:
            with Document(self._incoming.path) as document:
                has_images = bool(read_event_stream(document).results)
            return self._kept(replace(self._head, is_cut=True)) if has_images else None
        except OSError:
            return None

    def _receive(self, response: httpx.Response, answer: EndpointError) -> None:
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._cap:
            raise Unanswered.because(Reason.ANSWER_TOO_LARGE, answer)
        developing = self._developing if _is_event_stream(response.headers) else None
        received = 0
        # Raw: as it is on the wire, so that nothing is ever inflated here.
        for piece in response.iter_raw():
            received += len(piece)
            if received > self._cap:
                raise Unanswered.because(Reason.ANSWER_TOO_LARGE, answer)
            self._incoming.write(piece)
            if developing is not None:
                developing.feed(piece)

    def _kept(self, head: Head) -> Delivery:
        seconds = round(time.monotonic() - self._started, 3)
        return self._incoming.keep(replace(head, seconds=seconds, received_at=time.time()))


def _exchange(
    request: httpx.Request, connection: Connection, departure: _Departure, arrival: _Arrival
) -> Delivery:
    with exchange(
        request,
        deadline=Deadline(connection.deadline),
        connect_timeout=connection.connect_timeout,
        trace=departure,
        proxy=connection.proxy,
    ) as response:
        return arrival.take(response, connection)


def _post(request: ImagesRequest, connection: Connection, call_id: str, body: Body) -> httpx.Request:
    streams = request.partial_images is not None
    headers = {
        "Authorization": f"Bearer {connection.api_key}",
        "Content-Type": body.content_type,
        "Content-Length": str(body.length),
        "Accept": "text/event-stream, application/json" if streams else "application/json",
        # A compressed answer can be a thousand times larger than what arrives.
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        # Some gateways do not charge twice for the same key; none is relied on.
        "Idempotency-Key": call_id,
        "X-Client-Request-Id": call_id,
    }
    return httpx.Request("POST", connection.images_url(request.path), headers=headers, content=body)


def _is_event_stream(headers: Mapping[str, str]) -> bool:
    is_plain = headers.get("content-encoding", "identity").strip().lower() in ("", "identity")
    return (
        is_plain and headers.get("content-type", "").partition(";")[0].strip().lower() == "text/event-stream"
    )


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
