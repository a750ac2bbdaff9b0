"""The web application: its routes, and the id of every request."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.desk import Cut, Desk
from simulator.errors import Refusal
from simulator.generations import House
from simulator.options import Options, Shape


def build_app(options: Options, cut: Cut) -> ASGIApp:
    """`cut` closes the connection of a client address at once, which no ASGI message can ask for."""
    house = House(options)
    desk = Desk(house, cut)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        house.close()

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/v1/images/generations", desk.generate, methods=["POST"]),
            Route("/v1/images/edits", desk.edit, methods=["POST"]),
            Route("/v1/images/variations", desk.vary, methods=["POST"]),
            Route("/v1/moderations", desk.moderate, methods=["POST"]),
            Route("/v1/chat/completions", desk.chat, methods=["POST"]),
            Route("/v1/models", desk.models),
            Route("/v1/models/{model:path}", desk.model),
            Route("/files/{name}", desk.file),
            Route("/ledger", desk.ledger),
            Route("/healthz", desk.healthz),
        ],
        exception_handlers={HTTPException: desk.unknown, Refusal: desk.refused},
    )
    return WithRequestId(app, options.shape)


class WithRequestId:
    """Gives every request an id and sends it back the way the shape does."""

    def __init__(self, app: ASGIApp, shape: Shape) -> None:
        self._app = app
        self._shape = shape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"req_{uuid.uuid4().hex}" if self._shape is Shape.OPENAI else _gateway_id()
        scope["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    *self._headers(request_id, message["status"]),
                ]
            await send(message)

        await self._app(scope, receive, send_with_id)

    def _headers(self, request_id: str, status: int) -> list[tuple[bytes, bytes]]:
        if self._shape is Shape.OPENAI:
            return [(b"x-request-id", request_id.encode()), (b"openai-version", b"2020-10-01")]
        headers = [(b"x-oneapi-request-id", request_id.encode())]
        if status == 200:
            # The gateway copies the vendor's headers when all went well, and only then.
            headers.append((b"x-request-id", f"req_{uuid.uuid4().hex}".encode()))
        return headers


def _gateway_id() -> str:
    """Local time to the nanosecond, then eight random characters."""
    now = time.time_ns()
    return (
        time.strftime("%Y%m%d%H%M%S", time.localtime(now // 10**9))
        + f"{now % 10**9:09d}"
        + secrets.token_hex(4)
    )
