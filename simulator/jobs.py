"""One accepted request on its way through the house, and what its words and faults make of it."""

from __future__ import annotations

from dataclasses import dataclass

from simulator import safety
from simulator.bodies import Operation
from simulator.drawing.caption import first_words
from simulator.drawing.picture import Picture
from simulator.easel import Order
from simulator.errors import Problem, content_policy_violation, moderation_blocked, of_status
from simulator.faults import Faults
from simulator.options import Shape
from simulator.requests import Asked
from simulator.safety import Finding


@dataclass(frozen=True, slots=True)
class Job:
    row: int
    asked: Asked
    faults: Faults
    request_id: str
    # The vendor's id behind the gateway; without a gateway there is only one.
    upstream_id: str
    base_url: str


def count_of(job: Job) -> int:
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


def finding_of(asked: Asked) -> Finding | None:
    """What ends the whole request; several images are thinned out instead."""
    return None if _drops_silently(asked) else safety.look_at(asked.words, is_lenient=asked.is_lenient)


def blocked(asked: Asked, finding: Finding, upstream_id: str) -> Problem:
    if asked.family.speaks_dall_e:
        return content_policy_violation(stage=finding.stage)
    return moderation_blocked(upstream_id, stage=finding.stage, categories=finding.categories)


def status_problem(faults: Faults, model: str, shape: Shape, upstream_id: str) -> Problem:
    """What `[[status:…]]` orders, with its Retry-After."""
    problem = of_status(int(faults.number("status") or 500), model, shape, upstream_id)
    wait = faults.text("retry-after")
    return problem if wait is None else problem.with_headers(("retry-after", wait))


def orders_of(job: Job, count: int) -> list[Order]:
    """What is to be drawn."""
    asked, faults = job.asked, job.faults
    width, height = asked.size
    if "wrong-size" in faults:
        width, height = round(width * 0.8), round(height * 0.8)
    output_format = asked.output_format
    if "wrong-type" in faults:
        output_format = "png" if output_format == "jpeg" else "jpeg"
    is_blind = "drop-references" in faults
    return [
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
            () if is_blind else asked.references,
            None if is_blind else asked.mask,
            asked.operation is Operation.VARIATIONS and not is_blind,
        )
        for index in range(count)
    ]


def _drops_silently(asked: Asked) -> bool:
    return asked.n > 1 and not asked.family.speaks_dall_e
