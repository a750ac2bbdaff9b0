"""From the bytes of a request to what is asked, checked the way the gateway and then the vendor check it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NoReturn

from simulator import sizes
from simulator.catalogue import Family, Form, find
from simulator.errors import Problem, Refusal, gateway_invalid, invalid, unknown_model, unknown_parameter
from simulator.faults import Faults, read_faults
from simulator.options import Shape

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    model: str
    family: Family
    # As sent, fault words included.
    prompt: str
    # Without the fault words: what is drawn, counted and judged.
    words: str
    faults: Faults
    n: int
    size: tuple[int, int]
    quality: str
    is_transparent: bool
    is_lenient: bool
    output_format: str
    compression: int
    form: Form


def fields_of(raw: bytes) -> Fields:
    try:
        fields = json.loads(raw)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        message = "We could not parse the JSON body of your request. The API expects a JSON object."
        _refuse(invalid(message, param=None, code=None))
    return fields


def read_request(fields: Fields, shape: Shape) -> Asked:
    if shape is Shape.NEW_API:
        _check_as_gateway(fields)
    model = _text(fields, "model")
    if not model:
        _refuse(
            invalid("you must provide a model parameter", param="model", code="missing_required_parameter")
        )
    found = find(model)
    if found is None:
        _refuse(unknown_model(model, shape))
    family = found.family
    if family is None:
        _refuse(invalid(f"The model '{model}' cannot make images.", param="model", code="invalid_value"))
    _check_names(fields, family, shape)
    prompt = _prompt(fields, family)
    words, faults = read_faults(prompt)
    output_format = _choice(fields, "output_format", family.formats) or family.formats[0]
    return Asked(
        model=model,
        family=family,
        prompt=prompt,
        words=words,
        faults=faults,
        n=_count(fields, family, shape),
        size=_size(fields, family, words, shape),
        quality=_quality(fields, family),
        is_transparent=_transparent(fields, family, words, output_format),
        is_lenient=_choice(fields, "moderation", ("auto", "low")) == "low",
        output_format=output_format,
        compression=_compression(fields, output_format),
        form=_form(fields, family),
    )


def _check_as_gateway(fields: Fields) -> None:
    """What the gateway looks at before it sends anything on."""
    model, size, n = fields.get("model"), fields.get("size"), fields.get("n")
    if not model:
        _refuse(gateway_invalid("model is required"))
    if isinstance(size, str) and "×" in size:
        _refuse(gateway_invalid("size: please use 'x' instead of the multiplication sign"))
    if model == "dall-e-2" and size not in (None, "", "256x256", "512x512", "1024x1024"):
        _refuse(gateway_invalid("size must be one of 256x256, 512x512, or 1024x1024 for dall-e-2 or dall-e"))
    if model == "dall-e-3" and size not in (None, "", "1024x1024", "1024x1792", "1792x1024"):
        _refuse(gateway_invalid("size must be one of 1024x1024, 1024x1792 or 1792x1024 for dall-e-3"))
    if isinstance(n, int) and not 0 <= n <= 128:
        _refuse(gateway_invalid("n must be an integer between 1 and 128"))
    if fields.get("prompt") in (None, ""):
        _refuse(gateway_invalid("prompt is required"))


def _check_names(fields: Fields, family: Family, shape: Shape) -> None:
    if fields.get("stream"):
        _refuse(
            invalid("Streaming is not supported by this endpoint.", param="stream", code="unsupported_value")
        )
    unknown = [name for name in fields if name not in family.parameters | {"stream", "partial_images"}]
    if shape is Shape.NEW_API:
        # The gateway forwards only the fields it knows; this is the one of them that the vendor then refuses.
        unknown = [name for name in unknown if name == "response_format" and family.counts_tokens]
    if unknown:
        _refuse(unknown_parameter(unknown[0], shape))


def _prompt(fields: Fields, family: Family) -> str:
    if "prompt" not in fields:
        _refuse(
            invalid(
                "Missing required parameter: 'prompt'.", param="prompt", code="missing_required_parameter"
            )
        )
    prompt = _text(fields, "prompt") or ""
    if not prompt.strip():
        message = "Invalid 'prompt': empty string. Expected a string with minimum length 1."
        _refuse(invalid(message, param="prompt", code="empty_string"))
    if len(prompt) > family.prompt_limit:
        message = (
            "Invalid 'prompt': string too long. "
            f"Expected a string with maximum length {family.prompt_limit}, "
            f"but got a string with length {len(prompt)} instead."
        )
        _refuse(invalid(message, param="prompt", code="string_above_max_length"))
    return prompt


def _count(fields: Fields, family: Family, shape: Shape) -> int:
    n = _whole(fields, "n")
    if n is None or (n == 0 and shape is Shape.NEW_API):
        return 1
    if n < 1:
        message = f"Invalid 'n': integer below minimum value. Expected a value >= 1, but got {n} instead."
        _refuse(invalid(message, param="n", code="integer_below_min_value"))
    if n > family.n_limit:
        message = (
            "Invalid 'n': integer above maximum value. "
            f"Expected a value <= {family.n_limit}, but got {n} instead."
        )
        _refuse(invalid(message, param="n", code="integer_above_max_value"))
    return n


def _size(fields: Fields, family: Family, words: str, shape: Shape) -> tuple[int, int]:
    text = _text(fields, "size")
    takes_auto = shape is Shape.OPENAI and not family.speaks_dall_e
    if not text or (text == "auto" and takes_auto):
        return sizes.choose(family, words)
    objection = sizes.objection(family, text)
    if objection is not None and family.speaks_dall_e:
        _refuse(invalid("The size is not supported by this model.", param="size", code="invalid_value"))
    if objection is not None:
        _refuse(invalid(objection, param="size", code="invalid_value"))
    size = sizes.parse(text)
    assert size is not None  # noqa: S101 - a size without objection can be read
    return size


def _quality(fields: Fields, family: Family) -> str:
    quality = _choice(fields, "quality", family.qualities)
    return family.default_quality if quality in (None, "auto") else quality


def _transparent(fields: Fields, family: Family, words: str, output_format: str) -> bool:
    background = _choice(fields, "background", ("transparent", "opaque", "auto"))
    if background == "transparent" and not family.transparent:
        message = "Transparent background is not supported for this model."
        _refuse(
            Problem(
                400, message, type="image_generation_user_error", param="background", code="invalid_value"
            )
        )
    if background == "transparent" and output_format == "jpeg":
        message = "Transparent background is not supported for output format 'jpeg'. Use 'png' or 'webp'."
        _refuse(
            Problem(
                400, message, type="image_generation_user_error", param="background", code="invalid_value"
            )
        )
    if background in (None, "auto"):
        said = any(word in words.lower() for word in ("transparent", "透明"))
        return said and family.transparent and output_format != "jpeg"
    return background == "transparent"


def _compression(fields: Fields, output_format: str) -> int:
    compression = _whole(fields, "output_compression")
    if compression is None:
        return 100
    if not 0 <= compression <= 100:
        _refuse(
            invalid(
                "Invalid 'output_compression': expected a value from 0 to 100.",
                param="output_compression",
                code="invalid_value",
            )
        )
    if output_format == "png" and compression != 100:
        message = "Compression less than 100 is not supported for PNG output format"
        problem = Problem(
            400, message, type="image_generation_user_error", param="output_compression", code="invalid_value"
        )
        _refuse(problem)
    return compression


def _form(fields: Fields, family: Family) -> Form:
    asked = _choice(fields, "response_format", ("url", "b64_json"))
    return Form(asked) if asked else family.form


def _text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    _refuse(_wrong_type(name, "a string", value))


def _whole(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    _refuse(_wrong_type(name, "an integer", value))


def _choice(fields: Fields, name: str, known: tuple[str, ...]) -> str | None:
    value = _text(fields, name)
    if not value or value in known:
        return value or None
    listed = ", ".join(f"'{option}'" for option in known)
    _refuse(
        invalid(
            f"Invalid value: '{value}'. Supported values are: {listed}.", param=name, code="invalid_value"
        )
    )


def _wrong_type(name: str, expected: str, value: object) -> Problem:
    kinds = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal number",
        list: "an array",
        dict: "an object",
        str: "a string",
    }
    got = kinds.get(type(value), "null")
    return invalid(
        f"Invalid type for '{name}': expected {expected}, but got {got} instead.",
        param=name,
        code="invalid_type",
    )


def _refuse(problem: Problem) -> NoReturn:
    raise Refusal(problem)
