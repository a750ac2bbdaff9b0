"""Crash points 1 to 15: a worker dies, stops or is asked to end at every step of a call."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import httpx

from generations.models import CallStatus, Generation
from tests.e2e.visitor import visitor
from tests.faults import asking
from tests.faults.cases import AS_PROMISED, DONE, LOST, LOST_UNSENT, Case, all_hold, one
from tests.faults.stand import LEASE, STOPPED, Stand
from tests.services.processes import free_port

_SLOW = "a cat [[slow:3]]"
_TWO = "succeeded: asked 1, paid 1, images 2"


def _stopped(number: int, injected: str, point: str, *expected: str, prompt: str = "a cat") -> Case:
    """The process stops at the point, is believed dead, and wakes after its call was taken from it."""

    def inject(stand: Stand) -> Generation:
        return asking.ask(stand, prompt, at=(point, "stop"))

    def see(stand: Stand, generation: Generation) -> str:
        calls = {str(pk) for pk in asking.look(lambda: list(generation.calls.values_list("pk", flat=True)))}
        asking.wait_until(lambda: any(woken.call in calls for woken in stand.woken()))
        time.sleep(2)  # for whatever it may do wrong
        return asking.wait_for_state(stand, generation, expected)

    return Case(number, injected, expected, inject, see, is_long=True)


def _kill_while_the_endpoint_thinks(stand: Stand) -> Generation:
    generation = asking.ask(stand, "a cat [[slow:30]]")
    asking.wait_until(lambda: asking.requests(stand.simulator, generation.pk)[1] == 1)
    worker = asking.only_call(generation).worker.split(":")[1]
    stand.kill(next(part for part in stand.calls if str(part.pid) == worker))
    return generation


def _stop_while_the_endpoint_thinks(stand: Stand) -> Generation:
    generation = asking.ask(stand, f"a cat [[slow:{LEASE + 3}]]")
    asking.wait_until(lambda: asking.requests(stand.simulator, generation.pk)[1] == 1)
    pid = int(asking.only_call(generation).worker.split(":")[1])
    stand.stop(pid)
    asking.wait_until(lambda: asking.only_call(generation).status == CallStatus.UNKNOWN)
    time.sleep(LEASE)
    os.kill(pid, signal.SIGCONT)
    return generation


def _submit_to_a_page_that_dies(stand: Stand) -> Generation:
    before = set(Generation.objects.values_list("pk", flat=True))
    with visitor(stand) as member:  # type: ignore[arg-type]
        stand.orders.give("submitted", "kill")
        with suppress(httpx.TransportError):  # the page dies before it answers
            member.ask("a cat")
    return Generation.objects.exclude(pk__in=before).get()


def _die_with_the_doorbell(stand: Stand) -> Generation:
    stand.orders.give("fetched", "kill")
    return asking.ask(stand, "a cat")


def _end(*expected: str) -> Callable[[Stand, Generation], str]:
    def see(stand: Stand, generation: Generation) -> str:
        return asking.wait_for_state(stand, generation, expected)

    return see


def _see_decoder_that_always_dies(stand: Stand, generation: Generation) -> str:
    asking.wait_until(lambda: not Generation.objects.get(pk=generation.pk).is_active, seconds=300)
    call = asking.only_call(generation)
    stand.orders.withdraw("decoding", call=str(call.pk))
    kept = (stand.folder / "spool" / f"{call.pk}.body").exists()
    return all_hold(
        {
            "the call failed as no image": call.reason == "not_an_image",
            "its answer is kept": kept,
            "the pool lives": stand.images.is_alive,
        }
    )


def _wait_for_lost_reply(stand: Stand, generation: Generation) -> str:
    """Either nothing was sent, and only a person may repeat, or it all went on; never a second request."""
    return asking.wait_for_state(stand, generation, (DONE, LOST_UNSENT))


def _checked(injected: str, *expected: str, prompt: str = "a cat", at: tuple[str, str] | None = None) -> Case:
    """A call that is checked before it is sent; alone, for the policy is everybody's."""

    def inject(stand: Stand) -> Generation:
        asking.look(lambda: asking.check_before_sending({"sexual": 0.5}))
        return asking.ask(stand, prompt, at=at)

    def see(stand: Stand, generation: Generation) -> str:
        seen = asking.wait_for_state(stand, generation, expected)
        asking.look(asking.check_nothing)
        return seen

    return Case(3, injected, expected, inject, see, is_alone=True)


def _ask_while_the_check_is_away(stand: Stand) -> tuple[Generation, bool, bool]:
    away = asking.own_endpoint("check", f"http://127.0.0.1:{free_port()}/v1")
    with stand.disturbed("check"):
        asking.look(lambda: asking.check_before_sending({"sexual": 0.5}, at=away))
        generation = asking.ask(stand, "a cat")
        waits = asking.wait_until(lambda: asking.only_call(generation).repeats > 0)
        is_unsent = asking.requests(stand.simulator, generation.pk) == (0, 0)
        asking.look(asking.check_nothing)
    away.is_active = False  # or pages offer it to those who ask for images
    asking.look(away.save)
    return generation, waits, is_unsent


