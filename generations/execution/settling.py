"""Turn a spooled answer into stored images and a settled call; every step may be repeated from the spool."""

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from generations import collecting, previews, search
from generations.execution.asking import request_of
from generations.execution.calling import pause_before_repeat
from generations.execution.conclusion import refresh
from generations.execution.endings import (
    Unwanted,
    end_answered,
    end_discarded,
    end_refused,
    end_rejected,
    end_unknown,
    end_unusable,
    is_unwanted,
)
from generations.execution.worker import spool, work_root
from generations.images_api import (
    Answer,
    Delivery,
    EncodedImage,
    NotRetrievable,
    Reason,
    Refused,
    Rejected,
    Unanswered,
    Unreadable,
    read_answer,
    write_image,
)
from generations.models import Call, CallStatus, Generation, Image, move_call, touch
from generations.models.calls import lease
from generations.moderation import holding, rules
from generations.storage import (
    NotAPicture,
    StorageUnavailable,
    inspect,
    look_of,
    remove_folder,
    store,
    write_thumbnails,
)

logger = logging.getLogger(__name__)

LEASES = 4  # a settler holds a call for so many leases, anew with every image that it has stored
# Attempts in a row that ended in a dead process; none that stored an image, or found the store away, counts.
# Workers die for other reasons, too: what was paid for is not given up for a few of these.
MAX_ATTEMPTS = 8
LINK_SECONDS = 3600.0  # how long a link to an image is tried; the longest-lived ones last an hour
THUMBNAILS = (320, 640)  # pixels, longest edge


class LinkLags(Exception):
    """A link to an image does not answer yet, and still may."""


class TakenOver(Exception):
    """The claim ran out, as this process stood still, and another one settles the call."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settlement came to; `waits` when the same call has to be settled again later."""

    call_id: UUID
    waits: bool


def settle(call_id: UUID) -> Settled | None:
    """Settle one received call; None when it is not ours to settle (settled, held, or elsewhere)."""
    call = _claim(call_id)
    if call is None:
        return None
    delivery = spool().load(str(call.pk))
    if delivery is None:
        end_unknown(call, reason=Reason.ANSWER_LOST)
        return Settled(call.pk, waits=False)
    if call.settle_attempts > MAX_ATTEMPTS:
        # It has taken its process down every time: keep the bytes, spare the worker.
        end_unusable(call, reason=Reason.NOT_AN_IMAGE)
        return Settled(call.pk, waits=False)
    try:
        _settle(call, delivery)
        if call.endpoint.partial_images:
            previews.forget(call.pk)
    except TakenOver:
        logger.warning("call %s: settled by another one meanwhile.", call.pk)
        return None
    except (StorageUnavailable, LinkLags, OSError) as error:  # OSError: this host's own disk fails or is full
        logger.warning("call %s: %s It is settled again later.", call.pk, error)
        _let_go(call)
        return Settled(call.pk, waits=True)
    return Settled(call.pk, waits=False)


def _claim(call_id: UUID) -> Call | None:
    call = (
        Call.objects.awaiting_settlement()
        .filter(pk=call_id, spool_host=settings.STUDIO_HOST)
        .select_related("generation", "endpoint")
        .first()
    )
    if call is None:
        return None
    claimed = move_call(
        call,
        CallStatus.RECEIVED,
        new_epoch=True,
        lease_until=lease(LEASES * settings.CALL_LEASE_SECONDS),
        not_before=None,
        settle_attempts=call.settle_attempts + 1,
    )
    return call if claimed else None


def _settle(call: Call, delivery: Delivery) -> None:
    try:
        answer = read_answer(delivery, asked=request_of(call), connection=call.endpoint.connection())
    except (Refused, Rejected, Unreadable) as error:
        _end(call, rules.read(error, call))
    except Unanswered as error:
        if end_unknown(call, reason=error.reason, error=error):
            # A middlebox's page is no answer, nor is a stream that was cut before its first whole image: left
            # in the spool they would be taken for a late one for ever.
            spool().discard(str(call.pk))
    else:
        try:
            _keep(call, delivery, answer)
        except Unwanted:
            _discard(call, answer)


def _end(call: Call, read: rules.Read) -> None:
    """Settle a call to which the answer is no, as the team or else the studio understands it."""
    match read.error:
        case Refused() as error:
            end_refused(call, error, rule=read.rule)
        case Rejected() as error:
            end_rejected(call, error)
        case error:
            end_unusable(call, reason=error.reason, error=error)


