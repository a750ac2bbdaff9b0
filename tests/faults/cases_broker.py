"""Cases 53 to 59: Redis is away, hangs, forgets, is rude, or says everything twice."""

import signal
import time
from typing import Any
from uuid import uuid4

import redis
from celery import current_app
from django.conf import settings

from generations.models import Generation
from tests.e2e.visitor import Visitor, visitor
from tests.faults import asking
from tests.faults.cases import AS_PROMISED, DONE, Case, all_hold
from tests.faults.cases_worker import ends, in_flight
from tests.faults.orders import VISIBILITY
from tests.faults.stand import Stand, calls_part

_POLLED = 30.0  # seconds within which waiting work starts while Redis is away
_BACK = 60.0  # seconds within which it is consumed again


def _timed(member: Visitor) -> tuple[str, float]:
    begun = time.monotonic()
    generation = member.ask("a cat")
    return generation, (time.monotonic() - begun) / 3  # three pages


def _submit_while(stand: Stand, *, hangs: bool) -> tuple[Generation, float]:
    with visitor(stand) as member, stand.disturbed("redis"):  # type: ignore[arg-type]
        if hangs:
            stand.redis.signal(signal.SIGSTOP)
        else:
            stand.kill_redis()
        try:
            pk, seconds = _timed(member)
            time.sleep(3)
        finally:
            if hangs:
                stand.redis.signal(signal.SIGCONT)
            else:
                stand.start_redis()
    return Generation.objects.get(pk=pk), seconds


def _accepted_and_done(stand: Stand, handle: tuple[Generation, float]) -> str:
    generation, seconds = handle
    seen = asking.wait_for_state(stand, generation, (DONE,), seconds=_BACK)
    return all_hold(
        {f"a page takes two seconds at most ({seconds:.1f})": seconds < 2, f"{DONE} ({seen})": seen == DONE}
    )


def _restarts(stand: Stand) -> list[tuple[str, float]]:
    """Calls are in flight at every restart, and one more is asked for after it."""
    seen = []
    for _ in range(3):
        with stand.disturbed("redis"):
            flying = asking.ask(stand, "a cat [[slow:3]]")
            in_flight(stand, [flying])
            stand.kill_redis()
            time.sleep(1)
            stand.start_redis()
        begun = time.monotonic()
        after = asking.ask(stand, "a cat")
        for generation in (flying, after):
            seen.append(
                (asking.wait_for_state(stand, generation, (DONE,), seconds=_BACK), time.monotonic() - begun)
            )
    return seen


def _resumed(stand: Stand, seen: list[tuple[str, float]]) -> str:
    longest = max(seconds for _, seconds in seen)
    return all_hold(
        {
            "everything succeeded": {state for state, _ in seen} == {DONE},
            f"within 30 s (longest {longest:.0f})": longest < 30,
        }
    )


def _away(stand: Stand) -> Generation:
    with stand.disturbed("redis"):
        stand.kill_redis()
        generation = asking.ask(stand, "a cat")
        asking.wait_for_state(stand, generation, (DONE,), seconds=_POLLED)
    return generation


def _done_without(stand: Stand, generation: Generation) -> str:
    seen = asking.state(stand, generation)
    stand.start_redis()
    asking.wait_for_state(stand, generation, (DONE,), seconds=_BACK)
    return seen


def _flushed(stand: Stand) -> list[Generation]:
    asked = [asking.ask(stand, "a cat [[slow:1]]") for _ in range(8)]
    with redis.Redis.from_url(settings.REDIS_URL) as broker, stand.disturbed("redis"):
        for _ in range(5):
            broker.flushall()
            time.sleep(0.3)
    return asked


def _full(stand: Stand) -> list[Generation]:
    with redis.Redis.from_url(settings.REDIS_URL) as broker, stand.disturbed("redis"):
        broker.config_set("maxmemory", "1")
        asked = [asking.ask(stand, "a cat") for _ in range(3)]
        time.sleep(2)
        broker.config_set("maxmemory", "0")
    return asked


def _nonsense(stand: Stand) -> Generation:
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        client: Any = broker
        for message in (b"{", b"null", b'{"body": 1}', b"\xff\xfe"):
            client.lpush("studio:calls", message)
        current_app.send_task("generations.no_such_task", queue="calls")
        current_app.send_task("generations.run_call", args=["an", "old", "message"], queue="calls")
        current_app.send_task("generations.settle_call", args=[str(uuid4())], queue="images.stand")
        current_app.send_task("generations.settle_call", args=["not an id"], queue="images.stand")
    return asking.ask(stand, "a cat")


def _password(stand: Stand) -> tuple[Generation, float]:
    with redis.Redis.from_url(settings.REDIS_URL) as broker, stand.disturbed("redis"):
        client: Any = broker
        with visitor(stand) as member:  # type: ignore[arg-type]
            client.config_set("requirepass", "another")
            client.client_kill_filter(_type="normal", skipme=True)
            pk, seconds = _timed(member)
            time.sleep(3)
        client.config_set("requirepass", "")
    return Generation.objects.get(pk=pk), seconds


def _impatient(stand: Stand) -> list[Generation]:
    """A worker whose visibility timeout is far shorter than a call."""
    calls_part(stand, "calls-impatient", threads=2, environment={VISIBILITY: "2"})
    return [asking.ask(stand, "a cat [[slow:6]]") for _ in range(4)]


def _see_all(stand: Stand, asked: list[Generation]) -> str:
    return ends(stand, asked, DONE)


CASES = (
    Case(
        53,
        "Redis is away when somebody submits",
        AS_PROMISED,
        lambda s: _submit_while(s, hangs=False),
        _accepted_and_done,
        is_alone=True,
    ),
    Case(53, f"Redis is away for {_POLLED:.0f} s and more", (DONE,), _away, _done_without, is_alone=True),
    Case(
        54,
        "Redis hangs when somebody submits",
        AS_PROMISED,
        lambda s: _submit_while(s, hangs=True),
        _accepted_and_done,
        is_alone=True,
    ),
    Case(55, "Redis restarted three times, calls in flight", AS_PROMISED, _restarts, _resumed, is_alone=True),
    Case(56, "FLUSHALL five times", (DONE,), _flushed, _see_all, is_alone=True),
    Case(56, "Redis has no memory left", (DONE,), _full, _see_all, is_alone=True),
    Case(
        57,
        "malformed, unknown, old and strange messages",
        (DONE,),
        _nonsense,
        lambda s, g: ends(s, [g], DONE),
        is_alone=True,
    ),
    Case(58, "the password of Redis is changed", AS_PROMISED, _password, _accepted_and_done, is_alone=True),
    Case(59, "a visibility timeout of 2 s", (DONE,), _impatient, _see_all),
)
