"""From the bytes of a request to what is asked, checked the way the gateway and then the vendor check it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simulator import sizes
from simulator.bodies import Operation, Sent
from simulator.catalogue import Family, Form, find
from simulator.errors import Problem, gateway_invalid, invalid, unknown_model
from simulator.faults import Faults, read_faults
from simulator.options import Shape
from simulator.parameters import check_names
from simulator.readings import Fields, choice, flag, missing, refuse, text, whole
from simulator.references import Reference, read_mask, read_references, require_references


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
    operation: Operation = Operation.GENERATIONS
    references: tuple[Reference, ...] = ()
    mask: Reference | None = None
    # How many partial images a stream is to have; None when no stream was asked for.
    partials: int | None = None


def read_request(
    sent: Sent,
    shape: Shape,
    *,
    operation: Operation = Operation.GENERATIONS,
    takes_moderation: bool = False,
) -> Asked:
    """`takes_moderation`: a form at edits may have that field, too, which the vendor's may not."""
    fields = sent.fields
    if shape is Shape.NEW_API:
        _check_as_gateway(fields)
    model, family = _model(fields, shape)
    _check_operation(sent, model, family, operation, shape)
    check_names(sent, family, operation, shape, takes_moderation=takes_moderation)
    references = read_references(sent, family, shape)
    prompt = _file_names(sent) if operation is Operation.VARIATIONS else _prompt(fields, family)
    words, faults = read_faults(prompt)
    output_format = choice(fields, "output_format", family.formats) or family.formats[0]
    return Asked(
        model=model,
        family=family,
        operation=operation,
        prompt=prompt,
        words=words,
        faults=faults,
        n=_count(fields, family, shape),
        size=_size(fields, family, words, shape, references),
        quality=_quality(fields, family),
        is_transparent=_transparent(fields, family, words, output_format),
        is_lenient=choice(fields, "moderation", ("auto", "low")) == "low",
        output_format=output_format,
        compression=_compression(fields, output_format),
        form=_form(fields, family),
        references=references,
        mask=read_mask(sent, family, references, shape),
        partials=_partials(fields, family, shape),
    )


def _check_operation(sent: Sent, model: str, family: Family, operation: Operation, shape: Shape) -> None:
    if operation is Operation.VARIATIONS and not family.varies:
        message = f"Invalid value: '{model}'. Value must be 'dall-e-2'."
        refuse(invalid(message, param="model", code="invalid_value"))
    if operation is not Operation.GENERATIONS:
        require_references(sent, family, model, shape)


def _file_names(sent: Sent) -> str:
    """A variation has no prompt; this is where its faults are ordered."""
    return " ".join(Path(file.name).stem for file in sent.references)


def _model(fields: Fields, shape: Shape) -> tuple[str, Family]:
    model = text(fields, "model")
    if not model:
        refuse(
            invalid("you must provide a model parameter", param="model", code="missing_required_parameter")
        )
    found = find(model)
    if found is None:
        refuse(unknown_model(model, shape))
    if found.family is None:
        refuse(invalid(f"The model '{model}' cannot make images.", param="model", code="invalid_value"))
    return model, found.family


def _check_as_gateway(fields: Fields) -> None:
    """What the gateway looks at before it sends anything on."""
    model, size, n = fields.get("model"), fields.get("size"), fields.get("n")
    if not model:
        refuse(gateway_invalid("model is required"))
    if isinstance(size, str) and "×" in size:
        refuse(gateway_invalid("size: please use 'x' instead of the multiplication sign"))
    if model == "dall-e-2" and size not in (None, "", "256x256", "512x512", "1024x1024"):
        refuse(gateway_invalid("size must be one of 256x256, 512x512, or 1024x1024 for dall-e-2 or dall-e"))
    if model == "dall-e-3" and size not in (None, "", "1024x1024", "1024x1792", "1792x1024"):
        refuse(gateway_invalid("size must be one of 1024x1024, 1024x1792 or 1792x1024 for dall-e-3"))
    if isinstance(n, int) and not 0 <= n <= 128:
        refuse(gateway_invalid("n must be an integer between 1 and 128"))
    if fields.get("prompt") in (None, ""):
        refuse(gateway_invalid("prompt is required"))


