"""Cases of every kind, without an endpoint being asked; clients of those who review."""

from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from generations import cases
from generations.models import (
    Access,
    Call,
    Case,
    Collection,
    CollectionItem,
    Endpoint,
    EndpointModel,
    Generation,
    Image,
    Refusal,
)
from generations.review import Ruling, decide
from team.models import User
from tests.fake_endpoint import picture


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    """One model that can be moderated less, one that cannot."""
    row = Endpoint.objects.create(name="Test", base_url="http://127.0.0.1:9/v1")
    EndpointModel.objects.create(endpoint=row, name="gpt-image-1", position=0)
    EndpointModel.objects.create(endpoint=row, name="dall-e-3", position=1)
    return row


class Making:
    """Makes what can come into review."""

    def __init__(self, endpoint: Endpoint, member: User) -> None:
        self.endpoint, self.member = endpoint, member

    def refused(
        self,
        prompt: str = "Venus of Urbino",
        *,
        categories: tuple[str, ...] = ("sexual",),
        images: int = 0,
        member: User | None = None,
    ) -> Case:
        """The case of a refusal, beside which some images may have come."""
        call = self._call(prompt, member or self.member, n=images + 1)
        for index in range(images):
            self._image(call, index)
        refusal = Refusal.objects.create(
            call=call,
            generation=call.generation,
            stage="withheld" if images else "input",
            reason="moderation_blocked",
            categories=list(categories),
            code="moderation_blocked",
            message="Your request was rejected by the safety system.",
            request_id="req_1",
            http_status=400,
            asked=images + 1,
            withheld=1,
        )
        return cases.open_for(refusal)

    def shared(self, prompt: str = "a white cat", *, images: int = 1) -> Image:
        """The first image of a generation that nobody objected to, in a collection of the team."""
        call = self._call(prompt, self.member, n=images, status="succeeded")
        made = [self._image(call, index) for index in range(images)]
        collection = Collection.objects.create(owner=self.member, name="Cats", access=Access.VIEW)
        CollectionItem.objects.create(collection=collection, image=made[0], added_by=self.member)
        return made[0]

    def _call(self, prompt: str, member: User, *, n: int, status: str = "blocked") -> Call:
        generation = Generation.objects.create(
            member=member,
            submit_token=uuid4(),
            endpoint=self.endpoint,
            model="gpt-image-1",
            prompt=prompt,
            n=n,
            status=status,
            outcome="passed" if status == "succeeded" else "blocked",
            images_count=n,
        )
        return Call.objects.create(
            generation=generation, member=member, endpoint=self.endpoint, n=n, status="settled"
        )

    def _image(self, call: Call, index: int) -> Image:
        stored = default_storage.save(f"tests/{uuid4()}.png", ContentFile(picture()))
        return Image.objects.create(
            generation=call.generation,
            call=call,
            index=index,
            media_type="image/png",
            width=64,
            height=48,
            bytes=1,
            sha256="0" * 64,
            original=stored,
            thumb_320=stored,
            thumb_640=stored,
        )


@pytest.fixture
def make(endpoint: Endpoint, mei: User) -> Making:
    return Making(endpoint, mei)


def signed_in(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def reviewer(rui: User) -> Client:
    return signed_in(rui)


def say(case: Case, by: User, decision: str, **said: object) -> int:
    """Decide a case as it is now; return the verdict's number."""
    now = Case.objects.get(pk=case.pk)
    return decide(case.pk, Ruling(decision, **said), reviewer=by, version=now.version).pk  # type: ignore[arg-type]
