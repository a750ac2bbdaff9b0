"""What a team leaves behind: one generation of a member with everything that can hang on one."""

from dataclasses import dataclass
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from generations.models import (
    Call,
    Endpoint,
    EndpointModel,
    Generation,
    Image,
    Reference,
    ReferenceUse,
    Refusal,
    Verdict,
)
from team import membership
from team.models import Invitation, User
from tests.fake_endpoint import picture


@dataclass(frozen=True, slots=True)
class Rows:
    """One of each."""

    endpoint: Endpoint
    offer: EndpointModel
    generation: Generation
    call: Call
    image: Image
    reference: Reference
    refusal: Refusal
    verdict: Verdict
    invitation: Invitation
    token: str


def make_rows(member: User, *, reviewer: User, administrator: User, words: str = "a white cat") -> Rows:
    """A partly refused generation with a verdict, and an open invitation; `words` stand in every text."""
    endpoint = Endpoint.objects.create(name=words[:80], base_url="http://127.0.0.1:9/v1")
    offer = EndpointModel.objects.create(endpoint=endpoint, name=words[:120], label=words[:120])
    generation = Generation.objects.create(
        member=member,
        submit_token=uuid4(),
        endpoint=endpoint,
        model=words[:120],
        prompt=words,
        n=2,
        status="partial",
        outcome="withheld",
        images_count=1,
    )
    said = {"request_id": words[:200], "http_status": 200}
    call = Call.objects.create(
        generation=generation,
        member=member,
        endpoint=endpoint,
        n=2,
        status="settled",
        outcome="partial",
        endpoint_code=words[:200],
        endpoint_message=words,
        **said,
    )
    refusal = Refusal.objects.create(
        call=call,
        generation=generation,
        stage="withheld",
        categories=[words],
        code=words[:200],
        message=words,
        asked=2,
        withheld=1,
        **said,
    )
    new = membership.invite(actor=administrator, email="zoe@studio.example", role="member")
    image = _image(call, words=words)
    return Rows(
        endpoint=endpoint,
        offer=offer,
        generation=generation,
        call=call,
        image=image,
        reference=_reference(image, words=words),
        refusal=refusal,
        verdict=Verdict.objects.create(refusal=refusal, reviewer=reviewer, decision="right", note=words),
        invitation=new.invitation,
        token=new.token,
    )


def _image(call: Call, *, words: str) -> Image:
    stored = default_storage.save(f"tests/{uuid4()}.png", ContentFile(picture()))
    return Image.objects.create(
        generation=call.generation,
        call=call,
        index=0,
        media_type="image/png",
        width=64,
        height=48,
        bytes=1,
        sha256="0" * 64,
        original=stored,
        thumb_320=stored,
        thumb_640=stored,
        revised_prompt=words,
    )


def _reference(image: Image, *, words: str) -> Reference:
    """The image itself, which its generation was also made from: no matter to the pages."""
    reference = Reference.objects.create(
        member=image.generation.member,
        image=image,
        name=words[:120],
        media_type=image.media_type,
        width=image.width,
        height=image.height,
        bytes=image.bytes,
        sha256=image.sha256,
        original=image.original,
        thumb_320=image.thumb_320,
    )
    ReferenceUse.objects.create(generation=image.generation, reference=reference)
    return reference
