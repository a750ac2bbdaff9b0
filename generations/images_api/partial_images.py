"""Shows the unfinished images of an event stream while it arrives, beside what is kept of it.

Whoever is shown them works in a thread of its own, so that neither its slowness nor its failure costs a
moment of the call, or the answer. Memory stays bounded: a frame that is too large is not collected, and of
images that nobody takes in time the oldest are dropped.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from generations.images_api.errors import Unreadable
from generations.images_api.event_stream import PARTIAL, events, kind_of
from generations.images_api.image_bytes import SIGNATURES, decoded
from generations.images_api.image_places import InBody, images_in
from generations.images_api.json_spans import Allowance, Document, JsonValue, MalformedJson, read_json

_LARGEST_FRAME = 12_000_000  # bytes, as they come in
_LARGEST_IMAGE = 8_000_000  # bytes, decoded
_MOST_LINES = 20_000  # as many as are read of a stream that is kept
_MOST_SHOWN = 50  # of one call: ten images have thirty
_MOST_VALUES = 200  # of one event; a partial image has ten
_WAITING = 3  # images that nobody has taken yet
_LAST_LOOK = 1.0  # seconds for those that wait when the answer is here
_MEDIA_TYPES = {b"\x89": "image/png", b"\xff": "image/jpeg", b"R": "image/webp", b"G": "image/gif"}


@dataclass(frozen=True, slots=True)
class PartialImage:
    """What an image looks like so far. No result: it is never kept."""

    index: int  # as the endpoint counts, from 0; of several images it does not say which one this is
    media_type: str | None  # by its first bytes; None when they are not those of an image
    data: bytes = field(repr=False)


# Called in a thread of its own, once for each, in order. Raising ends the showing and nothing else.
OnPartial = Callable[[PartialImage], None]


@contextlib.contextmanager
def showing(on_partial: OnPartial | None) -> Iterator["Developing | None"]:
    """Show what is found in the answer; those that still wait at its end have a moment left."""
    if on_partial is None:
        yield None
        return
    screen = _Screen(on_partial)
    try:
        yield Developing(screen.show)
    finally:
        screen.close()


class Developing:
    """Finds partial images in the pieces of an event stream."""

    def __init__(self, show: OnPartial) -> None:
        self._show = show
        self._frame = bytearray()
        self._is_too_large = False
        self._line_start = b""  # enough of the line to tell whether it is blank
        self._lines = 0
        self._shown = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the answer, cut wherever the wire cut it."""
        start = 0
        while start < len(piece) and self._lines < _MOST_LINES and self._shown < _MOST_SHOWN:
            newline = piece.find(b"\n", start)
            end = newline + 1 if newline >= 0 else len(piece)
            self._collect(piece[start:end])
            if newline >= 0:
                self._end_line()
            start = end

    def _collect(self, part: bytes) -> None:
        self._line_start += part[: 3 - len(self._line_start)]
        if len(self._frame) + len(part) > _LARGEST_FRAME:
            self._is_too_large = True
            self._frame.clear()
        if not self._is_too_large:
            self._frame += part

    def _end_line(self) -> None:
        is_blank = self._line_start in (b"\n", b"\r\n")
        self._line_start = b""
        self._lines += 1
        if not is_blank:
            return
        frame = bytes(self._frame)
        self._frame.clear()
        self._is_too_large = False
        # Looked for before anything is read: most frames are others.
        image = _partial_image(frame, otherwise=self._shown) if b"partial_image" in frame else None
        if image is not None:
            self._shown += 1
            self._show(image)


class _Screen:
    """A thread that shows images, begun with the first one."""

    def __init__(self, on_partial: OnPartial) -> None:
        self._on_partial = on_partial
        self._waiting: queue.Queue[PartialImage | None] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None

    def show(self, image: PartialImage) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="partial images", daemon=True)
            self._thread.start()
        self._put(image)

    def close(self) -> None:
        if self._thread is not None:
            self._put(None)
            self._thread.join(_LAST_LOOK)

    def _put(self, image: PartialImage | None) -> None:
        while True:
            try:
                return self._waiting.put_nowait(image)
            except queue.Full:
                # The newest is the one to see. Nobody else puts, so there is room the next time.
                with contextlib.suppress(queue.Empty):
                    self._waiting.get_nowait()

    def _run(self) -> None:
        while (image := self._waiting.get()) is not None:
            self._on_partial(image)


def _partial_image(frame: bytes, *, otherwise: int) -> PartialImage | None:
    document = Document.of(frame)
    for event in events(document):
        for start, end in event.data:
            try:
                value = read_json(document.part(start, end), Allowance(_MOST_VALUES))
                if (kind_of(value) or event.name) in PARTIAL:
                    return _decoded(document, value, otherwise)
            except (MalformedJson, Unreadable):
                return None
    return None


def _decoded(document: Document, value: JsonValue, otherwise: int) -> PartialImage | None:
    found = images_in(value, secret="")
    source = found[0].source if found else None
    if not isinstance(source, InBody):
        return None
    data = b"".join(decoded(document, source))
    if len(data) > _LARGEST_IMAGE:
        return None
    media_type = _MEDIA_TYPES[data[:1]] if SIGNATURES.match(data) else None
    return PartialImage(_index(value, otherwise), media_type, data)


def _index(value: JsonValue, otherwise: int) -> int:
    told = value.get("partial_image_index") if isinstance(value, dict) else None
    if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < _MOST_SHOWN:
        return told
    return otherwise
