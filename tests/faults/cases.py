"""What a case is: a number of the fault table, what is injected, what is expected, and what is seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generations.models import Generation
from tests.faults import asking
from tests.faults.stand import Stand

BOTH = ("postgresql", "sqlite")
Inject = Callable[[Stand], Any]
See = Callable[[Stand, Any], str]


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table.

    What `inject` returns is given to `see`. Cases of a group are injected together and then looked at one
    after the other; a case that is alone breaks what the others need.
    """

    number: int
    injected: str
    expected: tuple[str, ...]
    inject: Inject
    see: See
    databases: tuple[str, ...] = BOTH
    is_alone: bool = False
    is_long: bool = False  # waits for leases to end


def one(
    number: int,
    injected: str,
    *expected: str,
    prompt: str = "a cat",
    at: tuple[str, str] | None = None,
    seconds: float = asking.PATIENCE,
    databases: tuple[str, ...] = BOTH,
    is_alone: bool = False,
    lasting: bool = False,
    endpoint: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Case:
    """A case of a single generation, of which the end is looked at. `endpoint` asks for one of its own."""

    def inject(stand: Stand) -> Generation:
        own = (
            asking.own_endpoint(f"case {number}", stand.base_url, **endpoint)
            if endpoint is not None
            else None
        )
        return asking.ask(stand, prompt, at=at, endpoint=own, lasting=lasting, **fields)

    def see(stand: Stand, generation: Generation) -> str:
        seen = asking.wait_for_state(stand, generation, expected, seconds=seconds)
        if seen not in expected and at and asking.was_missed(stand, generation, at[0]):
            return asking.wait_for_state(stand, inject(stand), expected, seconds=seconds)
        return seen

    return Case(number, injected, expected, inject, see, databases, is_alone)


def all_hold(promises: Mapping[str, bool]) -> str:
    """Say "as expected", or which of the promises is broken."""
    broken = [promise for promise, holds in promises.items() if not holds]
    return "not: " + "; ".join(broken) if broken else "as promised"


AS_PROMISED = ("as promised",)
DONE = "succeeded: asked 1, paid 1, images 1"
LOST = "unknown worker_lost: asked 1, paid 1, images 0"
LOST_UNSENT = "unknown worker_lost: asked 0, paid 0, images 0"
STOPPED = "unknown studio_stopped: asked 1, paid 1, images 0"
