"""The partial images of a call: handed on by the pool that waits, made small by the pool that computes."""

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from generations import live, previews
from generations.execution.worker import work_root
from generations.images_api import PartialImage
from generations.models import Call
from generations.previews import Partial
from generations.storage import NotAPicture, inspect, write_thumbnails

logger = logging.getLogger(__name__)

EDGE = 640  # pixels: the larger of the two thumbnails, so that a tile is as sharp as it will be

Ring = Callable[[UUID, str], bool]


class Onlooker:
    """Hands the partial images of one call on while its answer arrives, which waits for nobody.

    Whatever fails, the call goes on without previews, and Redis is not tried again.
    """

    def __init__(self, call_id: UUID, *, host: str, of: int, ring: Ring) -> None:
        self._call_id = call_id
        self._host = host
        self._of = of
        self._ring = ring
        self._number = 0
        self._looks = True

    def __call__(self, partial: PartialImage) -> None:
        self._number += 1
        if not self._looks or len(partial.data) > previews.MOST_BYTES:
            return
        offered = Partial(number=self._number, index=partial.index, of=self._of, data=partial.data)
        self._looks = previews.offer(self._call_id, offered) and self._ring(self._call_id, self._host)


def make_preview(call_id: UUID) -> bool:
    """Make a small picture of what has come of a call and let its member's pages know; False without one."""
    partial = previews.take(call_id)
    call = Call.objects.in_flight().filter(pk=call_id).first()
    if partial is None or call is None:
        return False
    try:
        small = _small(call_id, partial.data)
    except (NotAPicture, OSError) as error:
        logger.info("call %s: partial image %s is not shown: %s", call_id, partial.number, error)
        return False
    shown = Partial(number=partial.number, index=partial.index, of=partial.of, data=small)
    if not previews.show(call_id, shown):
        return False
    live.announce(call.member_id)
    return True


def _small(call_id: UUID, data: bytes) -> bytes:
    root = work_root()
    root.mkdir(parents=True, exist_ok=True)
    # Under the call's name: its settlement, or else the sweep, clears away what a dead process leaves.
    with TemporaryDirectory(dir=root, prefix=f"{call_id}-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder) / "partial", Path(folder) / "small.webp"
        source.write_bytes(data)
        inspect(source)
        write_thumbnails(source, [(EDGE, target)])
        return target.read_bytes()
