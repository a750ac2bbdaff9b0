"""Where the images are in an answer, whatever shape an endpoint has found for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from generations.images_api.cleaning import clean
from generations.images_api.json_spans import JsonText, JsonValue
from generations.images_api.task_objects import is_task

# The longest prompt is 32,000 characters, and a revised one is longer than what it was made of.
_PROMPT_LIMIT = 40_000
_URL_LIMIT = 8_192  # bytes
_MOST_PICTURES = 100  # of one chat message
_DEEPEST = 4  # objects inside each other
_LONGEST_ID = 1_000  # bytes; a string by itself that is longer is an image and no task's id
_BEGINNING = 512  # bytes: white space may stand before a link
_LINK = re.compile(r"(https?|data):", re.IGNORECASE)
_IMAGE_NAMES = ("b64_json", "url", "image_url")
_NESTED_NAMES = ("data", "result", "response", "output", "images")
_MARKDOWN_PICTURE = re.compile(rb"!\[[^\]]{0,500}\]\([ <]*")
_MARKDOWN_TARGET = re.compile(rb"[^\s<>]{0,%d}" % _URL_LIMIT)


@dataclass(frozen=True, slots=True)
class InBody:
    """The image is in the answer, as base64 in these bytes, inside a JSON string."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AtUrl:
    """The image is behind a link, which opens it to whoever has it."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EncodedImage:
    index: int  # its place in the answer, which may have gaps
    source: InBody | AtUrl
    revised_prompt: str = ""


def images_in(body: JsonValue, *, secret: str) -> list[EncodedImage]:
    """Return the images of the first place that has any; other places may repeat them."""
    for items in _places(body, _DEEPEST):
        found = [image for index, item in enumerate(items) for image in _image(index, item, secret)]
        if found:
            return found
    return []


def chat_texts(body: JsonValue) -> Iterator[JsonText]:
    """What a chat model says, in the order in which it says it."""
    for message in _messages(body):
        for part in [*_parts(message.get("content")), message.get("refusal")]:
            text = part.get("text") if isinstance(part, dict) else part
            if isinstance(text, JsonText):
                yield text


def _places(body: JsonValue, depth: int) -> Iterator[list[JsonValue]]:
    if isinstance(body, list):
        yield body
    if not isinstance(body, dict) or depth == 0:
        return
    data = body.get("data")
    if isinstance(data, list):
        yield data
    if body.get("error"):
        return  # a link beside an error leads to its explanation
    yield [_own_image(body)]
    for message in _messages(body):
        images = message.get("images")
        yield images if isinstance(images, list) else []
        yield [part for part in _parts(message.get("content")) if isinstance(part, dict)]
    yield list(_pictures(body))
    for name in _NESTED_NAMES:
        nested = body.get(name)
        if _is_plainly_an_image(nested):
            yield [nested]
        elif not isinstance(nested, JsonText):
            yield from _places(nested, depth - 1)


def _own_image(body: dict[str, JsonValue]) -> JsonValue:
    """The image that an object is for; a task's link leads to the task."""
    own: dict[str, JsonValue] = {"b64_json": body.get("b64_json")}
    for name in () if is_task(body) else _IMAGE_NAMES[1:]:
        value = body.get(name)
        own[name] = value if _is_plainly_an_image(value) else None
    own["revised_prompt"] = body.get("revised_prompt")
    return own


def _is_plainly_an_image(value: JsonValue) -> bool:
    """Whether it is one without its place telling so: outside a list of images a string can be anything."""
    if isinstance(value, dict):
        return _is_plainly_an_image(value.get("url"))
    if not isinstance(value, JsonText):
        return False
    return len(value) > _LONGEST_ID or _LINK.match(value.text(_BEGINNING).lstrip()) is not None


def _image(index: int, item: JsonValue, secret: str) -> Iterator[EncodedImage]:
    fields = item if isinstance(item, dict) else {"b64_json": item}
    for name in _IMAGE_NAMES:
        source = _source(fields.get(name))
        if source is not None:
            revised = fields.get("revised_prompt")
            prompt = text_of(revised, secret=secret, limit=_PROMPT_LIMIT)
            yield EncodedImage(index=index, source=source, revised_prompt=prompt)
            return


def _source(value: JsonValue) -> InBody | AtUrl | None:
    """Tell a link from base64 by what it is, not by the name it goes by: relays mix them up."""
    if isinstance(value, dict):
        value = value.get("url")
    if not isinstance(value, JsonText):
        return None
    beginning = value.text(_BEGINNING).lstrip().lower()
    if beginning.startswith(("http:", "https:")):
        return AtUrl(value.text(_URL_LIMIT).strip()) if len(value) <= _URL_LIMIT else None
    return InBody(value.start, value.end) if beginning else None


def text_of(value: JsonValue, *, secret: str, limit: int) -> str:
    if not isinstance(value, JsonText):
        return ""
    # Up to six bytes for a character: an escaped code point.
    return clean(value.text(limit * 6), secret=secret, limit=limit)


def _messages(body: JsonValue) -> Iterator[dict[str, JsonValue]]:
    choices = body.get("choices") if isinstance(body, dict) else None
    for choice in choices if isinstance(choices, list) else []:
        message = choice.get("message") if isinstance(choice, dict) else None
        if isinstance(message, dict):
            yield message


def _parts(content: JsonValue) -> list[JsonValue]:
    return content if isinstance(content, list) else [content]


def _pictures(body: JsonValue) -> Iterator[JsonText]:
    """The targets of Markdown's images, once each: progress is told by showing a picture again."""
    shown: set[str] = set()
    for text in chat_texts(body):
        for target in _targets(text):
            link = target.text(_URL_LIMIT) if len(target) < _URL_LIMIT else ""
            if not link or link not in shown:
                shown.add(link)
                yield target


def _targets(text: JsonText) -> Iterator[JsonText]:
    document = text.document.part(text.start, text.end)
    at = text.start
    for _ in range(_MOST_PICTURES):
        at = document.find(b"![", at)
        if at < 0:
            return
        opening = document.match(_MARKDOWN_PICTURE, at)
        start = at + len(opening)
        end = document.find(b")", start)
        if end < 0:
            return
        at = end + 1
        # Behind a link there may be a title. A picture's own bytes are longer than what is looked at.
        target = document.part(start, end).match(_MARKDOWN_TARGET, start)
        end = start + len(target) if len(target) < _URL_LIMIT else end
        found = JsonText(text.document, start, end)
        if opening and _is_plainly_an_image(found):
            yield found
