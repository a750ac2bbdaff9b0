"""The one door through which links in an answer are fetched; they are from outside, and not trusted."""

import re
from collections.abc import Callable

import httpx

from generations.images_api.addresses import is_public
from generations.images_api.client import USER_AGENT
from generations.images_api.errors import NotRetrievable
from generations.images_api.reasons import Reason
from generations.images_api.requests import Connection, Origin
from generations.images_api.wire import WIRE_ERRORS, Deadline, Resolver, exchange

_DEADLINE = 120.0  # seconds for the whole fetch: the image is there already
_CONNECT_TIMEOUT = 10.0  # seconds
# An uncompressed image of 3840x2160 with an alpha channel is 33 MB; nobody sells larger ones.
_LARGEST = 64_000_000  # bytes
_PORTS = (80, 443)
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")
# Worth another try: links are signed by one server and served by another, which may lag behind.
_PASSING_STATUSES = frozenset({404, 408, 425, 429, *range(500, 600)})


def fetch(
    link: str,
    *,
    connection: Connection,
    write: Callable[[bytes], object],
    deadline: float = _DEADLINE,
    largest: int = _LARGEST,
    resolver: Resolver | None = None,
) -> None:
    """Fetch a link piece by piece, without our key; raises NotRetrievable.

    Only public addresses are dialled. The configured endpoint's own origin is exempt, so that a gateway on
    the local network works without opening the local network.
    """
    url = _checked(link, connection)
    headers = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
    try:
        with exchange(
            httpx.Request("GET", url, headers=headers),
            deadline=Deadline(deadline),
            connect_timeout=_CONNECT_TIMEOUT,
            choose=list if Origin.of(url) == connection.origin else _public,
            resolver=resolver,
        ) as response:
            _receive(response, write, largest)
    except WIRE_ERRORS as exc:
        raise _failure(Reason.IMAGE_NOT_RETRIEVABLE, repeatable=True) from exc


def _checked(link: str, connection: Connection) -> httpx.URL:
    """Parse once: what is checked here is the object that is fetched."""
    if _NOT_IN_A_URL.search(link):
        raise _failure(Reason.FORBIDDEN_ADDRESS)
    try:
        url = httpx.URL(link)
    except httpx.InvalidURL as exc:
        raise _failure(Reason.FORBIDDEN_ADDRESS) from exc
    origin = Origin.of(url)
    is_allowed = (
        url.scheme in ("http", "https")
        and bool(origin.host)
        and "%" not in origin.host
        and not url.userinfo
        and (origin.port in _PORTS or origin == connection.origin)
    )
    if not is_allowed:
        raise _failure(Reason.FORBIDDEN_ADDRESS)
    return url


def _public(addresses: list[str]) -> list[str]:
    # One private address among public ones is how a name is used to reach it.
    if not all(is_public(address) for address in addresses):
        raise _failure(Reason.FORBIDDEN_ADDRESS)
    return addresses


def _receive(response: httpx.Response, write: Callable[[bytes], object], largest: int) -> None:
    if response.status_code != 200:
        passing = response.status_code in _PASSING_STATUSES
        raise _failure(Reason.IMAGE_NOT_RETRIEVABLE, repeatable=passing)
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise _failure(Reason.ENCODED_BODY)
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > largest:
        raise _failure(Reason.ANSWER_TOO_LARGE)
    received = 0
    for piece in response.iter_raw():
        received += len(piece)
        if received > largest:
            raise _failure(Reason.ANSWER_TOO_LARGE)
        write(piece)


def _failure(reason: Reason, *, repeatable: bool = False) -> NotRetrievable:
    failure = NotRetrievable.because(reason)
    failure.repeatable = repeatable
    return failure
