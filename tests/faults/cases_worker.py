"""Cases 43 to 52: workers die in numbers, are told to end, lose their signs of life, or share one call."""

import time
from collections.abc import Sequence
from pathlib import Path

from celery import current_app

from generations.models import CallStatus, Generation
from generations.submission import cancel
from tests.faults import asking
from tests.faults.cases import AS_PROMISED, DONE, LOST, STOPPED, Case, all_hold
from tests.faults.stand import LEASE, Stand, calls_part
from tests.people import make_member


def in_flight(stand: Stand, generations: Sequence[Generation]) -> bool:
    """Wait until the endpoint is at work on all of them."""
    return asking.wait_until(
        lambda: all(asking.requests(stand.simulator, one.pk)[1] == 1 for one in generations)
    )


def ends(stand: Stand, generations: Sequence[Generation], expected: str) -> str:
    seen = {asking.wait_for_state(stand, generation, (expected,)) for generation in generations}
    return " and ".join(sorted(seen))


def _host_dies(stand: Stand) -> list[Generation]:
    worker = calls_part(stand, "calls-host", threads=8)
    asking.wait_until(lambda: worker.log.exists() and " ready." in worker.log.read_text())
    asked = [asking.ask(stand, "a cat [[slow:20]]") for _ in range(8)]
    in_flight(stand, asked)
    worker.is_wanted = False
    for part in stand.workers:
        stand.kill(part)
    return asked


def _told_to_end(stand: Stand) -> list[Generation]:
    asked = [asking.ask(stand, "a cat [[slow:4]]") for _ in range(4)]
    in_flight(stand, asked)
    with stand.disturbed("rolling restart"):
        for part in stand.calls:
            stand.tell_to_end(part)
    asked += [asking.ask(stand, "a cat") for _ in range(4)]
    return asked


def _cut_short(stand: Stand) -> list[Generation]:
    asked = [asking.ask(stand, "a cat [[slow:20]]") for _ in range(3)]
    in_flight(stand, asked)
    for part in stand.calls:
        stand.tell_to_end(part)
    time.sleep(4)  # in which each writes down why it stops
    for part in stand.calls:
        stand.kill(part)
    return asked


def _no_sign_of_life(stand: Stand) -> Generation:
    """The threads that prolong the claims die; the workers themselves go on."""
    generation = asking.ask(stand, f"a cat [[slow:{2 * LEASE}]]")
    stand.orders.give("sign-of-life", "fail", lasting=True)
    asking.wait_until(lambda: asking.only_call(generation).status == CallStatus.UNKNOWN, seconds=6 * LEASE)
    stand.orders.withdraw("sign-of-life")
    return generation


def _survives_without_signs(stand: Stand, generation: Generation) -> str:
    seen = asking.wait_for_state(stand, generation, (DONE,))
    for part in stand.calls:
        stand.kill(part)  # they have no such thread any more
    return seen


def _hundred_doorbells(stand: Stand) -> Generation:
    generation = asking.ask(stand, "a cat [[slow:1]]")
    call = asking.only_call(generation)
    for _ in range(100):
        current_app.send_task("generations.run_call", queue="calls")
        current_app.send_task("generations.settle_call", args=[str(call.pk)], queue="images.stand")
    return generation


def _crowd(stand: Stand) -> tuple[Generation, Generation]:
    crowd = make_member()
    waiting = [asking.ask(stand, "a cat [[slow:1]] [[plain]]", member=crowd) for _ in range(500)]
    newcomer = asking.ask(stand, "a cat")
    return newcomer, waiting[-1]


def _newcomer_is_next(stand: Stand, handle: tuple[Generation, Generation]) -> str:
    newcomer, last = handle
    asking.wait_until(lambda: asking.only_call(newcomer).sent_at is not None)
    call = asking.only_call(newcomer)
    waited = (call.claimed_at - call.queued_at).total_seconds() if call.claimed_at else 999.0
    for generation in Generation.objects.filter(member=last.member, status="queued"):
        cancel(generation)
    asking.drained(seconds=90)
    return all_hold({f"it starts within five seconds (it waited {waited:.1f})": waited < 5})


def _nobody_grows(stand: Stand) -> str:
    """Fifty calls through the same processes leave as many files open as before."""

    def files() -> int:
        return sum(len(list(folder.glob("*"))) for folder in _open_files(stand))

    ends(stand, [asking.ask(stand, "a cat [[plain]]") for _ in range(10)], DONE)
    before = files()
    ends(stand, [asking.ask(stand, "a cat [[plain]]") for _ in range(50)], DONE)
    asking.wait_until(lambda: files() <= before + 20, seconds=15)
    return all_hold({f"files open stay ({before}, then {files()})": files() <= before + 20})


def _open_files(stand: Stand) -> list[Path]:
    return [Path(f"/proc/{part.pid}/fd") for part in stand.nursery.parts.values() if part.is_alive]


CASES = (
    Case(
        43,
        "every worker of the host killed, 8 calls in flight",
        (LOST,),
        _host_dies,
        lambda s, h: ends(s, h, LOST),
        is_alone=True,
    ),
    Case(
        44,
        "all calls workers told to end, calls in flight",
        (DONE,),
        _told_to_end,
        lambda s, h: ends(s, h, DONE),
        is_alone=True,
    ),
    Case(
        45,
        "told to end and killed four seconds later",
        (STOPPED,),
        _cut_short,
        lambda s, h: ends(s, h, STOPPED),
        is_alone=True,
    ),
    Case(
        48,
        "the thread of the signs of life dies",
        (DONE,),
        _no_sign_of_life,
        _survives_without_signs,
        is_alone=True,
    ),
    Case(50, "each doorbell a hundred times", (DONE,), _hundred_doorbells, lambda s, h: ends(s, [h], DONE)),
    Case(
        51, "500 waiting of one member, 1 of another", AS_PROMISED, _crowd, _newcomer_is_next, is_alone=True
    ),
    Case(
        52, "60 calls", AS_PROMISED, lambda stand: None, lambda stand, _: _nobody_grows(stand), is_alone=True
    ),
)