def _keep(call: Call, delivery: Delivery, answer: Answer) -> None:
    """Store what was made and settle the call; raises Unwanted where the member has cancelled for good."""
    if is_unwanted(Generation.objects.get(pk=call.generation_id)):
        raise Unwanted
    try:
        _store_images(call, delivery, answer)
    except (Unreadable, NotRetrievable, NotAPicture) as error:
        told = None if isinstance(error, NotAPicture) else error
        reason = told.reason if told else Reason.NOT_AN_IMAGE
        if call.images.exists():
            end_answered(call, answer, reason=reason)
        else:
            end_unusable(call, reason=reason, error=told)
    else:
        # What is left of an answer that was cut off stays in the spool for a look.
        if end_answered(call, answer, reason=answer.incomplete) and answer.incomplete is None:
            spool().discard(str(call.pk))


def _discard(call: Call, answer: Answer) -> None:
    """Files first, also those of a dead attempt: once the call is settled nobody looks for them."""
    remove_folder(_folder_of(call))
    if end_discarded(call, answer):
        spool().discard(str(call.pk))


def _store_images(call: Call, delivery: Delivery, answer: Answer) -> None:
    """Store every image that can be read; a damaged one does not cost the others, nor does a dead link."""
    broken: Unreadable | NotRetrievable | NotAPicture | None = None
    lags = False
    _hold_on(call)  # before the work folder is cleared of what may be a successor's
    with _work_folder(call) as folder:
        for encoded in answer.images:
            try:
                _store_image(call, delivery, encoded, folder)
            except (Unreadable, NotRetrievable, NotAPicture) as error:
                logger.warning("call %s: image %s: %s", call.pk, encoded.index, error)
                broken = error
                lags |= _may_still_answer(error, delivery)
    if lags:
        raise LinkLags("A link to an image does not answer yet.")
    if broken is not None:
        raise broken


def _store_image(call: Call, delivery: Delivery, encoded: EncodedImage, folder: Path) -> None:
    if call.images.filter(index=encoded.index).exists():
        return  # an earlier attempt got this far
    original = folder / f"{encoded.index}"
    written = write_image(delivery, encoded, to=original, connection=call.endpoint.connection())
    picture = inspect(original)
    stem = f"{_folder_of(call)}/{encoded.index}-{written.sha256[:12]}"
    keys = {edge: f"{stem}-{edge}.webp" for edge in THUMBNAILS}
    small = [(edge, folder / f"{encoded.index}-{edge}.webp") for edge in THUMBNAILS]
    write_thumbnails(original, small)
    for path, key in (
        (original, f"{stem}.{picture.extension}"),
        *((path, keys[edge]) for edge, path in small),
    ):
        _hold_on(call)  # whoever was taken over and dies as it writes would spoil what its successor stored
        store(path, key)
    fields: dict[str, Any] = {
        "generation": call.generation,
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "original": f"{stem}.{picture.extension}",
        "thumb_320": keys[320],
        "thumb_640": keys[640],
        "revised_prompt": encoded.revised_prompt or "",
        "look": look_of(small[0][1]),
        **holding.of_new_image(call.generation_id),
    }
    with transaction.atomic():
        image, _is_new = Image.objects.get_or_create(call=call, index=encoded.index, defaults=fields)
        collecting.receive(image)
        if image.revised_prompt:
            search.note_many([call.generation_id])
        touch(call.generation_id, member_id=call.member_id)
        holding.arrived(image)
        _hold_on(call, settle_attempts=0)


def _folder_of(call: Call) -> str:
    return f"images/{call.pk.hex[:2]}/{call.pk}"


def _hold_on(call: Call, **changes: Any) -> None:
    """Make the claim last anew; raises TakenOver when it is no longer ours."""
    ours = Call.objects.filter(pk=call.pk, status=CallStatus.RECEIVED, epoch=call.epoch)
    if not ours.update(lease_until=lease(LEASES * settings.CALL_LEASE_SECONDS), **changes):
        raise TakenOver


@contextmanager
def _work_folder(call: Call) -> Iterator[Path]:
    root = work_root()
    root.mkdir(parents=True, exist_ok=True)
    for left_over in root.glob(f"{call.pk}-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    folder = root / f"{call.pk}-{call.epoch}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _may_still_answer(error: Exception, delivery: Delivery) -> bool:
    has_expired = time.time() - delivery.received_at > LINK_SECONDS
    return isinstance(error, NotRetrievable) and error.repeatable and not has_expired


def _let_go(call: Call) -> None:
    """Leave the call in the spool until the store is back; this attempt is not held against it."""
    with transaction.atomic():
        move_call(
            call,
            CallStatus.RECEIVED,
            lease_until=None,
            settle_attempts=0,
            not_before=lease(min(60.0, pause_before_repeat(2))),
        )
        refresh(call.generation_id)
