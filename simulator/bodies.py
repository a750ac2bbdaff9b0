"""From the bytes of a body to its fields and the pictures in it, whichever way they came, unjudged."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import re
from dataclasses import dataclass
from enum import StrEnum

from simulator.catalogue import Way
from simulator.errors import Problem, Refusal, gateway_invalid, invalid, wrong_content
from simulator.multipart import Malformed, Part, boundary_of, parts_of
from simulator.options import Shape
from simulator.readings import Fields, refuse, wrong_type

# Characters of one data URL, in the JSON form of edits.
LONGEST_URL = 20_971_520

_WHOLE = frozenset({"n", "output_compression", "partial_images", "seed", "safety_tolerance"})
_FLAGS = frozenset({"stream", "prompt_upsampling", "watermark"})
_DATA_URL = re.compile(r"data:([\w/+.-]*);base64,", re.IGNORECASE)
_INPUT_IMAGE = re.compile(r"input_image(?:_([2-9]))?")


class Operation(StrEnum):
    GENERATIONS = "generations"
    EDITS = "edits"
    VARIATIONS = "variations"


@dataclass(frozen=True, slots=True)
class File:
    """One picture as it was sent; with a problem instead of bytes when it cannot be had."""

    field: str
    media_type: str
    content: bytes = dataclasses.field(repr=False)
    name: str = ""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    fields: Fields
    references: tuple[File, ...] = ()
    mask: File | None = None
    way: Way | None = None
    is_multipart: bool = False


def sent_in(raw: bytes, content_type: str, operation: Operation, shape: Shape) -> Sent:
    if content_type.lower().startswith("multipart/form-data") and operation is not Operation.GENERATIONS:
        return _form(raw, content_type, shape)
    if operation is Operation.VARIATIONS:
        refuse(wrong_content(content_type, "multipart/form-data"))
    if content_type.lower().startswith("multipart/"):
        refuse(wrong_content(content_type, "application/json"))
    fields = json_of(raw)
    return _json_edit(fields) if operation is Operation.EDITS else _json_generation(fields)


def json_of(raw: bytes) -> Fields:
    try:
        fields = json.loads(raw)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        message = "We could not parse the JSON body of your request. The API expects a JSON object."
        refuse(invalid(message, param=None, code=None))
    return fields


def _form(raw: bytes, content_type: str, shape: Shape) -> Sent:
    try:
        parts = list(parts_of(raw, boundary_of(content_type)))
    except Malformed as error:
        said = gateway_invalid(f"failed to parse image edit form request: {error}")
        plain = invalid(f"Could not parse multipart form: {error}", param=None, code=None)
        raise Refusal(said if shape is Shape.NEW_API else plain) from error
    pictures = [part for part in parts if part.name != "mask" and _is_picture(part, shape)]
    masks = [part for part in parts if part.name == "mask"]
    fields = {part.name: _value(part) for part in parts if part not in pictures and part not in masks}
    return Sent(
        fields=fields,
        references=tuple(_uploaded(part) for part in pictures),
        mask=_uploaded(masks[0]) if masks else None,
        way=Way.MULTIPART,
        is_multipart=True,
    )


def _is_picture(part: Part, shape: Shape) -> bool:
    numbered = shape is Shape.NEW_API and re.fullmatch(r"image\[\d+\]", part.name)
    return part.name in {"image", "image[]"} or bool(numbered)


def _uploaded(part: Part) -> File:
    return File(part.name, part.media_type, part.content, part.file_name or "")


def _value(part: Part) -> object:
    """A form has only texts; numbers and switches are read the way a server with a schema reads them."""
    said = part.content.decode("utf-8", "replace")
    if part.name in _WHOLE and re.fullmatch(r"-?\d{1,9}", said):
        return int(said)
    if part.name in _FLAGS and said.lower() in {"true", "false"}:
        return said.lower() == "true"
    return said


def _json_edit(fields: Fields) -> Sent:
    mask = _referred("mask", fields["mask"]) if fields.get("mask") is not None else None
    if "image" in fields:
        given = fields["image"] if isinstance(fields["image"], list) else [fields["image"]]
        return Sent(fields, tuple(_referred("image", one) for one in given), mask, Way.IMAGE_URL)
    images = fields.get("images", [])
    if not isinstance(images, list):
        refuse(wrong_type("images", "an array", images))
    return Sent(fields, tuple(_referred("images", one) for one in images), mask, Way.IMAGES)


def _json_generation(fields: Fields) -> Sent:
    named = sorted((name for name in fields if _INPUT_IMAGE.fullmatch(name)), key=lambda name: name[12:])
    if named:
        return Sent(fields, tuple(_from_text(name, fields[name]) for name in named), None, Way.INPUT_IMAGE)
    if "image" in fields:
        given = fields["image"] if isinstance(fields["image"], list) else [fields["image"]]
        return Sent(fields, tuple(_from_text("image", one) for one in given), None, Way.IMAGE_FIELD)
    return Sent(fields)


def _referred(name: str, given: object) -> File:
    """One `{"image_url": …}`, `{"url": …, "type": "image_url"}` or `{"file_id": …}`."""
    if not isinstance(given, dict):
        return _lost(name, wrong_type(name, "an object", given))
    if given.get("file_id"):
        return _lost(name, invalid("No such file.", param=name, code="image_file_not_found"))
    return _from_text(name, given.get("image_url", given.get("url")))


def _from_text(name: str, given: object) -> File:
    if not isinstance(given, str):
        return _lost(name, wrong_type(name, "a string", given))
    if given.startswith(("http://", "https://")):
        message = "Error while downloading file. Upstream status code: 407."
        return _lost(name, invalid(message, param=name, code="invalid_value"))
    if len(given) > LONGEST_URL:
        message = f"Invalid '{name}': string too long. Expected a string with maximum length {LONGEST_URL}."
        return _lost(name, invalid(message, param=name, code="string_above_max_length"))
    found = _DATA_URL.match(given)
    try:
        content = base64.b64decode(given[found.end() :] if found else given, validate=True)
    except (binascii.Error, ValueError):
        message = "Invalid base64 image_url." if found else "Expected a URL or a data URL."
        code = "invalid_base64_image" if found else "invalid_image_url"
        return _lost(name, invalid(message, param=name, code=code))
    return File(name, found[1].lower() if found else "", content)


def _lost(name: str, problem: Problem) -> File:
    return File(name, "", b"", problem=problem)
