"""What a soak came to: how much was asked, what was injected, and what each odd end goes back to."""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from generations.models import Call, Generation, Image
from tests.faults.asking import ledger
from tests.faults.attribution import Attribution, Fault, ended_oddly, life, takeovers
from tests.faults.invariants import checked
from tests.faults.stand import Stand
from tests.faults.telling import tell

_LOST = ("I2", "I3", "I4")
_LINE = "{at:12}  {worker:>8}  {call}  {end:34}  {fault}\n"


@dataclass(frozen=True, slots=True)
class Odd:
    """A call that needs an explanation, why, and the one it has."""

    call: Call
    end: str
    fault: Fault | None


def report(stand: Stand, breaks: Mapping[str, int], options: argparse.Namespace) -> int:
    """Print the counts; return 1 where a promise is broken, else 0."""
    broken = checked(stand)
    odd = list(_odd(stand))
    _tell_counts(stand, options)
    tell("injected: " + ", ".join(f"{name} {times}" for name, times in sorted(breaks.items())))
    for (end, fault), times in sorted(Counter((one.end, _named(one.fault)) for one in odd).items()):
        tell(f"{times:7}  {end:34}  {fault}")
    if options.list:
        Path(options.list).write_text("".join(_line(one) for one in odd))
    unattributed = sum(one.fault is None for one in odd)
    lost = sum(len(broken[name]) for name in _LOST)
    tell(f"{lost} lost, {len(broken['I1'])} paid twice, {unattributed} unattributed")
    for name, violations in broken.items():
        for violation in violations:
            tell(f"  {name}: {violation}")
    return 1 if any(broken.values()) else 0


def _tell_counts(stand: Stand, options: argparse.Namespace) -> None:
    calls = Counter(Call.objects.values_list("status", "outcome"))
    rows = ledger(stand.simulator)
    executed = [row for row in rows if row["executed_at"] is not None]
    kills = Counter(one.action for one in stand.orders.fired())
    outages = Counter(what for what, _, _ in stand.disturbances)
    tell(
        f"seed {options.seed}, {options.database}: {sum(calls.values())} calls of "
        f"{Generation.objects.count()} generations, {len(rows)} requests, {len(executed)} executed, "
        f"{sum(row['images'] for row in executed)} images made, {Image.objects.count()} stored"
    )
    tell("ended: " + ", ".join(f"{_end(*end)} {times}" for end, times in sorted(calls.items())))
    tell("fired: " + ", ".join(f"{action} {times}" for action, times in sorted(kills.items())))
    tell("away: " + ", ".join(f"{what} {times}" for what, times in sorted(outages.items())))


def _odd(stand: Stand) -> Iterator[Odd]:
    attribution = Attribution(stand)
    for call in Call.objects.select_related("generation", "endpoint").order_by("queued_at"):
        if ended_oddly(call):
            yield Odd(call, f"{_end(call.status, call.outcome)} {call.reason}", attribution.of(call))
        if call.repeats:
            yield Odd(call, "asked again", attribution.of_repeat(call))
        if takeovers(call):
            yield Odd(call, "taken over", attribution.of_takeover(call))


def _end(status: str, outcome: str) -> str:
    return outcome or status


def _named(fault: Fault | None) -> str:
    return fault.what if fault else "UNATTRIBUTED"


def _line(odd: Odd) -> str:
    at = odd.fault.at if odd.fault and odd.fault.at else life(odd.call)[0]
    moment = datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:12]
    worker = (odd.fault.worker if odd.fault else "") or "-"
    fault = _named(odd.fault) if odd.fault else f"{_named(odd.fault)} {_story(odd.call)}"
    return _LINE.format(at=moment, worker=worker, call=odd.call.pk, end=odd.end, fault=fault)


def _story(call: Call) -> str:
    """What there is to know of a call that nothing explains."""
    steps = ("queued_at", "claimed_at", "sent_at", "received_at", "settled_at")
    times = (
        f"{step.removesuffix('_at')} {getattr(call, step):%H:%M:%S.%f}"
        for step in steps
        if getattr(call, step)
    )
    return f"of {call.worker}, epoch {call.epoch}: {', '.join(times)}; {call.generation.prompt}"
