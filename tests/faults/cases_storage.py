"""Cases 68 to 74: the object storage is away or forgets, and disks are full."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generations.models import Generation, Image
from tests.e2e.visitor import visitor
from tests.faults import asking
from tests.faults.cases import AS_PROMISED, DONE, Case, all_hold, one
from tests.faults.cases_worker import ends
from tests.faults.stand import Stand

_POSTGRESQL = ("postgresql",)  # with S3
_FULL = "unknown spool_full: asked 1, paid 1, images 0"


@contextmanager
def storage_away(stand: Stand, mode: str) -> Iterator[None]:
    """Let S3 behave like this; where files are used, a file stands in the folder's place."""
    with stand.disturbed("storage"):
        if stand.s3_wire is not None:
            stand.s3_wire.mode = mode
            stand.s3_wire.cut()
            try:
                yield
            finally:
                stand.s3_wire.mode = "pass"
                stand.s3_wire.cut()
            return
        images, aside = stand.folder / "media" / "images", stand.folder / "media" / "images-aside"
        images.mkdir(parents=True, exist_ok=True)
        images.rename(aside)
        images.touch()
        try:
            yield
        finally:
            images.unlink()
            aside.rename(images)


def _outage(stand: Stand, mode: str) -> list[Generation]:
    with storage_away(stand, mode):
        asked = [asking.ask(stand, "a cat", n=2) for _ in range(3)]
        asking.wait_until(
            lambda: all(asking.only_call(generation).status == "received" for generation in asked), seconds=40
        )
        time.sleep(2)
    return asked


_TWO = "succeeded: asked 1, paid 1, images 2"


def _stores_again(stand: Stand, asked: list[Generation]) -> str:
    return ends(stand, asked, _TWO)


def _object_lost(stand: Stand) -> list[int]:
    """Delete what an image shows, look at its pages, and put it back for the check of all objects."""
    with visitor(stand) as member:  # type: ignore[arg-type]
        pk = member.ask("a cat")
        asking.wait_for_state(stand, Generation.objects.get(pk=pk), (DONE,))
        image = Image.objects.get(generation_id=pk)
        with default_storage.open(image.thumb_320) as stream:
            thumbnail = stream.read()
        default_storage.delete(image.thumb_320)
        addresses = (f"/generations/{pk}/", f"/images/{image.pk}/", f"/media/{image.pk}/320/")
        statuses = [member.http.get(address).status_code for address in addresses]
    default_storage.save(image.thumb_320, ContentFile(thumbnail))
    return statuses


def _pages_say_so(stand: Stand, statuses: list[int]) -> str:
    return all_hold({f"its pages 200, its file 404 ({statuses})": statuses == [200, 200, 404]})


def _no_room(stand: Stand) -> Generation:
    stand.orders.give("disk-before", "fill-disk", lasting=True)
    with stand.disturbed("disk"):
        generation = asking.ask(stand, "a cat")
        asking.wait_until(lambda: asking.only_call(generation).repeats > 0)
        time.sleep(1)
    return generation


def _asked_when_there_is_room(stand: Stand, generation: Generation) -> str:
    before = asking.requests(stand.simulator, generation.pk)
    reason = asking.only_call(generation).reason
    stand.orders.withdraw("disk-before")
    seen = asking.wait_for_state(stand, generation, (DONE,))
    return all_hold(
        {"nobody was asked": before == (0, 0), "it says so": reason == "spool_full", seen: seen == DONE}
    )


def _folder_gone(stand: Stand) -> Generation:
    """A file where the folder of the spool should be, as after a failed mount."""
    spool, aside = stand.folder / "spool", stand.folder / "spool-aside"
    with stand.disturbed("disk"):
        spool.rename(aside)
        spool.touch()
        generation = asking.ask(stand, "a cat")
        asking.wait_until(lambda: asking.only_call(generation).repeats > 0)
        spool.unlink()
        aside.rename(spool)
    return generation


def _end(stand: Stand, generation: Generation) -> str:
    return asking.wait_for_state(stand, generation, (DONE,))


CASES = (
    Case(68, "the storage is away", (_TWO,), lambda s: _outage(s, "refuse"), _stores_again, is_alone=True),
    Case(
        68,
        "S3 answers 503",
        (_TWO,),
        lambda s: _outage(s, "unavailable"),
        _stores_again,
        _POSTGRESQL,
        is_alone=True,
    ),
    one(69, "storing fails once", DONE, at=("object-stored", "fill-disk")),
    one(70, "killed when the first object was written", DONE, at=("object-stored", "kill")),
    Case(71, "objects deleted later", AS_PROMISED, _object_lost, _pages_say_so, is_alone=True),
    Case(
        72,
        "no room on the disk of the spool",
        AS_PROMISED,
        _no_room,
        _asked_when_there_is_room,
        is_alone=True,
    ),
    one(73, "disk full in the body", _FULL, at=("disk-in-body", "fill-disk")),
    one(73, "disk full when the body gets its name", _FULL, at=("body-synced", "fill-disk")),
    Case(74, "the folder of the spool is a file", (DONE,), _folder_gone, _end, is_alone=True),
)
