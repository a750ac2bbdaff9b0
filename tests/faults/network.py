"""A wire that can be cut: a TCP proxy in front of a service, and servers that answer as they are told."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Address = tuple[str, int] | Path

_PIECE = 65_536


class Wire:
    """Passes bytes between clients and a service until it is told something else.

    pass: as they come. refuse: connections are closed at once. silence: taken in, and nothing goes on.
    mute: what the client says goes on, what the service says does not. slow: 40 kB a second.
    reset: when the service begins to answer. unavailable: status 503 to every request.
    """

    def __init__(self, service: Address) -> None:
        self._service = service
        self.mode = "pass"
        self.cuts_after: bytes = b""  # once a client has said this, its connection ends without a reply
        self.cuts_left = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        threading.Thread(target=self._accept, daemon=True, name="wire").start()

    def cut(self) -> None:
        """Reset every connection that stands."""
        for pair in list(self._pairs):
            for end in pair:
                _reset(end)

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        if self.mode == "refuse":
            _reset(client)
            return
        if self.mode == "unavailable":
            _answer(client, b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        try:
            service = _connect(self._service)
        except OSError:
            _reset(client)
            return
        pair = (client, service)
        self._pairs.add(pair)
        back = threading.Thread(target=self._pass, args=(service, client, False), daemon=True)
        back.start()
        self._pass(client, service, True)
        back.join()
        self._pairs.discard(pair)

    def _pass(self, source: socket.socket, target: socket.socket, is_asking: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                while self.mode == "silence" or (self.mode == "mute" and not is_asking):
                    time.sleep(0.05)
                if self.mode == "reset" and not is_asking:
                    break
                if self.mode == "slow":
                    time.sleep(len(piece) / 40_000)
                if is_asking and self._is_last_word(piece):
                    _reset(source)
                    target.sendall(piece)
                    time.sleep(0.2)  # the service does it, and nobody hears of it
                    break
                target.sendall(piece)
            else:
                with suppress(OSError):
                    target.shutdown(socket.SHUT_WR)
                return
        _reset(source)
        _reset(target)

    def _is_last_word(self, piece: bytes) -> bool:
        if self.cuts_left and self.cuts_after in piece:
            self.cuts_left -= 1
            return True
        return False


class RawServer:
    """Reads a whole request and answers bytes, which need not be HTTP."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.asked: list[bytes] = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True, name="raw").start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            request = _request(client)
            self.asked.append(request)
            _send(client, self._answer(request))


def _request(client: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        piece = client.recv(_PIECE)
        if not piece:
            return request
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length and (piece := client.recv(_PIECE)):
        body += piece
    return head + b"\r\n\r\n" + body


def _answer(client: socket.socket, answer: bytes) -> None:
    with suppress(OSError):
        client.settimeout(2)
        _request(client)
        _send(client, answer)


def _send(client: socket.socket, answer: bytes) -> None:
    client.sendall(answer)
    client.shutdown(socket.SHUT_WR)
    client.close()


def _connect(service: Address) -> socket.socket:
    if isinstance(service, Path):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(service))
        return connection
    return socket.create_connection(service)


def _reset(end: socket.socket) -> None:
    """Close so that the other side sees a reset and not an orderly end."""
    with suppress(OSError):
        if end.family != socket.AF_UNIX:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
