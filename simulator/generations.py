"""One request for images from its first byte to its last, with every step written to the ledger."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from simulator import answers
from simulator.delivery import Line, Manner, Outgoing, deliver, deliver_padded
from simulator.easel import Easel, Result
from simulator.errors import Problem, Refusal, body_of, generation_failed, no_quota, of_status
from simulator.faults import Faults
from simulator.files import Shelf
from simulator.jobs import Job, blocked, count_of, finding_of, orders_of, status_problem
from simulator.latency import seconds_of
from simulator.ledger import Ledger
from simulator.options import Options, Shape
from simulator.pages import page_of
from simulator.requests import Asked
from simulator.safety import Finding
from simulator.streams import Frames, Writer, deliver_stream, is_streamed, last_frames, partials_of


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
        early = self._early(job)
        if early is None and is_streamed(job, self.options.shape):
            is_delivered = await self._serve_stream(job, manner, line)
        else:
            work = asyncio.ensure_future(self._outcome(job, early))
            if manner.pad is not None:
                is_delivered = await deliver_padded(work, manner, line)
            else:
                is_delivered = await deliver(await work, manner, line)
        if is_delivered:
            self.ledger.deliver(job.row)

    async def run(self, work: Callable[[], Result], *, is_long: bool) -> Result:
        """Long work in a thread, short work at once."""
        return await self._easel.run(work) if is_long else work()

    def close(self) -> None:
        self._easel.close()
        self.ledger.close()

    async def _serve_stream(self, job: Job, manner: Manner, line: Line) -> bool:
        frames: Frames = asyncio.Queue()
        work = asyncio.ensure_future(self._stream(job, frames))
        is_delivered = await deliver_stream(frames, manner, line)
        await work
        return is_delivered

    async def _stream(self, job: Job, frames: Frames) -> None:
        """Fills the queue; its end is there whatever happens."""
        self.ledger.execute(job.row)
        count = count_of(job)
        drawing = asyncio.ensure_future(self._draw(job, count))
        try:
            await self._frame_by_frame(job, drawing, count, frames)
        except Refusal as refusal:
            writer = Writer(job, self.options.shape, str)
            frames.put_nowait(writer.failed(refusal.problem))
            count = 0
        finally:
            self.ledger.finish(job.row, status=200, images=count)
            frames.put_nowait(None)

    async def _frame_by_frame(
        self, job: Job, drawing: asyncio.Future[answers.Made], count: int, frames: Frames
    ) -> None:
        shape, partials = self.options.shape, partials_of(job, self.options.shape)
        pause = self._seconds(job) / max(1, count) / (partials + 1)
        made = await drawing
        writer = Writer(job, shape, partial(self._link, job, made))
        for place in range(count):
            for step in range(partials):
                await asyncio.sleep(pause)
                frames.put_nowait(await self._easel.run(partial(writer.partial, made.files[place], step)))
            await asyncio.sleep(pause)
            self._stop_late(job)
            if "no-completed" not in job.faults:
                frames.put_nowait(await self._easel.run(partial(writer.completed, made, place)))
        if not count:
            await asyncio.sleep(pause)
            self._stop_late(job)
        for frame in last_frames(job, shape):
            frames.put_nowait(frame)

    async def _outcome(self, job: Job, early: Outgoing | None) -> Outgoing:
        """What goes out. Refusals end here, so that the padding before a late one is only padding."""
        outgoing, images = (early, 0) if early is not None else await self._execute(job)
        status = 200 if "pad" in job.faults else outgoing.status
        self.ledger.finish(job.row, status=None if "drop" in job.faults else status, images=images)
        return outgoing

    def _early(self, job: Job) -> Outgoing | None:
        """Everything that ends a request before it costs anything."""
        page = page_of(job.faults)
        if "redirect" in job.faults:
            headers = (("location", job.faults.text("redirect") or ""), ("content-type", "text/plain"))
            return Outgoing(307, b"", headers)
        if page is not None and page.status < 500:
            return page
        problem = self._early_problem(job)
        return None if problem is None else self.refused(problem, job.request_id)

    def refused(self, problem: Problem, request_id: str) -> Outgoing:
        body = json.dumps(body_of(problem, self.options.shape, request_id), ensure_ascii=False).encode()
        return Outgoing(problem.status, body, (("content-type", "application/json"), *problem.headers))

    def _early_problem(self, job: Job) -> Problem | None:
        faults, shape = job.faults, self.options.shape
        if "quota" in faults:
            return no_quota(shape)
        if "status" in faults and "late" not in faults:
            return status_problem(faults, job.asked.model, shape, job.upstream_id)
        category = faults.text("block")
        finding = finding_of(job.asked) if category is None else Finding("input", (category,))
        if finding is not None and finding.stage == "input":
            return blocked(job.asked, finding, job.upstream_id)
        return None

    async def _execute(self, job: Job) -> tuple[Outgoing, int]:
        self.ledger.execute(job.row)
        count = count_of(job)
        made, _ = await asyncio.gather(self._draw(job, count), asyncio.sleep(self._seconds(job)))
        page = page_of(job.faults)
        try:
            self._stop_late(job)
        except Refusal as refusal:
            status = 200 if "error-200" in job.faults else refusal.problem.status
            return replace(self.refused(refusal.problem, job.request_id), status=status), 0
        if page is not None:
            return page, 0
        link_to = partial(self._link, job, made)
        body = await self._easel.run(
            partial(answers.body_of, job.asked, job.faults, made, self.options.shape, link_to)
        )
        return Outgoing(200, body), count

    def _stop_late(self, job: Job) -> None:
        faults, shape = job.faults, self.options.shape
        if "status" in faults:
            raise Refusal(status_problem(faults, job.asked.model, shape, job.upstream_id))
        finding = Finding("output", ("sexual",)) if "block-output" in faults else finding_of(job.asked)
        if finding is not None and finding.stage == "output":
            raise Refusal(blocked(job.asked, finding, job.upstream_id))
        if "error-200" in faults:
            raise Refusal(of_status(500, job.asked.model, shape, job.upstream_id))
        if "stream-error" in faults:
            raise Refusal(generation_failed())

    async def _draw(self, job: Job, count: int) -> answers.Made:
        files = await asyncio.gather(*(self._easel.draw(order) for order in orders_of(job, count)))
        return answers.Made(tuple(files), job.asked.output_format)

    def _seconds(self, job: Job) -> float:
        slow = job.faults.number("slow")
        return seconds_of(job.asked, self.options.latency) if slow is None else slow

    def _link(self, job: Job, made: answers.Made, content: bytes) -> str:
        path = self.shelf.put(content, made.output_format, is_expired="expired-link" in job.faults)
        return job.base_url.rstrip("/") + path


def _manner(faults: Faults) -> Manner:
    return Manner(
        drop="drop" in faults,
        drop_body="drop-body" in faults,
        truncate="truncate" in faults,
        gzip="gzip" in faults,
        gzip_twice="gzip-twice" in faults,
        endless="endless" in faults,
        drip=faults.number("drip"),
        pad=faults.number("pad"),
        ping=faults.number("ping") or faults.number("pad"),
    )
