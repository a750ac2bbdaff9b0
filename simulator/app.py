"""The web application: routes, keys, request ids, and the plain answers."""

from __future__ import annotations

import hmac
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.catalogue import MODELS, Model, find
from simulator.delivery import Line
from simulator.errors import JsonValue, Problem, Refusal, body_of, not_implemented, unknown_url, wrong_key
from simulator.generations import House, Job
from simulator.ledger import Received
from simulator.options import Options, Shape
from simulator.requests import Fields, fields_of, read_request

# The gateway says the same creation time for every model.
GATEWAY_CREATED = 1626777600

Cut = Callable[[tuple[str, int]], None]


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
            Route("/v1/images/edits", desk.not_there, methods=["POST"]),
            Route("/v1/images/variations", desk.not_there, methods=["POST"]),
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


class Images(Response):
    """Hands the connection to the house, which decides itself what is sent and when."""

    def __init__(self, house: House, job: Job, cut: Callable[[], None]) -> None:
        super().__init__()
        self._house = house
        self._job = job
        self._cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(receive, send, self._cut)
        try:
            await self._house.serve(self._job, line)
        finally:
            line.close()


class Desk:
    """The views."""

    def __init__(self, house: House, cut: Cut) -> None:
        self._house = house
        self._options = house.options
        self._cut = cut

    async def generate(self, request: Request) -> Response:
        raw = await request.body()
        row = 0
        try:
            self._check_key(request)
            fields = fields_of(raw)
            row = self._house.ledger.receive(_received(request, fields))
            asked = read_request(fields, self._options.shape)
        except Refusal as refusal:
            row = row or self._house.ledger.receive(_received(request, {}))
            self._house.ledger.finish(row, status=refusal.problem.status, images=0)
            self._house.ledger.deliver(row)
            raise
        request_id: str = request.scope["request_id"]
        job = self._house.accept(row, asked, request_id=request_id, base_url=str(request.base_url))
        client: tuple[str, int] = request.scope["client"]
        return Images(self._house, job, lambda: self._cut(client))

    async def models(self, request: Request) -> Response:
        self._check_key(request)
        listed: list[JsonValue] = [_model_body(model, self._options.shape) for model in MODELS]
        body: dict[str, JsonValue] = {"object": "list", "data": listed}
        return JSONResponse(body if self._options.shape is Shape.OPENAI else {"success": True, **body})

    async def model(self, request: Request) -> Response:
        self._check_key(request)
        name = request.path_params["model"]
        found = find(name)
        if found is not None:
            return JSONResponse(_model_body(found, self._options.shape))
        # The gateway says so under status 200.
        status = 404 if self._options.shape is Shape.OPENAI else 200
        problem = Problem(status, f"The model '{name}' does not exist", param="model", code="model_not_found")
        return self._problem(problem, request)

    async def file(self, request: Request) -> Response:
        query = request.query_params
        shelved = self._house.shelf.take(
            request.path_params["name"], query.get("se", ""), query.get("sig", "")
        )
        if shelved is None:
            text = '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code></Error>'
            return Response(text, status_code=403, media_type="application/xml")
        return Response(shelved.content, media_type=shelved.media_type)

    async def ledger(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        rows = self._house.ledger.rows(
            call_id=request.query_params.get("call_id"), after=int(after) if after.isdecimal() else 0
        )
        return JSONResponse({"requests": rows})

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def not_there(self, request: Request) -> Response:
        if self._options.shape is Shape.NEW_API:
            return self._problem(not_implemented(), request)
        return self._problem(unknown_url(request.method, request.url.path), request)

    async def unknown(self, request: Request, error: Exception) -> Response:
        return self._problem(unknown_url(request.method, request.url.path), request)

    async def refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, Refusal):
            raise error
        return self._problem(error.problem, request)

    def _problem(self, problem: Problem, request: Request) -> Response:
        body = body_of(problem, self._options.shape, request.scope["request_id"])
        return JSONResponse(body, status_code=problem.status, headers=dict(problem.headers))

    def _check_key(self, request: Request) -> None:
        shown = request.headers.get("authorization", "")
        key = shown.removeprefix("Bearer ").strip()
        if self._options.shape is Shape.OPENAI and not shown.startswith("Bearer "):
            key = ""
        expected = self._options.key or key
        if self._options.shape is Shape.NEW_API:
            # The gateway cuts off "Bearer " and "sk-", so a key is good with or without them.
            key, expected = key.removeprefix("sk-"), expected.removeprefix("sk-")
        if not key or not hmac.compare_digest(key.encode(), expected.encode()):
            raise Refusal(wrong_key(key, self._options.shape))


def _received(request: Request, fields: Fields) -> Received:
    model, n, prompt = fields.get("model"), fields.get("n", 1 if fields else None), fields.get("prompt")
    return Received(
        call_id=request.headers.get("x-client-request-id"),
        idempotency_key=request.headers.get("idempotency-key"),
        model=model if isinstance(model, str) else None,
        n=n if isinstance(n, int) else None,
        prompt=prompt if isinstance(prompt, str) else None,
    )


def _model_body(model: Model, shape: Shape) -> dict[str, JsonValue]:
    if shape is Shape.OPENAI:
        shutdown = {"shutdown_date": model.shutdown} if model.shutdown else {}
        return {
            "id": model.id,
            "object": "model",
            "created": model.created,
            "owned_by": model.owner,
            **shutdown,
        }
    kinds: list[JsonValue] = ["image-generation", "openai"] if model.family else ["openai"]
    owner = "openai" if model.owner == "system" else "custom"
    return {
        "id": model.id,
        "object": "model",
        "created": GATEWAY_CREATED,
        "owned_by": owner,
        "supported_endpoint_types": kinds,
    }


def _gateway_id() -> str:
    """Local time to the nanosecond, then eight random characters."""
    now = time.time_ns()
    return (
        time.strftime("%Y%m%d%H%M%S", time.localtime(now // 10**9))
        + f"{now % 10**9:09d}"
        + secrets.token_hex(4)
    )
