"""Pictures to send, and those that came back."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
from PIL import Image, ImageChops

RED, GREEN, BLUE = (200, 30, 40), (20, 160, 60), (30, 60, 200)


def picture(
    colour: tuple[int, ...] = RED, size: tuple[int, int] = (256, 256), output_format: str = "PNG"
) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB" if len(colour) == 3 else "RGBA", size, colour).save(stream, output_format)
    return stream.getvalue()


def mask(size: tuple[int, int] = (256, 256)) -> bytes:
    """Its left half is to be painted anew."""
    image = Image.new("RGBA", size, (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def data_url(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def opened(payload: str) -> Image.Image:
    """What stands in `b64_json`."""
    return decoded(base64.b64decode(payload, validate=True))


def decoded(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def first(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    item: dict[str, Any] = answer.json()["data"][0]
    return opened(item["b64_json"])


def share_of(image: Image.Image, colour: tuple[int, ...]) -> float:
    """How much of the image has very nearly this colour."""
    small = image.convert("RGB").resize((64, 64), Image.Resampling.NEAREST)
    away = ImageChops.difference(small, Image.new("RGB", small.size, colour)).split()
    farthest = ImageChops.lighter(ImageChops.lighter(away[0], away[1]), away[2])
    return sum(farthest.histogram()[:12]) / (64 * 64)
