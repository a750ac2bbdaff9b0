"""A queue for reviewers to work through, and people who do, as rows of the shared studio.

    studio.manage("shell", "-c", "import json; from tests.e2e import reviews; print(reviews.build())")

Nothing of it waits for workers; each run of `build()` makes a queue, an author and reviewers of its own.
"""

import hashlib
import io
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

from generations import cases
from generations.models import (
    Access,
    Call,
    Case,
    Collection,
    CollectionItem,
    Endpoint,
    Generation,
    Image,
    Refusal,
)
from team.models import Role, User
from tests.e2e import gallery
from tests.people import make_member

_CATEGORIES: Sequence[list[str]] = (["sexual"], ["violence"], [], ["hate", "harassment"], ["brand"])
_PROMPTS: Sequence[str] = (
    "Venus of Urbino, oil on canvas",
    "战场上的士兵，电影剧照",
    "A portrait of a famous actor as a knight",
    "A logo that looks like a well-known shoe brand",
    "剪纸白鹭，薄雾稻田",
)


def build(*, language: str = "en", number: int = 8, theme: str = "light") -> dict[str, Any]:
    """Make `number` refusals, a severe one and one report; of an author, a teammate and reviewers, by name.

    The answer has cookies of all, ids of the cases, the oldest first, of their generations and of images.
    """
    mark = uuid4().hex[:8]

    def person(name: str, role: Role) -> User:
        email = f"{name.lower()}-{mark}@studio.example"
        return make_member(email=email, name=f"{name} {mark}", role=role, language=language, theme=theme)

    author = person("Mei", Role.MEMBER)
    people = {
        "author": author,
        "first": person("Rui", Role.REVIEWER),
        "second": person("Zoe", Role.REVIEWER),
        "administrator": person("Ada", Role.ADMINISTRATOR),
        "other_administrator": person("Eve", Role.ADMINISTRATOR),
        "teammate": person("Bo", Role.MEMBER),
    }
    # That of the gallery comes and goes with all that was asked there.
    lasting = Endpoint.objects.exclude(name=gallery.NAME)
    endpoint = lasting.first() or Endpoint.objects.create(name="A", base_url="http://127.0.0.1:9/v1")
    made = [
        _refused(author, endpoint, place, categories=_CATEGORIES[place % len(_CATEGORIES)])
        for place in range(number)
    ]
    severe = _refused(author, endpoint, 1, categories=["sexual/minors"])
    image = _shared(author, endpoint)
    report = cases.report(image, by=people["second"], words="There is blood in it.")
    return {
        "cookies": {name: _cookie(member) for name, member in people.items()},
        "names": {name: member.name for name, member in people.items()},
        "member": author.pk,
        "cases": [case.pk for case in made],
        "generations": [str(case.generation_id) for case in made],
        "severe": severe.pk,
        "severe_image": str(severe.generation.images.get().pk),
        "report": report.pk,
        "image": str(image.pk),
    }


def _cookie(member: User) -> dict[str, str]:
    client = Client()
    client.force_login(member)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}


def _refused(author: User, endpoint: Endpoint, place: int, *, categories: list[str]) -> Case:
    """Every second one has brought an image beside what was withheld."""
    call = _call(
        author, endpoint, _PROMPTS[place % len(_PROMPTS)], status="partial" if place % 2 else "blocked"
    )
    if place % 2:
        _image(call, place)
    refusal = Refusal.objects.create(
        call=call,
        generation=call.generation,
        stage="withheld" if place % 2 else "input",
        reason="withheld" if place % 2 else "moderation_blocked",
        categories=categories,
        code="moderation_blocked",
        message="Your request was rejected as a result of our safety system.",
        request_id=f"req_{uuid4().hex[:12]}",
        http_status=200 if place % 2 else 400,
        asked=2,
        withheld=1,
    )
    return cases.open_for(refusal)


def _shared(author: User, endpoint: Endpoint) -> Image:
    image = _image(_call(author, endpoint, "A whale above the clouds, oil", status="succeeded"), 7)
    collection = Collection.objects.create(owner=author, name="Whales", access=Access.VIEW)
    CollectionItem.objects.create(collection=collection, image=image, added_by=author)
    return image


def _call(author: User, endpoint: Endpoint, prompt: str, *, status: str) -> Call:
    generation = Generation.objects.create(
        member=author,
        submit_token=uuid4(),
        endpoint=endpoint,
        model="gpt-image-1",
        prompt=prompt,
        n=2,
        status=status,
        outcome={"succeeded": "passed", "partial": "withheld"}.get(status, "blocked"),
        images_count=0 if status == "blocked" else 1,
    )
    return Call.objects.create(
        generation=generation,
        member=author,
        endpoint=endpoint,
        n=2,
        status="settled",
        outcome="blocked" if status == "blocked" else "succeeded",
        http_status=200,
    )


def _image(call: Call, place: int) -> Image:
    drawn = io.BytesIO()
    width, height = ((384, 256), (256, 384), (256, 256))[place % 3]
    about = PngInfo()
    about.add_text("Comment", str(call.pk))  # no two of them have the same bytes
    colour = (40 + place * 20 % 200, 90, 140)
    Picture.new("RGB", (width, height), colour).save(drawn, "PNG", pnginfo=about)
    stored = default_storage.save(f"tests/{uuid4()}.png", ContentFile(drawn.getvalue()))
    return Image.objects.create(
        generation=call.generation,
        call=call,
        index=0,
        media_type="image/png",
        width=width,
        height=height,
        bytes=len(drawn.getvalue()),
        sha256=hashlib.sha256(drawn.getvalue()).hexdigest(),
        original=stored,
        thumb_320=stored,
        thumb_640=stored,
    )
