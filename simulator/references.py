"""The pictures of a request, opened and measured against what the model takes."""

from __future__ import annotations

import hashlib
import io
import mimetypes
from dataclasses import dataclass, field

from PIL import Image, UnidentifiedImageError

from simulator.bodies import File, Sent
from simulator.catalogue import Family, Inputs, Way
from simulator.errors import Problem, Refusal, gateway_invalid, invalid, unknown_parameter, wrong_content
from simulator.options import Shape
from simulator.readings import missing, refuse

# The most that is opened, in pixels; the longest edge that is kept of the first picture, and of the others.
MOST_PIXELS = 50_000_000
KEPT_EDGE = 2048
SMALL_EDGE = 512
MASK_BYTES = 4 * 1024 * 1024

_NO_IMAGE = (
    "The image data you provided does not represent a valid image. Please check your input and try again "
    "with one of the supported image formats: ['image/jpeg', 'image/png', 'image/webp']."
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One opened picture: RGBA, upright as it was stored, reduced when it was very large."""

    sha256: str
    size: tuple[int, int]
    picture: Image.Image = field(compare=False, repr=False)


def read_references(sent: Sent, family: Family, shape: Shape) -> tuple[Reference, ...]:
    """What the model gets to see. A gateway drops fields that its channel does not know."""
    inputs = family.inputs
    if inputs is None or sent.way not in inputs.ways:
        return ()
    _check_count(sent, inputs)
    return tuple(
        _opened(file, inputs, shape, edge=SMALL_EDGE if place else KEPT_EDGE)
        for place, file in enumerate(sent.references)
    )


def read_mask(
    sent: Sent, family: Family, references: tuple[Reference, ...], shape: Shape
) -> Reference | None:
    if sent.mask is None:
        return None
    if family.inputs is None or not family.inputs.mask:
        refuse(unknown_parameter("mask", shape))
    if sent.mask.problem is not None:
        refuse(sent.mask.problem)
    if len(sent.mask.content) > MASK_BYTES:
        refuse(_wrong_mask("mask must be less than 4 MB"))
    mask = _loaded(sent.mask, ("png",), _wrong_mask("mask must be a PNG"), edge=KEPT_EDGE)
    if not references or mask.size != references[0].size:
        refuse(_wrong_mask("mask size does not match image size"))
    if mask.picture.getchannel("A").getextrema() == (255, 255):
        refuse(_wrong_mask("mask image missing alpha channel"))
    return mask


def require_references(sent: Sent, family: Family, model: str, shape: Shape) -> None:
    """At edits: some picture, by a way the model knows."""
    inputs = family.inputs
    if inputs is None:
        refuse(invalid(f"The model '{model}' cannot edit images.", param="model", code="invalid_value"))
    if not sent.references:
        refuse(_nothing(sent, inputs, shape))
    if sent.way not in inputs.ways:
        refuse(_another_way(sent, inputs))
    if sent.is_multipart and inputs.single_field and any(file.field != "image" for file in sent.references):
        refuse(unknown_parameter(sent.references[0].field, shape))


def _nothing(sent: Sent, inputs: Inputs, shape: Shape) -> Problem:
    if Way.INPUT_IMAGE in inputs.ways:
        return Problem(400, "image is required", type="shell_api_error", param="")
    if shape is Shape.NEW_API and sent.is_multipart:
        return gateway_invalid("image is required")
    return missing("image" if sent.is_multipart else "images")


def _another_way(sent: Sent, inputs: Inputs) -> Problem:
    if sent.is_multipart or Way.IMAGES in inputs.ways or Way.IMAGE_URL in inputs.ways:
        expected = "image" if Way.IMAGE_URL in inputs.ways else "images"
        return missing(expected)
    return wrong_content("application/json", "multipart/form-data")


def _check_count(sent: Sent, inputs: Inputs) -> None:
    count = len(sent.references)
    if count > inputs.at_most:
        name = "image" if sent.is_multipart else sent.references[0].field
        message = (
            f"Invalid '{name}': array too long. Expected an array with maximum length {inputs.at_most}, "
            f"but got an array with length {count} instead."
        )
        refuse(invalid(message, param=name, code="array_above_max_length"))


def _opened(file: File, inputs: Inputs, shape: Shape, *, edge: int) -> Reference:
    if file.problem is not None:
        refuse(file.problem)
    _check_type(file, inputs, shape)
    if not file.content:
        refuse(invalid("The image file is empty.", param=file.field, code="empty_image_file"))
    if len(file.content) > inputs.bytes_max:
        refuse(_too_large(file, inputs))
    problem = invalid(_NO_IMAGE, param=file.field, code="invalid_image")
    reference = _loaded(file, inputs.formats, problem, edge=edge)
    if inputs.square and reference.size[0] != reference.size[1]:
        refuse(invalid("Uploaded image must be square.", param=None, code=None))
    return reference


def _check_type(file: File, inputs: Inputs, shape: Shape) -> None:
    media_type = file.media_type
    if shape is Shape.NEW_API and file.name:
        # The gateway goes by the file's name and not by what the part says.
        media_type = mimetypes.guess_type(file.name)[0] or "image/png"
    known = [f"image/{name}" for name in inputs.formats]
    if media_type in {"", "image/jpg", *known}:
        return
    if inputs.square:
        refuse(invalid("Uploaded image must be a PNG and less than 4 MB.", param=None, code=None))
    listed = ", ".join(f"'{name}'" for name in known)
    message = (
        f"Invalid file '{file.field}': unsupported mimetype ('{media_type}'). "
        f"Supported file formats are {listed}."
    )
    refuse(invalid(message, param=file.field, code="unsupported_file_mimetype"))


def _too_large(file: File, inputs: Inputs) -> Problem:
    if inputs.square:
        return invalid("Uploaded image must be a PNG and less than 4 MB.", param=None, code=None)
    message = f"The image file is too large: at most {inputs.bytes_max} bytes."
    return invalid(message, param=file.field, code="image_file_too_large")


def _loaded(file: File, formats: tuple[str, ...], problem: Problem, *, edge: int) -> Reference:
    try:
        with Image.open(io.BytesIO(file.content), formats=[name.upper() for name in formats]) as image:
            size = image.size
            if size[0] * size[1] > MOST_PIXELS:
                refuse(invalid("The image has too many pixels.", param=file.field, code="image_too_large"))
            image.load()
            picture = image.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Refusal(problem) from error
    picture.thumbnail((edge, edge))
    return Reference(hashlib.sha256(file.content).hexdigest(), size, picture)


def _wrong_mask(what: str) -> Problem:
    message = f"Invalid mask image format - {what}"
    return invalid(message, param="mask", code="invalid_mask_image_format")
