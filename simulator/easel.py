"""Draws for many requests at once: in threads, and equal pictures only once."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from simulator.drawing.collage import filled_in, laid_in, varied
from simulator.drawing.encoding import encode
from simulator.drawing.picture import Picture, paint
from simulator.references import Reference

Result = TypeVar("Result")

KEPT_BYTES = 192 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    picture: Picture
    output_format: str
    compression: int
    references: tuple[Reference, ...] = ()
    mask: Reference | None = None
    is_variation: bool = False


class Easel:
    def __init__(self) -> None:
        # Pillow lets go of the interpreter while it scales, blurs and compresses, so threads do help.
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="easel")
        self._kept: OrderedDict[Order, asyncio.Future[bytes]] = OrderedDict()
        self._bytes = 0

    async def draw(self, order: Order) -> bytes:
        if order.references:
            # Not kept: the pictures in the order weigh more than what is drawn from them.
            return await self.run(lambda: _drawn(order))
        if order not in self._kept:
            self._kept[order] = asyncio.ensure_future(self.run(lambda: _drawn(order)))
            self._kept[order].add_done_callback(lambda _: self._weigh(order))
        self._kept.move_to_end(order)
        return await asyncio.shield(self._kept[order])

    async def run(self, work: Callable[[], Result]) -> Result:
        """Anything else that would hold up the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _weigh(self, order: Order) -> None:
        drawing = self._kept[order]
        if drawing.cancelled() or drawing.exception() is not None:
            del self._kept[order]
            return
        self._bytes += len(drawing.result())
        for oldest in list(self._kept):
            if self._bytes <= KEPT_BYTES:
                break
            if self._kept[oldest].done():
                self._bytes -= len(self._kept.pop(oldest).result())


def _drawn(order: Order) -> bytes:
    picture, pictures = order.picture, [reference.picture for reference in order.references]
    rng = Random(f"{picture.prompt} {picture.seed} {picture.index}")  # noqa: S311 - for looks, not for secrets
    if order.is_variation:
        image = varied(pictures[0], (picture.width, picture.height), rng)
    else:
        image = paint(picture)
        if order.mask is not None:
            image = filled_in(image, pictures[0], order.mask.picture)
        elif pictures:
            image = laid_in(image, pictures, rng)
    return encode(image, order.output_format, order.compression)
