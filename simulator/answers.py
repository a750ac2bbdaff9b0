"""The body of a successful answer, with whatever the faults make of it."""

from __future__ import annotations

import base64
import json
import secrets
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
    body: dict[str, JsonValue] = {
        "created": int(time.time()),
        "data": [item_of(asked, faults, made, place, link_to) for place in range(len(made.files))],
    }
    if asked.family.counts_tokens:
        body["background"] = "transparent" if asked.is_transparent else "opaque"
        body["output_format"] = asked.output_format
        body["quality"] = asked.quality
        body["size"] = f"{asked.size[0]}x{asked.size[1]}"
        usage = usage_of(asked, images=len(made.files))
        body["usage"] = {
            name: dict(value) if isinstance(value, dict) else value for name, value in usage.items()
        }
    if shape is Shape.NEW_API and not asked.family.counts_tokens:
        body["metadata"] = None
    return json.dumps(_rearranged(body, faults), ensure_ascii=False).encode()


def item_of(
    asked: Asked, faults: Faults, made: Made, place: int, link_to: Callable[[bytes], str]
) -> str | dict[str, JsonValue]:
    """One image as it stands in `data`, and with more around it in a frame of a stream."""
    form = form_of(asked, faults)
    payload = _payload(faults, _spoiled(made.files[place], faults), made.output_format, link_to, form)
    if form is Form.BARE:
        return payload
    item: dict[str, JsonValue] = {form.value: payload}
    if "both-keys" in faults:
        item = {"url": "", "b64_json": "", "revised_prompt": "", **item}
    if "image-url" in faults:
        item = {"image_url": payload}
    if asked.model == "dall-e-3":
        item["revised_prompt"] = revised(asked.words)
    return item


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


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


def _rearranged(body: dict[str, JsonValue], faults: Faults) -> dict[str, JsonValue]:
    """The same answer in another arrangement of keys, as some aggregators have it."""
    if "task" in faults:
        name = f"task_{secrets.token_hex(12)}"
        return {"id": name, "task_id": name, "object": "image.generation.task", "status": "processing"}
    if "no-created" in faults:
        del body["created"]
    data = body["data"]
    if "no-data" in faults and isinstance(data, list):
        del body["data"]
        item = data[0] if data else {}
        body |= item if isinstance(item, dict) else {"url": item}
    key = faults.text("nested")
    return {key: body} if key else body


def _payload(
    faults: Faults, content: bytes, output_format: str, link_to: Callable[[bytes], str], form: Form
) -> str:
    inline = form is Form.B64 or "data-uri" in faults
    if not inline:
        return faults.text("link") or link_to(content)
    text = base64_of(content)
    if "url-safe" in faults:
        text = text.replace("+", "-").replace("/", "_")
    if "line-breaks" in faults:
        text = "\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    if "bad-base64" in faults:
        text = text[: len(text) // 2] + "*~!" + text[len(text) // 2 + 2 :]
    return f"data:image/{output_format};base64,{text}" if "data-uri" in faults else text


def _spoiled(content: bytes, faults: Faults) -> bytes:
    if "huge" in faults:
        return huge_png()
    return NOT_AN_IMAGE if "not-an-image" in faults else content
