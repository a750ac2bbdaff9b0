"""What the doctor says of the engine: its workers, its endpoints, and what is stuck in the line."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now

from generations.engine.findings import Finding, attention, broken, ok
from generations.engine.numbers import Engine, look
from generations.engine.words import age
from generations.models import Call, CallStatus, Endpoint, KeySource, Pause
from generations.workers import POOLS

_UNSWEPT = 180.0  # seconds
_LONG = 600.0  # seconds
_SWEPT_WITHIN = 15  # seconds after its end in which the sweep has found a lease that has run out
_KEY_WORDS = {
    KeySource.UNREADABLE: "its stored key cannot be read",
    KeySource.UNSET_VARIABLE: "the variable with its key is not set here",
    KeySource.NONE: "it has no key",
}


def check_engine() -> Iterator[Finding]:
    """Look at the engine; needs the database, and says so where it needs Redis."""
    engine = look()
    yield from _workers(engine)
    yield _sweep(engine)
    yield from _endpoints()
    yield from _line(engine)
    yield from _pauses(engine)


def _workers(engine: Engine) -> Iterator[Finding]:
    if engine.workers is None:
        yield attention("workers", "Nobody knows who is at work, because Redis is away.", "Start Redis.")
        return
    fresh = [line for line in engine.workers if line.sign.is_fresh]
    for pool in POOLS:
        hosts = sorted(line.sign.host for line in fresh if line.sign.pool == pool)
        if hosts:
            yield ok("workers", f"Pool {pool}: {len(hosts)} at work, on {', '.join(dict.fromkeys(hosts))}.")
        else:
            yield broken("workers", f"Pool {pool}: nobody gives a sign of life.", f"Start a {pool} worker.")
    if others := [line.sign.name for line in fresh if line.is_other_version]:
        yield attention(
            "workers",
            f"{len(others)} run another release than this command, first {others[0]}.",
            "Restart them, unless an update is under way.",
        )


def _sweep(engine: Engine) -> Finding:
    if engine.swept is None:
        return broken("sweep", "The line has never been swept.", "Start beat, and an images worker.")
    words = f"The line was last measured {age(engine.swept)} ago."
    if engine.swept > _UNSWEPT:
        return broken(
            "sweep", words, "Start beat: it rings again for what waits and finds dead workers' calls."
        )
    return ok("sweep", words)


def _endpoints() -> Iterator[Finding]:
    in_use = list(Endpoint.objects.filter(is_active=True).order_by("name").prefetch_related("models"))
    if not in_use:
        yield broken("endpoints", "No endpoint is in use.", "Add one on the page Endpoints.")
    for endpoint in in_use:
        about = f"endpoint {endpoint.name}"
        if words := _KEY_WORDS.get(endpoint.key_source):
            yield broken(about, f"It cannot be asked: {words}.", "Set the key on the page Endpoints.")
        elif not any(offer.is_active for offer in endpoint.models.all()):
            yield attention(about, "It offers no model.", "Choose models on the page Endpoints.")
        elif endpoint.check_reason:
            words = f"Its last check, at {_when(endpoint.checked_at)}, failed: {endpoint.check_reason}."
            yield attention(about, words, "Check it again on the page Endpoints, which says what to do.")
        elif endpoint.checked_at is None:
            yield ok(about, "Its key is there. It has never been checked, which costs nothing.")
        else:
            yield ok(about, f"Its key is there, and its check at {_when(endpoint.checked_at)} went well.")
        if endpoint.is_simulator:
            yield attention(about, "It is the simulator.", "Set IMAGES_API_KEY to make real images.")


def _line(engine: Engine) -> Iterator[Finding]:
    words = f"{engine.waiting} wait, {engine.running} run, {engine.received} are received and not settled."
    if (engine.oldest or 0) > _LONG:
        yield attention(
            "line",
            f"{words} The first has waited for {age(engine.oldest or 0)}.",
            "See the page Engine for what is paused, and for the limits of its endpoint.",
        )
    else:
        yield ok("line", words)
    abandoned = Call.objects.in_flight().filter(lease_until__lt=Now() - timedelta(seconds=_SWEPT_WITHIN))
    if count := abandoned.count():
        yield broken(
            "line",
            f"{count} calls belong to workers that are gone (lease of {settings.CALL_LEASE_SECONDS} s).",
            "Start beat and an images worker on the hosts of their spools: the sweep ends such calls.",
        )
    for host in engine.hosts:
        if host.oldest > _LONG:
            yield attention(
                "line",
                f"{host.received} answers lie on {host.name}, the first for {age(host.oldest)}.",
                "Start an images worker on that host, and see its log: the storage may not take them.",
            )
    since = engine.at - timedelta(days=1)
    if count := Call.objects.filter(status=CallStatus.UNKNOWN, settled_at__gte=since).count():
        yield attention(
            "line",
            f"{count} calls of the last day have no known end, and may have been charged.",
            "See docs/operating.md, “What to do when”: mostly a proxy in between gives up early.",
        )


def _pauses(engine: Engine) -> Iterator[Finding]:
    for one in engine.pauses:
        who = f"for {one.pause.reason}" if one.pause.reason else "by hand"
        scope = " ".join(part for part in (_name(one.pause), one.pause.model) if part)
        yield attention(
            "pause",
            f"{scope} is paused {who} since {_when(one.pause.paused_at)}.",
            "Mend the cause, then press “Try again” on the page Engine.",
        )


def _name(pause: Pause) -> str:
    if pause.member is not None:
        return pause.member.display_name
    return "Everything" if pause.endpoint is None else pause.endpoint.name


def _when(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
