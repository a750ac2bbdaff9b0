"""Fills a history with images to scroll through: `python -m tests.bench.scroll_rows 10000`.

The files behind them are few, so that the browser and not the disk is measured.
"""

import colorsys
import hashlib
import io
import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import cycle
from uuid import uuid4

import django
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Picture
from PIL import ImageDraw

django.setup()

from generations import search  # noqa: E402 - Django has to be set up first
from generations.models import Call, Endpoint, Generation, Image  # noqa: E402
from team.models import User  # noqa: E402

SHAPES = ((1536, 1024), (1024, 1024), (1024, 1536), (2048, 1152), (1024, 768))
SUBJECTS = (
    "a lighthouse",
    "two herons",
    "a night market",
    "an old tram",
    "雾中的山",
    "竹林里的小屋",
    "海边的灯塔",
)
MANNERS = ("at dusk", "in watercolour", "from above", "after rain", "水彩", "清晨", "剪纸风格")
DAYS = 730
_BATCH = 500


def main() -> None:
    wanted = int(sys.argv[1])
    chance = random.Random(7)
    member = User.objects.order_by("pk")[0]
    endpoint = Endpoint.objects.order_by("pk")[0]
    files = cycle(list(_files(chance)))
    made = 0
    while made < wanted:
        generations: list[Generation] = []
        calls: list[Call] = []
        images: list[Image] = []
        while len(generations) < _BATCH and made < wanted:
            generation = _generation(chance, member, endpoint)
            call = Call(
                generation=generation,
                member=member,
                endpoint=endpoint,
                n=generation.n,
                status="settled",
                outcome="succeeded" if generation.images_count else "failed",
            )
            of_call = [
                _image(generation, call, place, next(files)) for place in range(generation.images_count)
            ]
            made += len(of_call)
            generations.append(generation)
            calls.append(call)
            images += of_call
        Generation.objects.bulk_create(generations)
        Call.objects.bulk_create(calls)
        Image.objects.bulk_create(images)
        search.note_many(generation.pk for generation in generations)


def _generation(chance: random.Random, member: User, endpoint: Endpoint) -> Generation:
    count = chance.choice((1, 1, 2, 4, 4, 0))
    at = timezone.now() - timedelta(days=chance.random() ** 1.3 * DAYS, seconds=chance.random() * 40_000)
    return Generation(
        member=member,
        submit_token=uuid4(),
        endpoint=endpoint,
        model=chance.choice(("gpt-image-2", "gpt-image-1-mini", "dall-e-3")),
        prompt=f"{chance.choice(SUBJECTS)} {chance.choice(MANNERS)}, {chance.choice(MANNERS)}",
        n=max(1, count),
        quality=chance.choice(("low", "medium", "high")),
        size=chance.choice(("1024x1024", "1536x1024")),
        status="succeeded" if count else chance.choice(("failed", "blocked")),
        outcome="passed" if count else "none",
        shape=chance.choice(("square", "landscape", "portrait")) if count else "",
        images_count=count,
        cost=Decimal(count) * Decimal("0.042"),
        created_at=at,
        started_at=at,
        finished_at=at + timedelta(seconds=chance.randint(6, 60)),
    )


def _image(generation: Generation, call: Call, place: int, file: tuple[int, int, str, str, str]) -> Image:
    width, height, original, small, middle = file
    return Image(
        generation=generation,
        call=call,
        index=place,
        media_type="image/webp",
        width=width,
        height=height,
        bytes=20_000,
        sha256=hashlib.sha256(original.encode()).hexdigest(),
        original=original,
        thumb_320=small,
        thumb_640=middle,
    )


def _files(chance: random.Random) -> Iterator[tuple[int, int, str, str, str]]:
    for number in range(60):
        width, height = SHAPES[number % len(SHAPES)]
        picture = _picture(chance, width // 2, height // 2)
        names = [_save(picture, number, edge) for edge in (1024, 320, 640)]
        yield width, height, names[0], names[1], names[2]


def _picture(chance: random.Random, width: int, height: int) -> Picture.Image:
    hue = chance.random()
    sky, ground = (_color(hue, 0.35, 0.9), _color(hue + 0.4, 0.4, 0.35))
    picture = Picture.new("RGB", (width, height), sky)
    draw = ImageDraw.Draw(picture)
    for _ in range(3):
        x, y, r = chance.randrange(width), chance.randrange(height), chance.randrange(40, 160)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=_color(hue + chance.random() / 3, 0.5, 0.7))
    draw.polygon(
        [(0, height), (0, height * 3 // 4), (width // 2, height * 2 // 3), (width, height)], fill=ground
    )
    return picture


def _color(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _save(picture: Picture.Image, number: int, edge: int) -> str:
    small = picture.copy()
    small.thumbnail((edge, edge))
    stream = io.BytesIO()
    small.save(stream, "WEBP", quality=80)
    return default_storage.save(f"bench/{number}-{edge}.webp", ContentFile(stream.getvalue()))


if __name__ == "__main__":
    main()
