"""Members who ask for images at a stand, and what can be seen of it afterwards: rows, ledger, pages."""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import DatabaseError, connection, transaction

from generations.models import Call, Endpoint, EndpointModel, Generation, Image, ModerationPolicy
from generations.models.generations import ACTIVE_STATUSES
from generations.submission import Order, submit
from team.models import User
from tests.faults.stand import Stand
from tests.people import make_member
from tests.services.simulator import Simulator

_Seen = TypeVar("_Seen")
PATIENCE = 90.0  # seconds
_SETTLED = 25.0  # seconds after which nothing late is expected any more
_PAUSE = 0.1  # seconds between two looks


def main_endpoint() -> Endpoint:
    return Endpoint.objects.get(from_environment=True)


def check_before_sending(thresholds: Mapping[str, float], *, at: Endpoint | None = None) -> None:
    """Have every prompt checked, at the main endpoint or another; without an answer nothing is sent."""
    policy = ModerationPolicy.current()
    policy.check_endpoint = at or main_endpoint()
    policy.thresholds, policy.fails_open = dict(thresholds), False
    policy.save()


def check_nothing() -> None:
    """Send without a check again."""
    ModerationPolicy.objects.update(check_endpoint=None)


def own_endpoint(
    name: str,
    base_url: str,
    *,
    deadline: int | None = None,
    models: Sequence[str] = ("gpt-image-2",),
    **fields: Any,
) -> Endpoint:
    """Add an endpoint for one case, so that what happens to it keeps no other case waiting."""
    endpoint = Endpoint.objects.create(name=f"{name} {uuid4().hex[:6]}", base_url=base_url, **fields)
    for model in models:
        EndpointModel.objects.create(endpoint=endpoint, name=model, deadline_seconds=deadline)
    return endpoint


def ask(
    stand: Stand,
    prompt: str,
    *,
    at: tuple[str, str] | None = None,
    member: User | None = None,
    endpoint: Endpoint | None = None,
    lasting: bool = False,
    **fields: Any,
) -> Generation:
    """Submit an order as the form does; `at` names a point and what happens there to each of its calls."""
    values: dict[str, Any] = {"model": "gpt-image-2", "n": 1, **fields}
    order = Order(
        endpoint=endpoint or look(main_endpoint),
        prompt=f"{prompt} {uuid4().hex[:12]}",
        **values,
    )
    who, token = member or look(make_member), uuid4()

    def press() -> Generation:
        with transaction.atomic():
            generation = submit(order, member=who, token=token)
            if at:
                for call in generation.calls.all():
                    stand.orders.give(*at, call=str(call.pk), lasting=lasting)
        return generation

    return look(press)


def look(question: Callable[[], _Seen]) -> _Seen:
    """Ask the database, again when its sessions have just been ended."""
    for _ in range(100):
        try:
            return question()
        except DatabaseError:
            connection.close()
            time.sleep(_PAUSE)
    return question()


def requests(simulator: Simulator, generation: UUID) -> tuple[int, int]:
    """Return how many requests the endpoint had for a generation, and how many it would charge for."""
    calls = look(
        lambda: [str(pk) for pk in Call.objects.filter(generation=generation).values_list("pk", flat=True)]
    )
    asked = ledger(simulator, calls=calls)
    return len(asked), sum(row["executed_at"] is not None for row in asked)


def ledger(simulator: Simulator, *, calls: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the lines of the endpoint's own record; of all calls, unless some are named."""
    chosen = "" if calls is None else f"WHERE call_id IN ({', '.join('?' * len(calls))})"
    with closing(sqlite3.connect(simulator.ledger, timeout=20)) as book:
        book.row_factory = sqlite3.Row
        # Nothing but question marks is put into the statement.
        rows = book.execute(f"SELECT * FROM requests {chosen} ORDER BY id", calls or ())  # noqa: S608
        return [dict(row) for row in rows]


def state(stand: Stand, generation: Generation) -> str:
    """Say in a few words what has become of it."""

    def ask_rows() -> tuple[Generation, int]:
        row = Generation.objects.get(pk=generation.pk)
        return row, Image.objects.filter(generation=row).count()

    row, images = look(ask_rows)
    asked, paid = requests(stand.simulator, row.pk)
    reason = f" {row.reason}" if row.reason and row.status not in ACTIVE_STATUSES else ""
    return f"{row.status}{reason}: asked {asked}, paid {paid}, images {images}"


def wait_for_state(
    stand: Stand, generation: Generation, wanted: Sequence[str], *, seconds: float = PATIENCE
) -> str:
    """Return the state once it is one of the wanted, or when it stays another one for long."""
    deadline = time.monotonic() + seconds
    seen, since = "", time.monotonic()
    while time.monotonic() < deadline:
        now = state(stand, generation)
        if now in wanted:
            return now
        if now != seen:
            seen, since = now, time.monotonic()
        if not now.startswith(tuple(ACTIVE_STATUSES)) and time.monotonic() - since > _SETTLED:
            break
        time.sleep(_PAUSE)
    return seen


def was_missed(stand: Stand, generation: Generation, point: str) -> bool:
    """Whether the fault of another case was first, so that this one's order was never carried out."""
    calls = look(lambda: list(generation.calls.values_list("pk", flat=True)))
    missed = [stand.orders.withdraw(point, call=str(pk)) for pk in calls]
    return any(missed)


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE) -> bool:
    deadline = time.monotonic() + seconds
    while not (holds := look(condition)) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return holds


def drained(*, seconds: float) -> bool:
    """Wait until nothing is waiting or under way any more."""
    return wait_until(
        lambda: not Generation.objects.filter(status__in=ACTIVE_STATUSES).exists(), seconds=seconds
    )


def only_call(generation: Generation) -> Call:
    return look(lambda: Call.objects.filter(generation=generation).latest("queued_at"))
