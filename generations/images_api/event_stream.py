"""Reads an event stream where it lies, asked for or not: relays answer with one because theirs did."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from generations.images_api.image_places import images_in
from generations.images_api.json_spans import (
    Allowance,
    Document,
    JsonText,
    JsonValue,
    MalformedJson,
    after_mark,
    read_json,
)

_FIRST_LINE = re.compile(rb"(?:event|data|id|retry)?:")
_JSON = re.compile(rb"[{\[\"]")
_COMPLETED = frozenset({"image_generation.completed", "image_edit.completed"})
PARTIAL = frozenset({"image_generation.partial_image", "image_edit.partial_image"})
_MOST_LINES = 20_000  # ten minutes of pings, ten times a second, and room for the images
_MOST_VALUES = 50_000  # of all events; one has ten to twenty
_NAME_LIMIT = 100  # bytes
_DONE = b"[DONE]"


@dataclass(slots=True)
class EventStream:
    """What a stream came to. A partial image is no result: half a picture is not what was paid for."""

    results: list[JsonValue] = field(default_factory=list)  # events that hold images
    error: dict[str, JsonValue] | None = None
    is_cut: bool = True  # it ends without saying so, or more was under way behind the last result


@dataclass(slots=True)
class Event:
    name: str = ""
    data: list[tuple[int, int]] = field(default_factory=list)  # one for each line of data


def is_event_stream(document: Document, content_type: str) -> bool:
    """Go by how the body begins, for both kinds of answer are sent under the other's name."""
    start = document.skip_space(after_mark(document))
    if document.match(_FIRST_LINE, start):
        return True
    announced = content_type.partition(";")[0].strip().lower() == "text/event-stream"
    return announced and not document.match(_JSON, start) and document.byte(start) != b"<"


def read_event_stream(document: Document) -> EventStream:
    stream = EventStream()
    allowance = Allowance(_MOST_VALUES)
    end_of_results = 0
    for event in events(document):
        for start, end in event.data:
            if document.slice(start, start + len(_DONE)) == _DONE:
                stream.is_cut = False
                return stream
            value, is_whole = _value(document.part(start, end), allowance)
            error = _error(event, value, JsonText(document, start, end))
            if error is not None:
                stream.error = error
            elif _is_result(event, value, is_whole=is_whole):
                stream.results.append(value)
                end_of_results = end
    stream.is_cut = not stream.results or document.skip_space(end_of_results) < document.end
    return stream


def events(document: Document) -> Iterator[Event]:
    """Yield what stands between blank lines; comments and unknown fields are left out."""
    event = Event()
    for start, end in _lines(document):
        name, value = _field(document, start, end)
        if start == end:
            yield event
            event = Event()
        elif name == b"event":
            event.name = document.slice(value, min(end, value + _NAME_LIMIT)).decode("utf-8", "replace")
        elif name == b"data":
            event.data.append((value, end))
    # Without the blank line it is no event by the book, but an image may be whole in it.
    yield event


def _lines(document: Document) -> Iterator[tuple[int, int]]:
    at = after_mark(document)
    for _ in range(_MOST_LINES):
        if at >= document.end:
            return
        end = document.find(b"\n", at)
        following = end + 1 if end >= 0 else document.end
        end = following - (end >= 0)
        yield at, end - (document.slice(max(at, end - 1), end) == b"\r")
        at = following


def _field(document: Document, start: int, end: int) -> tuple[bytes, int]:
    """The field's name and where its value begins."""
    name, colon, _ = document.slice(start, min(end, start + 8)).partition(b":")
    value = start + len(name) + len(colon)
    return name, value + (document.slice(value, min(end, value + 1)) == b" ")


def _value(data: Document, allowance: Allowance) -> tuple[JsonValue, bool]:
    """The event's value, or what is there of it, and whether it is whole."""
    try:
        return read_json(data, allowance), True
    except MalformedJson as exc:
        return exc.found, False


def _error(event: Event, value: JsonValue, data: JsonText) -> dict[str, JsonValue] | None:
    if isinstance(value, dict) and value.get("error"):
        return value
    if event.name == "error" or kind_of(value) == "error":
        return {"error": value if isinstance(value, dict) and value else {"message": data}}
    return None


def _is_result(event: Event, value: JsonValue, *, is_whole: bool) -> bool:
    kind = kind_of(value) or event.name
    if kind in _COMPLETED and is_whole:
        return True
    # Gateways that wrap a whole answer into one event give it no kind.
    return kind in ("", "message", *_COMPLETED) and bool(images_in(value, secret=""))


def kind_of(value: JsonValue) -> str:
    """Return the event's type as its data tells it."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind.text(_NAME_LIMIT) if isinstance(kind, JsonText) else ""
