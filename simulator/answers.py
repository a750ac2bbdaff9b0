"""The body of a successful answer, with whatever the faults make of it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from simulator.catalogue import Form
from simulator.drawing.encoding import huge_png
from simulator.errors import JsonValue
from simulator.faults import Faults
from simulator.options import Shape
from simulator.requests import Asked
from simulator.usage import usage_of

NOT_AN_IMAGE = b"<!DOCTYPE html><html><body>This is not an image.</body></html>"


@dataclass(frozen=True, slots=True)
class Made:
    """The files of one request, in the order of their index."""

    files: tuple[bytes, ...]
    output_format: str


def body_of(asked: Asked, faults: Faults, made: Made, shape: Shape, link_to: Callable[[bytes], str]) -> bytes:
    files = tuple(_spoiled(content, faults) for content in made.files)
    body: dict[str, JsonValue] = {
        "created": int(time.time()),
        "data": [_item(asked, faults, content, made.output_format, link_to) for content in files],
    }
    if asked.family.counts_tokens:
        body["background"] = "transparent" if asked.is_transparent else "opaque"
        body["output_format"] = asked.output_format
        body["quality"] = asked.quality
        body["size"] = f"{asked.size[0]}x{asked.size[1]}"
        usage = usage_of(
            asked.family, words=asked.words, size=asked.size, quality=asked.quality, images=len(made.files)
        )
        body["usage"] = {
            name: dict(value) if isinstance(value, dict) else value for name, value in usage.items()
        }
    if shape is Shape.NEW_API and not asked.family.counts_tokens:
        body["metadata"] = None
    return json.dumps(body, ensure_ascii=False).encode()


def form_of(asked: Asked, faults: Faults) -> Form:
    """What the prompt orders, else what the request and its model come to."""
    ordered = {
        "url": Form.URL,
        "link": Form.URL,
        "expired-link": Form.URL,
        "bare": Form.BARE,
        "b64": Form.B64,
    }
    return next((form for name, form in ordered.items() if name in faults), asked.form)


def revised(words: str) -> str:
    """The longer prompt dall-e-3 says it drew."""
    return (
        f"A carefully composed paper-cut illustration of: {words}. Soft layered light and harmonious colours."
    )


def _item(
    asked: Asked, faults: Faults, content: bytes, output_format: str, link_to: Callable[[bytes], str]
) -> JsonValue:
    form = form_of(asked, faults)
    payload = _payload(faults, content, output_format, link_to, form)
    if form is Form.BARE:
        return payload
    item: dict[str, JsonValue] = {form.value: payload}
    if "both-keys" in faults:
        item = {"url": "", "b64_json": "", "revised_prompt": "", **item}
    if asked.model == "dall-e-3":
        item["revised_prompt"] = revised(asked.words)
    return item


def _payload(
    faults: Faults, content: bytes, output_format: str, link_to: Callable[[bytes], str], form: Form
) -> str:
    inline = form is Form.B64 or "data-uri" in faults
    if not inline:
        return faults.text("link") or link_to(content)
    text = base64.b64encode(content).decode()
    if "bad-base64" in faults:
        text = text[: len(text) // 2] + "*~!" + text[len(text) // 2 + 2 :]
    return f"data:image/{output_format};base64,{text}" if "data-uri" in faults else text


def _spoiled(content: bytes, faults: Faults) -> bytes:
    if "huge" in faults:
        return huge_png()
    return NOT_AN_IMAGE if "not-an-image" in faults else content
