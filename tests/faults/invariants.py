"""The promises, counted over database, ledger, storage, spool and logs when everything has ended."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage

from generations.execution.calling import MAX_UNSENT_TRIES
from generations.images_api import Reason
from generations.images_api.spool import ASIDE
from generations.models import Call, CallOutcome, CallStatus, Generation, Image
from generations.models.generations import ACTIVE_STATUSES
from tests.faults.asking import ledger, look
from tests.faults.attribution import Attribution, ended_oddly, takeovers
from tests.faults.stand import SECRET, Stand

_MOST = 5  # violations of one promise that are shown
_MOST_FILES = 200  # open ones of a part that serves a stand


def checked(stand: Stand) -> Mapping[str, list[str]]:
    """Return the violations of every promise, at most a few of each."""
    return {name: look(partial(_violations, promise, stand)) for name, promise in PROMISES.items()}


def executed_once(stand: Stand) -> Iterator[str]:
    """I1: one request per call at most, and one that was executed per place of a generation.

    A person who asks again makes a generation of its own: what was executed twice for one place was paid for
    twice by a machine.
    """
    places = {
        str(pk): place
        for pk, *place in Call.objects.values_list("pk", "generation", "position", "outcome", "reason")
    }
    executed: Counter[Any] = Counter()
    for call, rows in _by_call(stand).items():
        if call not in places:
            yield f"nobody knows the call {call}"
            continue
        if len(rows) > 1:
            yield f"call {call} was sent {len(rows)} times"
        generation, position, outcome, reason = places[call]
        if reason == Reason.PRE_CHECKED:
            yield f"call {call} was sent although the check stops it"
        paid = sum(row["executed_at"] is not None for row in rows)
        executed[generation, position] += paid
        if paid and outcome == CallOutcome.REPEATED:
            yield f"call {call} was executed, and another took its place"
    for (generation, position), times in executed.items():
        if times > 1:
            yield f"place {position} of generation {generation} was executed {times} times"


def delivered_is_stored(stand: Stand) -> Iterator[str]:
    """I2: what was executed and handed over is stored, or an injected fault or its member took it."""
    calls = {str(call.pk): call for call in Call.objects.select_related("generation", "endpoint")}
    stored = Counter(map(str, Image.objects.values_list("call_id", flat=True)))
    attribution = Attribution(stand)
    for pk, rows in _by_call(stand).items():
        call = calls[pk]
        made = max((row["images"] for row in rows if row["delivered_at"] and row["status"] == 200), default=0)
        is_lost = stored[pk] < made and call.outcome != CallOutcome.DISCARDED
        if is_lost and attribution.of_loss(call) is None:
            yield f"call {pk} is {call.status} {call.reason} with {stored[pk]} of {made}"


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
    """I5: each unknown, failed or partial call, each repeat and takeover goes back to a fault."""
    attribution = Attribution(stand)
    for call in Call.objects.select_related("generation", "endpoint"):
        what = f"call {call.pk} of {call.worker} is {call.status} {call.outcome} {call.reason}"
        if ended_oddly(call) and attribution.of(call) is None:
            yield what
        if call.repeats and attribution.of_repeat(call) is None:
            yield f"{what}, repeats {call.repeats}"
        if takeovers(call) and attribution.of_takeover(call) is None:
            yield f"{what}, claims {call.epoch}"
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
    for body in (stand.folder / "spool" / ASIDE).glob("*.body"):
        yield f"the answer of call {body.stem} was laid aside"


def _violations(promise: "Promise", stand: Stand) -> list[str]:
    return list(promise(stand))[:_MOST]


def _by_call(stand: Stand) -> Mapping[str, list[dict[str, Any]]]:
    """The lines of the endpoint's record, by call; a request without one stands under "None"."""
    rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ledger(stand.simulator):
        rows[str(row["call_id"])].append(row)
    return rows


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
