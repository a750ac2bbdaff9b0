"""Small servers on real sockets, because what matters here happens on the wire."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[[socket.socket], None]


@dataclass
class Server:
    """One address that answers every connection with the same script."""

    port: int
    scheme: str = "http"
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/v1"


@contextlib.contextmanager
def serve(script: Script, *, tls: ssl.SSLContext | None = None, reads: bool = True) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1], "https" if tls else "http")
        thread = threading.Thread(target=_accept, args=(listener, server, script, tls, reads))
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            # Wakes the accept that waits for the next connection.
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", server.port), 1).close()
            thread.join(5)


def say(*parts: bytes) -> Script:
    def script(peer: socket.socket) -> None:
        for part in parts:
            peer.sendall(part)

    return script


def http(status: int, body: bytes = b"", *headers: str) -> Script:
    lines = [f"HTTP/1.1 {status} Any", f"Content-Length: {len(body)}", *headers]
    return say("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def read_request(peer: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(peer)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        body += _more(peer)
    return head + b"\r\n\r\n" + body


def _accept(
    listener: socket.socket, server: Server, script: Script, tls: ssl.SSLContext | None, reads: bool
) -> None:
    while True:
        peer, _ = listener.accept()
        if server.closing.is_set():
            peer.close()
            return
        server.connections += 1
        # The other side hanging up is what many tests are about.
        with contextlib.suppress(OSError), contextlib.closing(_secured(peer, tls)) as secured:
            secured.settimeout(5)
            if reads:
                server.requests.append(read_request(secured))
            script(secured)


def _secured(peer: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    if tls is None:
        return peer
    try:
        return tls.wrap_socket(peer, server_side=True)
    except OSError:
        peer.close()
        raise


def _more(peer: socket.socket) -> bytes:
    piece = peer.recv(65_536)
    if not piece:
        raise ConnectionResetError
    return piece
