"""One request for images from its first byte to its last, with every step written to the ledger."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from dataclasses import dataclass
from functools import partial

from simulator import answers, safety
from simulator.delivery import Line, Manner, Outgoing, deliver, deliver_padded
from simulator.drawing.caption import first_words
from simulator.drawing.picture import Picture
from simulator.easel import Easel, Order
from simulator.errors import (
    Problem,
    Refusal,
    body_of,
    content_policy_violation,
    moderation_blocked,
    no_quota,
    of_status,
)
from simulator.faults import Faults
from simulator.files import Shelf
from simulator.latency import seconds_of
from simulator.ledger import Ledger
from simulator.options import Options, Shape
from simulator.requests import Asked
from simulator.safety import Finding

HTML = """<!DOCTYPE html>
<html lang="en-US"><head><title>images.example | {status}: A timeout occurred</title></head>
<body><div id="cf-error-details" class="cf-error-details"><h1>Error {status}</h1>
<p>The host did not answer in time.</p>
<p>Cloudflare Ray ID: <strong>8f0c1d2e3a4b5c6d</strong></p></div></body></html>
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted request on its way through the house."""

    row: int
    asked: Asked
    faults: Faults
    request_id: str
    # The vendor's id behind the gateway; without a gateway there is only one.
    upstream_id: str
    base_url: str


class House:
    """What lives as long as the process: the ledger, the easel, the shelf, and which prompts were seen."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = Ledger(options.ledger)
        self.shelf = Shelf(options.link_seconds)
        self._easel = Easel()
        self._seen: Counter[str] = Counter()

    def accept(self, row: int, asked: Asked, *, request_id: str, base_url: str) -> Job:
        self._seen[asked.prompt] += 1
        faults = asked.faults.at(self._seen[asked.prompt])
        self.ledger.note_fault(row, str(faults))
        upstream_id = request_id if self.options.shape is Shape.OPENAI else str(uuid.uuid4())
        return Job(row, asked, faults, request_id, upstream_id, self.options.url_host or base_url)

    async def serve(self, job: Job, line: Line) -> None:
        """The work goes on when the client hangs up: executed, so billed, but not delivered."""
        manner = _manner(job.faults)
        work = asyncio.ensure_future(self._outcome(job))
        if manner.pad is not None:
            is_delivered = await deliver_padded(work, manner, line)
        else:
            is_delivered = await deliver(await work, manner, line)
        if is_delivered:
            self.ledger.deliver(job.row)

    def close(self) -> None:
        self._easel.close()
        self.ledger.close()

    async def _outcome(self, job: Job) -> Outgoing:
        """What goes out. Refusals end here, so that the padding before a late one is only padding."""
        outgoing, images = await self._worked(job)
        status = 200 if "pad" in job.faults else outgoing.status
        self.ledger.finish(job.row, status=None if "drop" in job.faults else status, images=images)
        return outgoing

    async def _worked(self, job: Job) -> tuple[Outgoing, int]:
        html = job.faults.number("html")
        if "redirect" in job.faults:
            headers = (("location", job.faults.text("redirect") or ""), ("content-type", "text/plain"))
            return Outgoing(307, b"", headers), 0
        if html is not None and html < 500:
            return _page(html), 0
        try:
            self._stop_early(job)
            return await self._execute(job)
        except Refusal as refusal:
            return self.refused(refusal.problem, job.request_id), 0

    def refused(self, problem: Problem, request_id: str) -> Outgoing:
        body = json.dumps(body_of(problem, self.options.shape, request_id), ensure_ascii=False).encode()
        return Outgoing(problem.status, body, (("content-type", "application/json"), *problem.headers))

    def _stop_early(self, job: Job) -> None:
        """Everything that ends a request before it costs anything."""
        faults = job.faults
        if "quota" in faults:
            raise Refusal(no_quota(self.options.shape))
        if "status" in faults and "late" not in faults:
            raise Refusal(self._status_problem(job))
        category = faults.text("block")
        if category is not None:
            raise Refusal(_blocked(job.asked, Finding("input", (category,)), job.upstream_id))
        finding = _finding(job.asked)
        if finding is not None and finding.stage == "input":
            raise Refusal(_blocked(job.asked, finding, job.upstream_id))

    async def _execute(self, job: Job) -> tuple[Outgoing, int]:
        self.ledger.execute(job.row)
        slow = job.faults.number("slow")
        seconds = seconds_of(job.asked, self.options.latency) if slow is None else slow
        count = _count(job)
        made, _ = await asyncio.gather(self._draw(job, count), asyncio.sleep(seconds))
        self._stop_late(job)
        html = job.faults.number("html")
        if html is not None:
            return _page(html), 0
        if "error-200" in job.faults:
            problem = of_status(500, job.asked.model, self.options.shape, job.upstream_id)
            return Outgoing(200, self.refused(problem, job.request_id).body), 0
        link_to = partial(self._link, job, made)
        body = await self._easel.run(
            partial(answers.body_of, job.asked, job.faults, made, self.options.shape, link_to)
        )
        return Outgoing(200, body), count

    def _stop_late(self, job: Job) -> None:
        if "status" in job.faults:
            raise Refusal(self._status_problem(job))
        finding = Finding("output", ("sexual",)) if "block-output" in job.faults else _finding(job.asked)
        if finding is not None and finding.stage == "output":
            raise Refusal(_blocked(job.asked, finding, job.upstream_id))

    async def _draw(self, job: Job, count: int) -> answers.Made:
        asked, faults = job.asked, job.faults
        width, height = asked.size
        if "wrong-size" in faults:
            width, height = round(width * 0.8), round(height * 0.8)
        output_format = asked.output_format
        if "wrong-type" in faults:
            output_format = "png" if output_format == "jpeg" else "jpeg"
        orders = [
            Order(
                Picture(
                    prompt=asked.words,
                    caption=first_words(asked.words),
                    width=width,
                    height=height,
                    seed=int(faults.number("seed") or 0),
                    index=index,
                    transparent=asked.is_transparent,
                    plain="plain" in faults,
                ),
                output_format,
                asked.compression,
            )
            for index in range(count)
        ]
        files = await asyncio.gather(*(self._easel.draw(order) for order in orders))
        return answers.Made(tuple(files), asked.output_format)

    def _link(self, job: Job, made: answers.Made, content: bytes) -> str:
        path = self.shelf.put(content, made.output_format, is_expired="expired-link" in job.faults)
        return job.base_url.rstrip("/") + path

    def _status_problem(self, job: Job) -> Problem:
        status = int(job.faults.number("status") or 500)
        problem = of_status(status, job.asked.model, self.options.shape, job.upstream_id)
        wait = job.faults.text("retry-after")
        return problem if wait is None else problem.with_headers(("retry-after", wait))


