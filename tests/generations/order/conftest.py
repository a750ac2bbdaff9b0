"""Images that lie in the history of a member, without an endpoint that made them."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from generations.models import Call, Endpoint, Generation, Image
from team.models import User

MakeImages = Callable[..., list[Image]]


@pytest.fixture
def make_images(db: None) -> MakeImages:
    """Make so many images of one generation for a member."""
    endpoint = Endpoint.objects.create(name="Order", base_url="http://127.0.0.1:9/v1")

    def make(member: User, count: int = 1, prompt: str = "a white cat") -> list[Image]:
        generation = Generation.objects.create(
            member=member,
            submit_token=uuid4(),
            endpoint=endpoint,
            model="gpt-image-2",
            prompt=prompt,
            n=max(1, min(10, count)),
            status="succeeded",
            images_count=count,
        )
        call = Call.objects.create(
            generation=generation, member=member, endpoint=endpoint, n=count, status="settled"
        )
        file = {"media_type": "image/png", "width": 48, "height": 32, "bytes": 1, "sha256": "0" * 64}
        names = {"original": "none.png", "thumb_320": "none", "thumb_640": "none"}
        return [
            Image.objects.create(generation=generation, call=call, index=index, **file, **names)
            for index in range(count)
        ]

    return make