def _partials(fields: Fields, family: Family, shape: Shape) -> int | None:
    """None: not streamed. A gateway answers with a stream of its own for models that have none."""
    if not flag(fields, "stream"):
        return None
    count = whole(fields, "partial_images") or 0
    if not 0 <= count <= 3:
        message = f"Invalid 'partial_images': expected a value from 0 to 3, but got {count} instead."
        refuse(invalid(message, param="partial_images", code="invalid_value"))
    return count if family.streams or shape is Shape.OPENAI else 0


def _prompt(fields: Fields, family: Family) -> str:
    if "prompt" not in fields:
        refuse(missing("prompt"))
    prompt = text(fields, "prompt") or ""
    if not prompt.strip():
        message = "Invalid 'prompt': empty string. Expected a string with minimum length 1."
        refuse(invalid(message, param="prompt", code="empty_string"))
    if len(prompt) > family.prompt_limit:
        message = (
            "Invalid 'prompt': string too long. "
            f"Expected a string with maximum length {family.prompt_limit}, "
            f"but got a string with length {len(prompt)} instead."
        )
        refuse(invalid(message, param="prompt", code="string_above_max_length"))
    return prompt


def _count(fields: Fields, family: Family, shape: Shape) -> int:
    n = whole(fields, "n")
    if n is None or (n == 0 and shape is Shape.NEW_API):
        return 1
    if n < 1:
        message = f"Invalid 'n': integer below minimum value. Expected a value >= 1, but got {n} instead."
        refuse(invalid(message, param="n", code="integer_below_min_value"))
    if n > family.n_limit:
        message = (
            "Invalid 'n': integer above maximum value. "
            f"Expected a value <= {family.n_limit}, but got {n} instead."
        )
        refuse(invalid(message, param="n", code="integer_above_max_value"))
    return n


def _size(
    fields: Fields, family: Family, words: str, shape: Shape, references: tuple[Reference, ...]
) -> tuple[int, int]:
    said = text(fields, "size")
    takes_auto = shape is Shape.OPENAI and not family.speaks_dall_e
    if not said or (said == "auto" and takes_auto):
        ratio = sizes.ratio(text(fields, "aspect_ratio") or "")
        if ratio is None and references and not family.speaks_dall_e:
            ratio = references[0].size[0] / references[0].size[1]
        return sizes.choose(family, words) if ratio is None else sizes.nearest(family, ratio)
    objection = sizes.objection(family, said)
    if objection is not None and family.speaks_dall_e:
        refuse(invalid("The size is not supported by this model.", param="size", code="invalid_value"))
    if objection is not None:
        refuse(invalid(objection, param="size", code="invalid_value"))
    size = sizes.parse(said)
    assert size is not None  # noqa: S101 - a size without objection can be read
    return size


def _quality(fields: Fields, family: Family) -> str:
    quality = choice(fields, "quality", family.qualities)
    return family.default_quality if quality in (None, "auto") else quality


def _transparent(fields: Fields, family: Family, words: str, output_format: str) -> bool:
    background = choice(fields, "background", ("transparent", "opaque", "auto"))
    if background == "transparent" and not family.transparent:
        message = "Transparent background is not supported for this model."
        refuse(
            Problem(
                400, message, type="image_generation_user_error", param="background", code="invalid_value"
            )
        )
    if background == "transparent" and output_format == "jpeg":
        message = "Transparent background is not supported for output format 'jpeg'. Use 'png' or 'webp'."
        refuse(
            Problem(
                400, message, type="image_generation_user_error", param="background", code="invalid_value"
            )
        )
    if background in (None, "auto"):
        said = any(word in words.lower() for word in ("transparent", "透明"))
        return said and family.transparent and output_format != "jpeg"
    return background == "transparent"


def _compression(fields: Fields, output_format: str) -> int:
    compression = whole(fields, "output_compression")
    if compression is None:
        return 100
    if not 0 <= compression <= 100:
        refuse(
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
        refuse(problem)
    return compression


def _form(fields: Fields, family: Family) -> Form:
    asked = choice(fields, "response_format", ("url", "b64_json"))
    return Form(asked) if asked else family.form
