"""A small team's history with something of everything in it."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from generations import search
from generations.models import Call, Endpoint, Generation, Image, Refusal
from team.models import User


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return Endpoint.objects.create(name="A", base_url="http://127.0.0.1:9/v1")


class Making:
    """Makes generations, each a minute older than the one before, with images and refusals."""

    def __init__(self, endpoint: Endpoint, member: User) -> None:
        self.endpoint, self.member, self.minutes = endpoint, member, 0

    def __call__(
        self,
        prompt: str = "a cat",
        *,
        images: int = 1,
        refused: tuple[str, ...] = (),
        revised: str = "",
        member: User | None = None,
        **fields: object,
    ) -> Generation:
        self.minutes += 1
        whose = member or self.member
        values = {
            "member": whose,
            "submit_token": uuid4(),
            "endpoint": self.endpoint,
            "model": "gpt-image-1",
            "n": 1,
            "status": "blocked" if refused else "succeeded",
            "outcome": "blocked" if refused else "passed",
            "created_at": timezone.now() - timedelta(minutes=self.minutes),
            "cost": Decimal("0.25"),
        }
        made = Generation.objects.create(prompt=prompt, **{**values, **fields})
        call = Call.objects.create(
            generation=made, member=whose, endpoint=self.endpoint, n=1, status="settled"
        )
        for index in range(0 if refused else images):
            self.image(call, index, revised=revised)
        if refused:
            Refusal.objects.create(
                call=call, generation=made, stage="input", categories=list(refused), asked=1, withheld=1
            )
        search.note_many([made.pk])
        return made

    def image(self, call: Call, index: int, *, revised: str = "") -> Image:
        key = f"images/{uuid4()}"
        return Image.objects.create(
            generation=call.generation,
            call=call,
            index=index,
            media_type="image/png",
            width=64,
            height=64,
            bytes=1,
            sha256="0" * 64,
            original=f"{key}.png",
            thumb_320=f"{key}-320.webp",
            thumb_640=f"{key}-640.webp",
            revised_prompt=revised,
        )


@pytest.fixture
def make(endpoint: Endpoint, mei: User) -> Making:
    return Making(endpoint, mei)
