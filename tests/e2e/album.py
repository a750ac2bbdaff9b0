"""Two members, one of each language, and everything that the pages of the history can show of them, as rows.

    studio.manage("shell", "-c", "import json; from tests.e2e import album; print(json.dumps(album.build()))")

Nothing of it waits for workers. A studio has them once: `build()` makes rows and takes none away.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image as Picture

from generations import collecting, prompt_library, search, trash
from generations.models import (
    Access,
    Call,
    Endpoint,
    EndpointModel,
    Generation,
    Image,
    Job,
    Price,
)
from team.models import User
from tests.people import make_member

LANGUAGES = ("en", "zh-hans")
COST = Decimal("0.042")  # of each image
_SHAPES = ((384, 256), (256, 256), (256, 384))  # CSS pixels of the originals, turn by turn

_GPT, _DALL_E, _ON_OFFER = "gpt-image-2", "dall-e-3", ""

# By name: its prompt in both languages.
PROMPTS: Mapping[str, tuple[str, str]] = {
    "harbour": ("A harbour at low tide, woodcut", "退潮的港湾，木刻版画"),
    "heron": ("A paper-cut heron in a misty rice field", "剪纸白鹭，薄雾稻田"),
    "teapot": ("Celadon teapot on walnut, soft light", "青瓷茶壶，胡桃木桌，柔光"),
    "stall": ("Night market, a stall with lemons", "夜市里的柠檬摊"),
    "rain": ("A crowded market at night after rain", "雨后的夜市，人来人往"),
    "market lost": ("Market before the night, seen from above", "俯瞰夜市，入夜之前"),
    "blocked": ("A film poster with a living actor", "一位在世演员的电影海报"),
    "tram": ("An old tram in the first snow", "初雪里的老电车"),
    "deleted": ("Sketch of a snow globe", "雪花玻璃球的草图"),
    "series low": ("A chess set carved from ice", "冰雕的国际象棋"),
    "series high": ("A chess set carved from ice", "冰雕的国际象棋"),
    "lamp": ("A desk lamp, two inks, risograph", "双色孔版印刷的台灯"),
    "whale": ("A whale above the clouds, oil", "云上的鲸鱼，油画"),
}
# How each ended: status, model, number of images, and days since.
ENDS: Mapping[str, tuple[str, str, int, int]] = {
    "harbour": ("succeeded", _ON_OFFER, 2, 0),
    "heron": ("succeeded", _GPT, 4, 0),
    "teapot": ("succeeded", _GPT, 2, 0),
    "stall": ("succeeded", _GPT, 2, 1),
    "rain": ("succeeded", _DALL_E, 1, 1),
    "market lost": ("failed", _GPT, 0, 1),
    "blocked": ("blocked", _GPT, 0, 2),
    "tram": ("succeeded", _DALL_E, 3, 3),
    "deleted": ("succeeded", _GPT, 1, 4),
    "series low": ("succeeded", _GPT, 1, 5),
    "series high": ("succeeded", _GPT, 1, 5),
    "lamp": ("succeeded", _GPT, 2, 40),
    "whale": ("succeeded", _GPT, 1, 75),
}
_NAMES = {
    "owner": ("Iris Album", "画册主人"),
    "endpoint": ("Album", "画册接口"),
    "collection": ("Winter catalogue", "冬季画册"),
    "another collection": ("Herons", "白鹭"),  # which test_keeping makes, and shares
    "description": ("What the client has seen.", "客户已经看过的。"),
    "saved": ("Product on wood", "木桌上的产品"),
    "saved text": ("{subject} on a walnut table", "胡桃木桌上的{主体}"),
    "saved later": ("{subject} on a walnut table, soft light", "胡桃木桌上的{主体}，柔光"),
    "tag": ("client", "客户"),
}


def build() -> dict[str, dict[str, Any]]:
    """Make an album for each language; return its owner's cookie, and the ids of its images by name."""
    pictures = [_kept(number) for number in range(6)]
    return {language: _album(place, language, pictures) for place, language in enumerate(LANGUAGES)}


