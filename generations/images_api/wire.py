"""The wire under httpx: every name look-up, connect, read and write ends at one deadline.

httpx restarts its timeouts with every byte, so that a server which drips can hold a call for ever.
"""

import contextlib
import functools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

import httpcore
import httpx

# What exchange() raises: httpcore's own exceptions, which tell more than httpx's copies of them.
WIRE_ERRORS: tuple[type[Exception], ...] = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)
Resolver = Callable[[str, int], list[str]]
Trace = Callable[[str, Mapping[str, object]], None]
_SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

# A NAT or load balancer drops a connection that is silent for minutes, and an images call is.
_KEEPALIVE = (
    (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
    (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 30),  # seconds
    (socket.IPPROTO_TCP, "TCP_KEEPALIVE", 30),  # the same, as macOS calls it
    (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 15),  # seconds
    (socket.IPPROTO_TCP, "TCP_KEEPCNT", 4),
    (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 90_000),  # milliseconds
)
_WRITE_PIECE = 16_384  # bytes between two looks at the clock
_MOST_ADDRESSES = 4  # of one name; each may take its share of the connect timeout


class NameNotFound(httpcore.ConnectError):
    """The look-up failed; a class of its own, for httpcore's pool drops the cause."""


class Deadline:
    """A moment on the monotonic clock, which no correction of the wall clock moves."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds until the deadline, or `at_most`; not positive once it has passed."""
        left = self._end - time.monotonic()
        return left if at_most is None else min(left, at_most)


@contextlib.contextmanager
def exchange(
    request: httpx.Request,
    *,
    deadline: Deadline,
    connect_timeout: float,
    trace: Trace | None = None,
    proxy: str | None = None,
    choose: Callable[[list[str]], list[str]] = list,
    resolver: Resolver | None = None,
) -> Iterator[httpx.Response]:
    """Send one request over HTTP/1.1 on a fresh connection, and close it; raises what is in WIRE_ERRORS.

    There is no httpx.Client here, so that nothing retries, follows redirects, keeps cookies, reads the
    environment's proxies or logs links that are as good as keys.

    `choose` sees every address that a name has and returns those that may be dialled; raising from it
    is how a caller forbids an address, for what it has seen is what is dialled.
    """
    backend = _BoundedBackend(
        deadline, choose, resolver or look_up, waits_for_tls=request.url.scheme == "https"
    )
    with httpcore.ConnectionPool(
        ssl_context=tls_context(),
        proxy=_proxy(proxy) if proxy else None,
        max_connections=1,
        max_keepalive_connections=0,
        retries=0,
        network_backend=backend,
    ) as pool:
        answer = pool.handle_request(_request(request, connect_timeout, trace))
        try:
            yield httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))
        finally:
            answer.close()


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Made once in a process: reading the certificates takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


def look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()


class _BoundedBackend(httpcore.NetworkBackend):
    def __init__(
        self,
        deadline: Deadline,
        choose: Callable[[list[str]], list[str]],
        resolver: Resolver,
        *,
        waits_for_tls: bool,
    ) -> None:
        self._deadline = deadline
        self._choose = choose
        self._resolver = resolver
        self._waits_for_tls = waits_for_tls
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        connecting = Deadline(self._deadline.left(timeout))
        addresses = self._choose(_resolve(self._resolver, host, port, connecting))[:_MOST_ADDRESSES]
        for position, address in enumerate(addresses):
            share = connecting.left() / (len(addresses) - position)
            if share <= 0:
                break
            try:
                stream = self._backend.connect_tcp(address, port, share, local_address, _socket_options())
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if position == len(addresses) - 1:
                    raise
            else:
                # Until TLS stands only a proxy talks, and connecting is what it does.
                first = connecting if self._waits_for_tls else self._deadline
                return _BoundedStream(stream, first, self._deadline)
        raise httpcore.ConnectTimeout("no address answered in time")


class _BoundedStream(httpcore.NetworkStream):
    def __init__(
        self, stream: httpcore.NetworkStream, deadline: Deadline, deadline_after_tls: Deadline
    ) -> None:
        self._stream = stream
        self._deadline = deadline
        self._deadline_after_tls = deadline_after_tls

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline.left(timeout)
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline has passed")
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_PIECE):
            left = self._deadline.left(timeout)
            if left <= 0:
                raise httpcore.WriteTimeout("the deadline has passed")
            self._stream.write(buffer[start : start + _WRITE_PIECE], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        if left <= 0:
            self.close()
            raise httpcore.ConnectTimeout("the deadline has passed")
        secured = self._stream.start_tls(ssl_context, server_hostname, left)
        return _BoundedStream(secured, self._deadline_after_tls, self._deadline_after_tls)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _resolve(resolver: Resolver, host: str, port: int, connecting: Deadline) -> list[str]:
    """Look the name up in a thread, because a look-up knows no timeout and can take a minute."""
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def resolve() -> None:
        try:
            found.extend(resolver(host, port))
        except (OSError, UnicodeError) as exc:  # UnicodeError: a label that is too long for a name
            failed.append(exc)

    thread = threading.Thread(target=resolve, name="look-up", daemon=True)
    thread.start()
    thread.join(max(connecting.left(), 0))
    if failed:
        raise NameNotFound("the name has no address") from failed[0]
    if not found:
        raise httpcore.ConnectTimeout("the name was not found in time")
    return found


def _socket_options() -> list[_SocketOption]:
    return [
        (level, getattr(socket, name), value) for level, name, value in _KEEPALIVE if hasattr(socket, name)
    ]


def _request(request: httpx.Request, connect_timeout: float, trace: Trace | None) -> httpcore.Request:
    # No timeouts but for connecting: the deadline ends reads and writes, and giving up a wait for a place
    # in the pool could leak a connection.
    extensions = {"timeout": {"connect": connect_timeout}, "trace": trace}
    if not isinstance(request.stream, httpx.SyncByteStream):
        raise TypeError("A request is sent from a body that can be read without an event loop.")
    return httpcore.Request(
        request.method,
        _url(request.url),
        headers=request.headers.raw,
        content=request.stream,
        extensions=extensions,
    )


def _proxy(address: str) -> httpcore.Proxy:
    proxy = httpx.Proxy(address)
    return httpcore.Proxy(_url(proxy.url), auth=proxy.raw_auth, headers=proxy.headers.raw)


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