def _manner(faults: Faults) -> Manner:
    return Manner(
        drop="drop" in faults,
        drop_body="drop-body" in faults,
        truncate="truncate" in faults,
        gzip="gzip" in faults,
        drip=faults.number("drip"),
        pad=faults.number("pad"),
    )


def _count(job: Job) -> int:
    """How many images there will be, after what the safety system and the faults take or add."""
    asked, faults = job.asked, job.faults
    finding = safety.look_at(asked.words, is_lenient=asked.is_lenient)
    count = asked.n
    if finding is not None and _drops_silently(asked):
        count -= safety.withheld(asked.words, asked.n)
    withheld = faults.text("withhold")
    if withheld is not None:
        count -= asked.n if withheld == "all" else int(withheld)
    count += int(faults.number("more") or 0) - int(faults.number("fewer") or 0)
    return 0 if "empty" in faults else max(0, count)


def _finding(asked: Asked) -> Finding | None:
    """What ends the whole request; several images are thinned out instead."""
    return None if _drops_silently(asked) else safety.look_at(asked.words, is_lenient=asked.is_lenient)


def _drops_silently(asked: Asked) -> bool:
    return asked.n > 1 and not asked.family.speaks_dall_e


def _blocked(asked: Asked, finding: Finding, upstream_id: str) -> Problem:
    if asked.family.speaks_dall_e:
        return content_policy_violation(stage=finding.stage)
    return moderation_blocked(upstream_id, stage=finding.stage, categories=finding.categories)


def _page(status: float) -> Outgoing:
    return Outgoing(
        int(status), HTML.format(status=int(status)).encode(), (("content-type", "text/html; charset=UTF-8"),)
    )