def _album(place: int, language: str, pictures: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
    names = {name: words[place] for name, words in _NAMES.items()}
    owner = make_member(
        email=f"album-{language}@studio.example",
        name=names["owner"],
        role="administrator",
        language=language,
    )
    endpoint = Endpoint.objects.create(
        name=names["endpoint"], base_url="http://127.0.0.1:9/v1", is_active=False
    )
    series = uuid4()
    made = {
        name: _generation(owner, endpoint, name, prompt=prompts[place], pictures=pictures)
        for name, prompts in PROMPTS.items()
    }
    for name, quality in (("series low", "low"), ("series high", "high")):
        Generation.objects.filter(pk=made[name].pk).update(series=series, quality=quality)
    search.note_many([generation.pk for generation in made.values()])
    images = {name: list(generation.images.all()) for name, generation in made.items()}
    trash.put(images["deleted"], by=owner, at=timezone.now() - timedelta(days=3))
    # A picture in another size looks the same.
    Image.objects.filter(pk__in=[images["heron"][0].pk, images["whale"][0].pk]).update(
        look=0x0F3C_5A69_1122_3344
    )
    return {
        "cookie": _session(owner),
        "images": {name: [str(image.pk) for image in some] for name, some in images.items()},
        "prompts": {name: prompts[place] for name, prompts in PROMPTS.items()},
        "names": names,
        "pages": [*_pages(owner, endpoint, made, images, names=names), f"/series/{series}/"],
    }


def _pages(
    owner: User,
    endpoint: Endpoint,
    made: Mapping[str, Generation],
    images: Mapping[str, Sequence[Image]],
    *,
    names: Mapping[str, str],
) -> list[str]:
    """The addresses of pages about single things, each with something to show."""
    collection = collecting.create(
        owner=owner, name=names["collection"], description=names["description"], access=Access.VIEW
    )
    collecting.add([*images["tram"], *images["stall"]], collection, by=owner)
    saved = prompt_library.keep(name=names["saved"], text=names["saved text"], access=Access.EDIT, by=owner)
    newest = prompt_library.add_version(saved, text=names["saved later"], note="", by=owner)
    Generation.objects.filter(pk=made["teapot"].pk).update(prompt_version=newest, outcome="passed")
    offer = EndpointModel.objects.create(endpoint=endpoint, name="gpt-image-2", is_active=False)
    for size, cost in (("", COST), ("1536x1024", 2 * COST)):
        Price.objects.create(offer=offer, size=size, per_image=cost)
    compared = "&image=".join(str(image.pk) for image in images["heron"])
    return [
        *(f"/jobs/{job.pk}/" for job in _jobs(owner)),
        f"/collections/{collection.pk}/",
        f"/collections/{collection.pk}/?arrange=1",
        f"/library/?text_of={made['teapot'].pk}",
        f"/library/{saved.pk}/",
        f"/library/{saved.pk}/use/",
        f"/endpoints/{endpoint.pk}/models/{offer.pk}/prices/",
        f"/generations/{made['harbour'].pk}/series/",
        f"/images/{images['heron'][0].pk}/similar/",
        f"/compare/?image={compared}",
    ]


def _generation(
    owner: User, endpoint: Endpoint, name: str, *, prompt: str, pictures: Sequence[tuple[str, int, int]]
) -> Generation:
    status, model, count, days_ago = ENDS[name]
    asked = timezone.now() - timedelta(days=days_ago, seconds=60 + list(ENDS).index(name))
    if model == _ON_OFFER:
        offer = EndpointModel.objects.on_offer().order_by("pk")[0]
        endpoint, model = offer.endpoint, offer.name
    generation = Generation.objects.create(
        member=owner,
        submit_token=uuid4(),
        endpoint=endpoint,
        model=model,
        prompt=prompt,
        n=max(1, count),
        size="1024x1024",
        status=status,
        outcome="blocked" if status == "blocked" else "none",
        images_count=count,
        shape="landscape" if count else "",
        cost=count * COST if count else None,
        created_at=asked,
        started_at=asked,
        finished_at=asked + timedelta(seconds=20),
    )
    call = Call.objects.create(
        generation=generation,
        member=owner,
        endpoint=endpoint,
        n=generation.n,
        status="settled",
        outcome=status,
        queued_at=asked,
        cost=generation.cost,
    )
    for index in range(count):
        _image(call, index, pictures[(len(prompt) + index) % len(pictures)])
    return generation


def _image(call: Call, index: int, picture: tuple[str, int, int]) -> None:
    stored, width, height = picture
    Image.objects.create(
        generation=call.generation,
        call=call,
        index=index,
        media_type="image/png",
        width=width,
        height=height,
        bytes=default_storage.size(stored),
        sha256=uuid4().hex * 2,
        original=stored,
        thumb_320=stored,
        thumb_640=stored,
    )


def _jobs(owner: User) -> list[Job]:
    """A file that can be fetched, and a job that failed."""
    now = timezone.now()
    ended = {"member": owner, "finished_at": now, "total": 24}
    return [
        Job.objects.create(
            kind="zip",
            status="done",
            done=23,
            left_out=1,
            file="nowhere.zip",
            file_name="images.zip",
            bytes=4_500_000,
            expires_at=now + timedelta(days=3),
            **ended,
        ),
        Job.objects.create(kind="export", status="failed", done=3, reason="worker_lost", **ended),
    ]


def _session(owner: User) -> dict[str, str]:
    """A cookie with which a browser is signed in."""
    client = Client()
    client.force_login(owner)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


def _kept(number: int) -> tuple[str, int, int]:
    """A gradient in one of the shapes, stored once for all that show it: its key, width and height."""
    width, height = _SHAPES[number % len(_SHAPES)]
    grey = Picture.linear_gradient("L").resize((width, height))
    shade = Picture.new("L", grey.size, 40 + 35 * number)
    written = io.BytesIO()
    Picture.merge("RGB", (grey, shade, grey.transpose(Picture.Transpose.FLIP_LEFT_RIGHT))).save(
        written, "PNG"
    )
    stored = default_storage.save(f"album/{uuid4()}.png", ContentFile(written.getvalue()))
    return stored, width, height