def _see_it_go_on(stand: Stand, handle: tuple[Generation, bool, bool]) -> str:
    generation, waits, is_unsent = handle
    goes_on = asking.wait_for_state(stand, generation, (DONE,)) == DONE
    return all_hold({"it waits": waits, "nothing is sent unchecked": is_unsent, "it goes on": goes_on})


CASES = (
    Case(1, "web killed between commit and doorbell", (DONE,), _submit_to_a_page_that_dies, _end(DONE)),
    Case(2, "worker killed with the doorbell in its hand", (DONE,), _die_with_the_doorbell, _end(DONE)),
    one(3, "killed after the claim", DONE, at=("claimed", "kill")),
    one(3, "asked to end after the claim", DONE, at=("claimed", "terminate")),
    _stopped(3, "stopped after the claim", "claimed", DONE),
    _stopped(
        3,
        "stopped after the claim, awake while another asks",
        "claimed",
        DONE,
        prompt=f"a cat [[slow:{STOPPED + LEASE}]]",
    ),
    _checked("killed after the check before sending", DONE, at=("checked", "kill")),
    _checked("asked to end after the check before sending", DONE, at=("checked", "terminate")),
    _checked(
        "killed after the claim, stopped by the check",
        "blocked pre_checked: asked 0, paid 0, images 0",
        prompt="a cat in lingerie",
        at=("claimed", "kill"),
    ),
    Case(
        3,
        "the check before sending is away",
        AS_PROMISED,
        _ask_while_the_check_is_away,
        _see_it_go_on,
        is_alone=True,
    ),
    one(4, "killed after `sent`, before the first byte", LOST_UNSENT, at=("marked-sent", "kill")),
    one(4, "asked to end after `sent`", DONE, at=("marked-sent", "terminate")),
    _stopped(4, "stopped after `sent`", "marked-sent", DONE),
    Case(5, "killed while the endpoint works", (LOST,), _kill_while_the_endpoint_thinks, _end(LOST)),
    one(6, "killed in the body", LOST, at=("in-body", "kill")),
    one(6, "asked to end in the body", DONE, at=("in-body", "terminate")),
    _stopped(6, "stopped in the body", "in-body", DONE),
    one(6, "killed when the body was flushed and had no name", LOST, at=("body-synced", "kill")),
    one(7, "killed when the answer was spooled", DONE, at=("spooled", "kill")),
    one(7, "asked to end when the answer was spooled", DONE, at=("spooled", "terminate")),
    _stopped(7, "stopped when the answer was spooled", "spooled", DONE),
    one(8, "killed when `received` was committed", DONE, at=("received", "kill")),
    one(8, "killed before reading the answer", DONE, at=("settling", "kill")),
    one(8, "asked to end before reading the answer", DONE, at=("settling", "terminate")),
    _stopped(8, "stopped before reading the answer", "settling", DONE),
    one(9, "the decoder dies once", DONE, at=("decoding", "crash")),
    Case(
        9,
        "the decoder dies every time",
        AS_PROMISED,
        lambda stand: asking.ask(stand, "a cat", at=("decoding", "crash"), lasting=True),
        _see_decoder_that_always_dies,
        is_long=True,
    ),
    one(10, "killed after the first object", _TWO, at=("object-stored", "kill"), n=2),
    one(10, "killed after the first of two images", _TWO, at=("image-stored", "kill"), n=2),
    one(10, "asked to end after the first of two images", _TWO, at=("image-stored", "terminate"), n=2),
    _stopped(10, "stopped after an image", "image-stored", DONE),
    one(11, "killed with all rows written", _TWO, at=("rows-written", "kill"), n=2),
    _stopped(11, "stopped with all rows written", "rows-written", DONE),
    one(12, "killed before the spool was emptied", DONE, at=("settled", "kill")),
    *(
        one(
            13,
            f"asked to end inside the commit of `{status}`",
            DONE,
            at=(f"before-commit-{status}", "terminate"),
        )
        for status in ("claimed", "sent", "received", "settled")
    ),
    one(13, "killed before the commit of `sent`", DONE, at=("before-commit-sent", "kill")),
    one(13, "killed before the commit of `received`", DONE, at=("before-commit-received", "kill")),
    one(14, "`claimed` committed, its reply lost", DONE, at=("after-commit-claimed", "lose-database")),
    Case(
        14,
        "`sent` committed, its reply lost",
        (LOST_UNSENT, DONE),
        lambda stand: asking.ask(stand, "a cat", at=("after-commit-sent", "lose-database")),
        _wait_for_lost_reply,
    ),
    one(14, "`received` committed, its reply lost", DONE, at=("after-commit-received", "lose-database")),
    one(14, "`settled` committed, its reply lost", DONE, at=("after-commit-settled", "lose-database")),
    Case(
        15,
        "stopped for two leases while the endpoint works",
        (DONE,),
        _stop_while_the_endpoint_thinks,
        _end(DONE),
        is_long=True,
    ),
)
