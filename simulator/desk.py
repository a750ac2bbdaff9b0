"""The views: keys, the ledger's first line of a request, and the plain answers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from simulator.bodies import Operation, Sent, json_of, sent_in
from simulator.catalogue import MODELS, find
from simulator.chat import read_question, serve_chat
from simulator.delivery import Line
from simulator.errors import (
    JsonValue,
    Problem,
    Refusal,
    body_of,
    not_implemented,
    too_large,
    unknown_url,
    wrong_key,
)
from simulator.generations import House
from simulator.ledger import Received
from simulator.models_list import model_body
from simulator.moderations import moderated
from simulator.options import Shape
from simulator.readings import Fields
from simulator.requests import read_request

# Sixteen references of 50 MB and what a form puts around them.
MOST_BYTES = 17 * 50 * 1024 * 1024
# A body from here on is read in a thread, so that other requests do not wait.
LONG = 256 * 1024

Cut = Callable[[tuple[str, int]], None]


class Handed(Response):
    """Hands the connection to whoever decides itself what is sent and when."""

    def __init__(self, serve: Callable[[Line], Awaitable[None]], cut: Callable[[], None]) -> None:
        super().__init__()
        self._serve = serve
        self._cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(receive, send, self._cut)
        try:
            await self._serve(line)
        finally:
            line.close()


class Desk:
    """The views."""

    def __init__(self, house: House, cut: Cut) -> None:
        self._house = house
        self._options = house.options
        self._cut = cut

    async def generate(self, request: Request) -> Response:
        return await self._images(request, Operation.GENERATIONS)

    async def edit(self, request: Request) -> Response:
        return await self._images(request, Operation.EDITS)

    async def vary(self, request: Request) -> Response:
        if self._options.shape is Shape.NEW_API:
            return self._problem(not_implemented(), request)
        return await self._images(request, Operation.VARIATIONS)

    async def _images(self, request: Request, operation: Operation) -> Response:
        row, shape = 0, self._options.shape
        try:
            sent = await self._sent(request, operation)
            row = self._house.ledger.receive(_received(request, sent, operation))
            read = partial(
                read_request,
                sent,
                shape,
                operation=operation,
                takes_moderation=self._options.moderation_on_edits,
            )
            asked = await self._house.run(read, is_long=bool(sent.references))
        except Refusal as refusal:
            row = row or self._house.ledger.receive(_received(request, Sent({}), operation))
            self._house.ledger.finish(row, status=refusal.problem.status, images=0)
            self._house.ledger.deliver(row)
            raise
        request_id: str = request.scope["request_id"]
        job = self._house.accept(row, asked, request_id=request_id, base_url=str(request.base_url))
        return self._handed(request, partial(self._house.serve, job))

    def _handed(self, request: Request, serve: Callable[[Line], Awaitable[None]]) -> Response:
        client: tuple[str, int] = request.scope["client"]
        return Handed(serve, lambda: self._cut(client))

    async def _sent(self, request: Request, operation: Operation) -> Sent:
        """The key is looked at when the body is in: a client that still sends would miss the answer."""
        raw = await self._body(request)
        self._check_key(request)
        kind = request.headers.get("content-type", "")
        parse = partial(sent_in, raw, kind, operation, self._options.shape)
        return await self._house.run(parse, is_long=len(raw) > LONG)

    async def _body(self, request: Request) -> bytes:
        """Never more of it than the largest request that can be right."""
        raw = bytearray()
        async for part in request.stream():
            raw += part
            if len(raw) > MOST_BYTES:
                raise Refusal(too_large(self._options.shape))
        return bytes(raw)

    async def moderate(self, request: Request) -> Response:
        self._check_key(request)
        fields = json_of(await self._body(request))
        return JSONResponse(moderated(fields, self._options.shape))

    async def chat(self, request: Request) -> Response:
        ledger = self._house.ledger
        fields: Fields = {}
        row = 0
        try:
            self._check_key(request)
            fields = json_of(await self._body(request))
            row = ledger.receive(_chatted(request, fields))
            question = read_question(fields, self._options)
        except Refusal as refusal:
            row = row or ledger.receive(_chatted(request, fields))
            ledger.finish(row, status=refusal.problem.status, images=0)
            ledger.deliver(row)
            raise
        ledger.note_prompt(row, question.prompt)
        ledger.note_fault(row, str(question.faults))
        return self._handed(
            request,
            partial(
                serve_chat,
                question,
                row,
                ledger=ledger,
                options=self._options,
                request_id=request.scope["request_id"],
            ),
        )

    async def models(self, request: Request) -> Response:
        self._check_key(request)
        listed: list[JsonValue] = [model_body(model, self._options.shape) for model in MODELS]
        body: dict[str, JsonValue] = {"object": "list", "data": listed}
        return JSONResponse(body if self._options.shape is Shape.OPENAI else {"success": True, **body})

    async def model(self, request: Request) -> Response:
        self._check_key(request)
        name = request.path_params["model"]
        found = find(name)
        if found is not None:
            return JSONResponse(model_body(found, self._options.shape))
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


def _chatted(request: Request, fields: Fields) -> Received:
    model = fields.get("model")
    return Received(
        call_id=request.headers.get("x-client-request-id"),
        idempotency_key=request.headers.get("idempotency-key"),
        model=model if isinstance(model, str) else None,
        n=None,
        prompt=None,
        operation="chat",
    )


def _received(request: Request, sent: Sent, operation: Operation) -> Received:
    fields = sent.fields
    model, n, prompt = fields.get("model"), fields.get("n", 1 if fields else None), fields.get("prompt")
    partials = fields.get("partial_images", 0) if fields.get("stream") else None
    return Received(
        call_id=request.headers.get("x-client-request-id"),
        idempotency_key=request.headers.get("idempotency-key"),
        model=model if isinstance(model, str) else None,
        n=n if isinstance(n, int) else None,
        prompt=prompt if isinstance(prompt, str) else None,
        operation=operation.value,
        reference_count=len(sent.references),
        has_mask=sent.mask is not None,
        reference_sha256=hashlib.sha256(sent.references[0].content).hexdigest() if sent.references else None,
        partial_images=partials if isinstance(partials, int) else None,
    )
