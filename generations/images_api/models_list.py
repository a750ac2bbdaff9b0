"""Asks an endpoint which models it sells, which costs nothing, or says why it does not tell."""

import json
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
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
from generations.images_api.families import family_of
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection
from generations.images_api.wire import WIRE_ERRORS, Deadline, NameNotFound, exchange

_LARGEST = 5_000_000  # bytes; a gateway with a thousand models sends a fifth of it
_NAME_LIMIT = 120  # characters of a model's name
_MESSAGE_LIMIT = 500  # characters of the endpoint's own words
_WEB_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body)", re.IGNORECASE)
_ABOUT_THE_KEY = re.compile(r"token|api.?key|unauthori[sz]ed|令牌|密钥", re.IGNORECASE)
# The list speaks of a place, not of images: what a 404 is for a picture is here a wrong base URL.
_BY_STATUS = {
    401: Reason.BAD_KEY,
    403: Reason.ACCESS_DENIED,
    404: Reason.NOT_FOUND,
    405: Reason.NOT_FOUND,
    410: Reason.NOT_FOUND,
    429: Reason.RATE_LIMITED,
}
_ALWAYS_TELL = frozenset({Reason.BAD_KEY, Reason.ACCESS_DENIED, Reason.RATE_LIMITED})
_SLOW = "The endpoint did not answer in time."
_IMAGE_WORDS = ("flux", "seedream", "imagen", "ideogram", "recraft", "midjourney", "nano-banana", "image")
_NO_IMAGES = frozenset({"embeddings", "jina-rerank", "openai-video"})


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model as the endpoint lists it."""

    name: str
    endpoint_types: tuple[str, ...] = ()  # what gateways say that it serves; empty when they do not say
    shutdown_date: date | None = None

    @property
    def makes_images(self) -> bool:
        """By the endpoint's own word, or by the name: gateways forget to say it of new models."""
        if "image-generation" in self.endpoint_types:
            return True
        if self.endpoint_types and _NO_IMAGES.issuperset(self.endpoint_types):
            return False
        known = family_of(self.name).name != "unknown"
        return known or any(word in self.name.lower() for word in _IMAGE_WORDS)

    @property
    def ends_on(self) -> date | None:
        """The day on which its maker retires it or did; gateways may keep a name alive with another model."""
        return self.shutdown_date or family_of(self.name).retired


def list_models(connection: Connection, *, deadline: float = 10.0) -> tuple[ListedModel, ...]:
    """Ask for the list of models; raises NotSent, Unanswered, Rejected or Unreadable."""
    if not connection.has_usable_key:
        raise NotSent.because(Reason.KEY_UNUSABLE)
    try:
        with exchange(
            _get(connection),
            deadline=Deadline(deadline),
            connect_timeout=min(connection.connect_timeout, deadline),
            proxy=connection.proxy,
        ) as response:
            return _read(response, _body(response), secret=connection.api_key)
    except WIRE_ERRORS as exc:
        raise _wire_error(exc) from exc


def _get(connection: Connection) -> httpx.Request:
    headers = {
        "Authorization": f"Bearer {connection.api_key}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
    }
    return httpx.Request("GET", connection.models_url, headers=headers)


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
        return Unanswered(_SLOW, reason=Reason.TIMEOUT)
    return Unanswered("The connection broke before the list was here.", reason=Reason.CONNECTION_LOST)


def _hindrance(cause: BaseException | None) -> Reason:
    # The context, for httpcore's pool drops the cause.
    match cause:
        case ConnectionRefusedError():
            return Reason.CONNECTION_REFUSED
        case ssl.SSLCertVerificationError():
            return Reason.CERTIFICATE
        case _:
            return Reason.UNREACHABLE


def _body(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Unreadable.because(Reason.ENCODED_BODY, EndpointError(status=response.status_code))
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > _LARGEST:
            raise Unreadable(
                "The list of models is larger than any list can be.",
                reason=Reason.ANSWER_TOO_LARGE,
                endpoint=EndpointError(status=response.status_code),
            )
    return bytes(body)


def _read(response: httpx.Response, body: bytes, *, secret: str) -> tuple[ListedModel, ...]:
    status = response.status_code
    parsed = _parsed(body)
    said = EndpointError(status=status, message=_message(parsed, secret=secret))
    if status >= 300:
        raise _rejection(said, is_page=_WEB_PAGE.match(body) is not None)
    if _WEB_PAGE.match(body):
        raise Unreadable.because(Reason.WEB_PAGE, said)
    data = parsed.get("data") if isinstance(parsed, dict) else None
    if isinstance(parsed, dict) and (parsed.get("success") is False or parsed.get("error")):
        # Gateways say no under status 200, in words only.
        about_the_key = _ABOUT_THE_KEY.search(said.message) is not None
        raise Rejected.because(Reason.BAD_KEY if about_the_key else Reason.UNCLASSIFIED, said)
    if not isinstance(data, list):
        raise Unreadable.because(Reason.NOT_A_MODELS_LIST, said)
    # An id twice is one model: gateways list a model once for each channel.
    return tuple({model.name: model for model in _models(data, secret=secret)}.values())


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


def _message(parsed: Any, *, secret: str) -> str:
    if not isinstance(parsed, dict):
        return ""
    error = parsed.get("error")
    words = error.get("message") if isinstance(error, dict) else error or parsed.get("message")
    return clean(words, secret=secret, limit=_MESSAGE_LIMIT) if isinstance(words, str) else ""


def _models(data: list[Any], *, secret: str) -> Iterator[ListedModel]:
    for item in data:
        name = item.get("id") if isinstance(item, dict) else None
        # A name that has to be cleaned or cut is none that could be asked for.
        if not isinstance(name, str) or not name or name != clean(name, secret=secret, limit=_NAME_LIMIT):
            continue
        types = item.get("supported_endpoint_types")
        yield ListedModel(
            name=name,
            endpoint_types=tuple(kind for kind in types if isinstance(kind, str))
            if isinstance(types, list)
            else (),
            shutdown_date=_date(item.get("shutdown_date")),
        )


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
