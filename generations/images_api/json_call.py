"""One question whose answer is a small JSON object: read whole and judged, or said why there is none."""

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from generations.images_api.cleaning import clean
from generations.images_api.client import USER_AGENT
from generations.images_api.errors import (
    Busy,
    EndpointError,
    ImagesError,
    NotSent,
    Rejected,
    Unanswered,
    Unreadable,
)
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection
from generations.images_api.wire import WIRE_ERRORS, Deadline, NameNotFound, exchange

_MESSAGE_LIMIT = 500  # characters of the endpoint's own words
_NAME_LIMIT = 120  # characters of a code or of a parameter's name
_WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body)", re.IGNORECASE)
_ABOUT_THE_KEY = re.compile(r"\btoken\b|api.?key|unauthori[sz]ed|令牌|密钥", re.IGNORECASE)
# What is asked here is a place, not an image: what a 404 is for a picture is here a wrong base URL.
_BY_STATUS = {
    401: Reason.BAD_KEY,
    403: Reason.ACCESS_DENIED,
    404: Reason.NOT_FOUND,
    405: Reason.NOT_FOUND,
    410: Reason.NOT_FOUND,
    429: Reason.RATE_LIMITED,
}
_ALWAYS_TELL = frozenset({Reason.BAD_KEY, Reason.ACCESS_DENIED, Reason.RATE_LIMITED})


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """An answer that is neither an error nor a page; `parsed` is None where it is not JSON at all."""

    parsed: Any
    said: EndpointError


def ask(
    method: str,
    url: str,
    connection: Connection,
    *,
    deadline: float,
    largest: int,
    body: Mapping[str, Any] | None = None,
) -> JsonAnswer:
    """Ask for `url` with the connection's key, within `deadline` seconds and `largest` bytes of an answer.

    Raises NotSent, Unanswered, Rejected (Busy for a 429) or Unreadable.
    """
    if not connection.has_usable_key:
        raise NotSent.because(Reason.KEY_UNUSABLE)
    request = _request(method, url, key=connection.api_key, body=body)
    try:
        with exchange(
            request,
            deadline=Deadline(deadline),
            connect_timeout=min(connection.connect_timeout, deadline),
            proxy=connection.proxy,
        ) as response:
            return _judged(response, _body(response, largest), secret=connection.api_key)
    except WIRE_ERRORS as exc:
        raise _wire_error(exc) from exc


def _request(method: str, url: str, *, key: str, body: Mapping[str, Any] | None) -> httpx.Request:
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
    }
    if body is None:
        return httpx.Request(method, url, headers=headers)
    headers["Content-Type"] = "application/json"
    return httpx.Request(method, url, headers=headers, content=json.dumps(body).encode())


def _wire_error(exc: Exception) -> ImagesError:
    if isinstance(exc, httpcore.ConnectTimeout | httpcore.UnsupportedProtocol):
        return NotSent.because(Reason.UNREACHABLE)
    if isinstance(exc, NameNotFound):
        return NotSent.because(Reason.NAME_NOT_FOUND)
    if isinstance(exc, httpcore.ConnectError):
        return NotSent.because(_hindrance(exc.__context__))
    if isinstance(exc, httpcore.ProxyError):
        return NotSent.because(Reason.PROXY_FAILED)
    if isinstance(exc, httpcore.TimeoutException):
        return Unanswered("The endpoint did not answer in time.", reason=Reason.TIMEOUT)
    return Unanswered("The connection broke before the whole answer was here.", reason=Reason.CONNECTION_LOST)


def _hindrance(cause: BaseException | None) -> Reason:
    # The context, for httpcore's pool drops the cause.
    match cause:
        case ConnectionRefusedError():
            return Reason.CONNECTION_REFUSED
        case ssl.SSLCertVerificationError():
            return Reason.CERTIFICATE
        case _:
            return Reason.UNREACHABLE


def _body(response: httpx.Response, largest: int) -> bytes:
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Unreadable.because(Reason.ENCODED_BODY, EndpointError(status=response.status_code))
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > largest:
            raise Unreadable(
                "The answer is larger than any answer to this can be.",
                reason=Reason.ANSWER_TOO_LARGE,
                endpoint=EndpointError(status=response.status_code),
            )
    return bytes(body)


def _judged(response: httpx.Response, body: bytes, *, secret: str) -> JsonAnswer:
    parsed = _parsed(body)
    said = _said(parsed, status=response.status_code, secret=secret)
    if response.status_code >= 300:
        raise _rejection(said, is_page=_WEB_PAGE.match(body) is not None)
    if _WEB_PAGE.match(body):
        raise Unreadable.because(Reason.WEB_PAGE, said)
    if isinstance(parsed, dict) and (parsed.get("success") is False or parsed.get("error")):
        # Gateways say no under status 200, in words only.
        about_the_key = _ABOUT_THE_KEY.search(said.message) is not None
        raise Rejected.because(Reason.BAD_KEY if about_the_key else Reason.UNCLASSIFIED, said)
    return JsonAnswer(parsed, said)


def _rejection(said: EndpointError, *, is_page: bool) -> ImagesError:
    status = said.status or 0
    reason = _BY_STATUS.get(status, Reason.UNCLASSIFIED)
    if 300 <= status < 400:
        reason = Reason.REDIRECTED
    elif status >= 500:
        reason = Reason.SERVER_ERROR
    elif is_page and reason not in _ALWAYS_TELL:
        return Unreadable.because(Reason.WEB_PAGE, said)
    kind = Busy if reason is Reason.RATE_LIMITED else Rejected
    return kind.because(reason, said)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _said(parsed: Any, *, status: int, secret: str) -> EndpointError:
    """Return the endpoint's own words, wherever this kind of gateway puts them."""
    error = parsed.get("error") if isinstance(parsed, dict) else None
    within = error if isinstance(error, dict) else {}
    words = within.get("message") if within else error or (isinstance(parsed, dict) and parsed.get("message"))

    def cleaned(value: object, limit: int) -> str:
        return clean(value, secret=secret, limit=limit) if isinstance(value, str) else ""

    return EndpointError(
        status=status,
        code=cleaned(within.get("code"), _NAME_LIMIT),
        message=cleaned(words, _MESSAGE_LIMIT),
        param=cleaned(within.get("param"), _NAME_LIMIT),
    )
