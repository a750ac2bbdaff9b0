"""Cases 76 and 77: clocks that are wrong or jump. And 91, 92: another start, another key."""

from datetime import timedelta

from django.db.models import F

from generations.models import Call, Generation
from tests.faults import asking
from tests.faults.cases import DONE, Case
from tests.faults.cases_worker import ends, in_flight
from tests.faults.orders import CLOCK
from tests.faults.stand import LEASE, Stand, calls_part


def _wrong_clock(stand: Stand, seconds: int) -> list[Generation]:
    """Only workers with a wrong clock are there, and calls take longer than a lease."""
    wrong = [
        calls_part(stand, f"calls-clock-{seconds}-{number}", environment={CLOCK: str(seconds)})
        for number in range(2)
    ]
    asking.wait_until(lambda: all(part.log.exists() and " ready." in part.log.read_text() for part in wrong))
    right = [part for part in stand.calls if part not in wrong]
    for part in right:
        stand.nursery.end(part)
    asked = [asking.ask(stand, f"a cat [[slow:{LEASE + 2}]]") for _ in range(2)]
    in_flight(stand, asked)
    for part in right:
        part.is_wanted = True
    ends(stand, asked, DONE)
    for part in wrong:
        stand.nursery.end(part)
    return asked


def _database_jumps(stand: Stand) -> list[Generation]:
    """Ten minutes pass at once for the leases; the workers live, and their answers count."""
    asked = [asking.ask(stand, "a cat [[slow:3]]") for _ in range(3)]
    in_flight(stand, asked)
    with stand.disturbed("clock"):
        let_leases_end()
    return asked


def let_leases_end() -> None:
    Call.objects.in_flight().update(lease_until=F("lease_until") - timedelta(minutes=10))


def _rolling_restart(stand: Stand) -> list[Generation]:
    asked = []
    with stand.disturbed("rolling restart"):
        for part in stand.workers:
            asked += [asking.ask(stand, "a cat [[slow:1]]") for _ in range(2)]
            stand.tell_to_end(part)
            asking.wait_until(lambda pid=part.pid, part=part: part.pid != pid)  # type: ignore[misc]
    return asked


def _key_rotated(stand: Stand) -> list[Generation]:
    """A key that cannot be sent, and then a good one: what waits picks it up."""
    endpoint = asking.own_endpoint("case 92", stand.base_url)
    endpoint.store_key("sk-old-key-of-nobody")
    endpoint.save()
    before = asking.ask(stand, "a cat [[slow:2]]", endpoint=endpoint)
    in_flight(stand, [before])
    endpoint.store_key("sk-new-key-of-nobody")
    endpoint.save()
    return [before, asking.ask(stand, "a cat", endpoint=endpoint)]


def _all_done(stand: Stand, asked: list[Generation]) -> str:
    return ends(stand, asked, DONE)


CASES = (
    Case(
        76,
        "the workers' clocks an hour ahead",
        (DONE,),
        lambda s: _wrong_clock(s, 3600),
        _all_done,
        is_alone=True,
    ),
    Case(
        76,
        "the workers' clocks an hour behind",
        (DONE,),
        lambda s: _wrong_clock(s, -3600),
        _all_done,
        is_alone=True,
    ),
    Case(77, "ten minutes pass for the leases", (DONE,), _database_jumps, _all_done, is_alone=True),
    Case(91, "a rolling restart, calls in every state", (DONE,), _rolling_restart, _all_done, is_alone=True),
    Case(92, "the key is changed while calls are in flight", (DONE,), _key_rotated, _all_done),
)
