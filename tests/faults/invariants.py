"""The promises, counted over database, ledger, storage, spool and logs when everything has ended."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage

from generations.execution.calling import MAX_UNSENT_TRIES
from generations.models import Call, CallOutcome, CallStatus, Generation, Image
from generations.models.generations import ACTIVE_STATUSES
from tests.faults.asking import ledger, look
from tests.faults.stand import LEASE, SECRET, Stand

_MOST = 5  # violations of one promise that are shown
_MOST_FILES = 200  # open ones of a part that serves a stand
# What may leave a call unknown or be the reason of a repeat; a storage or a broker that is away must not.
_MAY_EXPLAIN = frozenset({"database", "endpoint", "disk", "clock", "rolling restart"})
_NEAR = 3 * LEASE  # seconds between a disturbance and what it may explain


def checked(stand: Stand) -> Mapping[str, list[str]]:
    """Return the violations of every promise, at most a few of each."""
    return {name: look(partial(_violations, promise, stand)) for name, promise in PROMISES.items()}


def executed_once(stand: Stand) -> Iterator[str]:
    """I1: one request per call at most, and no more of them executed than there are calls."""
    known = set(map(str, Call.objects.values_list("pk", flat=True)))
    for call, requests in Counter(row["call_id"] for row in ledger(stand.simulator)).items():
        if requests > 1:
            yield f"call {call} was sent {requests} times"
        if call not in known:
            yield f"nobody knows the call {call}"


def delivered_is_stored(stand: Stand) -> Iterator[str]:
    """I2: what was executed and handed over without a fault is stored, or was lost with a process."""
    calls = {str(call.pk): call for call in Call.objects.select_related("generation")}
    stored = Counter(map(str, Image.objects.values_list("call_id", flat=True)))
    for row in ledger(stand.simulator):
        call = calls[row["call_id"]]
        is_delivered = row["delivered_at"] and row["status"] == 200 and not row["fault"]
        if is_delivered and stored[row["call_id"]] < row["images"] and not explained(stand, call):
            have = stored[str(call.pk)]
            yield f"call {call.pk} is {call.status} {call.reason} with {have} of {row['images']}"


def nothing_stuck(stand: Stand) -> Iterator[str]:
    """I3: every generation has come to an end, and so has every call."""
    for generation in Generation.objects.filter(status__in=ACTIVE_STATUSES):
        yield f"generation {generation.pk} is {generation.status}"
    ends = (CallStatus.SETTLED, CallStatus.UNKNOWN)
    for call in Call.objects.exclude(status__in=ends):
        yield f"call {call.pk} is {call.status}"


def rows_match_objects(stand: Stand) -> Iterator[str]:
    """I4: every image has its three objects with the right bytes, and no object is without an image."""
    wanted: set[str] = set()
    for image in Image.objects.all():
        wanted |= {image.original, image.thumb_320, image.thumb_640}
        try:
            with default_storage.open(image.original) as stream:
                digest = hashlib.sha256(stream.read()).hexdigest()
        except FileNotFoundError:
            yield f"image {image.pk} has no object"
            continue
        if digest != image.sha256:
            yield f"image {image.pk} has other bytes"
    there = _objects(stand)
    yield from (f"{key} is missing" for key in wanted - there)
    failed = set(Call.objects.filter(outcome=CallOutcome.FAILED).values_list("pk", flat=True))
    litter = (key for key in there - wanted if not any(str(pk) in key for pk in failed))
    yield from (f"{key} belongs to no image" for key in litter)


def everything_is_explained(stand: Stand) -> Iterator[str]:
    """I5: each unknown, each failure and each repeat goes back to a fault that was injected."""
    for call in Call.objects.select_related("generation", "endpoint"):
        is_odd = (
            call.status == CallStatus.UNKNOWN
            or call.repeats
            or call.outcome in (CallOutcome.FAILED, CallOutcome.PARTIAL, CallOutcome.REPEATED)
        )
        if is_odd and not explained(stand, call):
            yield f"call {call.pk} is {call.status} {call.outcome} {call.reason}, repeats {call.repeats}"
        if call.repeats > MAX_UNSENT_TRIES:
            yield f"call {call.pk} was repeated {call.repeats} times"


def sums_add_up(stand: Stand) -> Iterator[str]:
    """I6: every generation counts its images rightly, and no call has more than the endpoint made for it."""
    images = Counter(Image.objects.values_list("generation_id", flat=True))
    for generation in Generation.objects.all():
        if generation.images_count != images[generation.pk]:
            yield f"generation {generation.pk} counts {generation.images_count} of {images[generation.pk]}"
    made = {row["call_id"]: row["images"] for row in ledger(stand.simulator)}
    for call, stored in Counter(map(str, Image.objects.values_list("call_id", flat=True))).items():
        if call in made and stored > made[call]:
            yield f"call {call} has {stored} images, and {made[call]} were made"


def no_secret_anywhere(stand: Stand) -> Iterator[str]:
    """I7: the key of the endpoint stands in no log, no row and no message."""
    if SECRET in stand.logs():
        yield "the key is in a log"
    for model in apps.get_models():
        if any(SECRET in str(row) for row in model._default_manager.values()):
            yield f"the key is in a row of {model.__name__}"
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        client: Any = broker
        for key in client.scan_iter():
            if SECRET.encode() in (client.dump(key) or b""):
                yield f"the key is in redis under {key!r}"


def nothing_piles_up(stand: Stand) -> Iterator[str]:
    """I8: no part keeps files open without bound, and the spool holds only what could not be used."""
    for part in stand.nursery.parts.values():
        files = len(list(Path(f"/proc/{part.pid}/fd").glob("*"))) if part.is_alive else 0
        if files > _MOST_FILES:
            yield f"{part.name} has {files} files open"
    for body in (stand.folder / "spool").glob("*.body"):
        call = Call.objects.filter(pk=body.stem).first()
        if call is None or call.outcome not in (CallOutcome.FAILED, CallOutcome.PARTIAL):
            yield f"the answer of call {body.stem} lies in the spool: {call and call.status}"


def _violations(promise: "Promise", stand: Stand) -> list[str]:
    return list(promise(stand))[:_MOST]


def explained(stand: Stand, call: Call) -> bool:
    """Whether a fault that was injected says why: in its prompt, at its call, in its worker or around it."""
    if "[[" in call.generation.prompt or call.endpoint.base_url != stand.base_url:
        return True
    worker = call.worker.split(":")[1] if call.worker.count(":") else ""
    if any(fired.call == str(call.pk) or str(fired.pid) == worker for fired in stand.orders.fired()):
        return True
    moments = [
        moment.timestamp()
        for moment in (call.claimed_at, call.sent_at, call.received_at, call.settled_at)
        if moment
    ]
    return any(
        since - _NEAR < moment < until + _NEAR
        for what, since, until in stand.disturbances
        for moment in moments
        if what in _MAY_EXPLAIN
    )


def _objects(stand: Stand) -> set[str]:
    if stand.bucket is not None:
        return set(filter(lambda key: key.startswith("images/"), stand.bucket.keys()))
    media = stand.folder / "media"
    return {
        str(file.relative_to(media))
        for file in media.rglob("*")
        if file.is_file() and file.is_relative_to(media / "images")
    }


Promise = Callable[[Stand], Iterator[str]]
PROMISES: Mapping[str, Promise] = {
    "I1": executed_once,
    "I2": delivered_is_stored,
    "I3": nothing_stuck,
    "I4": rows_match_objects,
    "I5": everything_is_explained,
    "I6": sums_add_up,
    "I7": no_secret_anywhere,
    "I8": nothing_piles_up,
}
