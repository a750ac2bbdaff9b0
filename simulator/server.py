"""Runs the application on uvicorn and adds what that cannot do: cutting a connection, one ready line."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.app import build_app
from simulator.options import Options

# Open connections by the client's address, so that a fault can close one without a word.
_lines: dict[tuple[str, int], asyncio.Transport] = {}


def serve(options: Options) -> None:
    """Until a signal ends it. Whatever is still being drawn then is left."""
    config = uvicorn.Config(
        build_app(options, _cut),
        host=options.host,
        port=options.port,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        log_level="info" if options.verbose else "error",
        access_log=options.verbose,
        server_header=False,
        timeout_graceful_shutdown=1,
        backlog=1024,
    )
    _Server(config, options).run()


class _Protocol(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            _lines[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.client is not None:
            _lines.pop(self.client, None)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, options: Options) -> None:
        super().__init__(config)
        self._options = options

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        options = self._options
        port = self.servers[0].sockets[0].getsockname()[1]
        latency = "real" if options.latency is None else f"{options.latency:g} s"
        sys.stdout.write(
            f"Simulated images endpoint ready at http://{options.host}:{port}/v1 "
            f"(shape {options.shape}, latency {latency})\n"
        )
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Requests that are cut short by the end of the process are no errors worth a line each.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def _cut(client: tuple[str, int]) -> None:
    transport = _lines.get(client)
    if transport is not None:
        transport.abort()
