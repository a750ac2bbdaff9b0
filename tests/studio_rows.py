"""What a team leaves behind: one generation of a member with everything that can hang on one."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from generations import cases, prompt_library, search
from generations.models import (
    Access,
    AnswerRule,
    Call,
    Case,
    Collection,
    CollectionItem,
    Decision,
    Endpoint,
    EndpointModel,
    Generation,
    Image,
    Job,
    ListedWord,
    Reference,
    ReferenceUse,
    Refusal,
    Rewrite,
    SavedPrompt,
    Verdict,
)
from generations.review import Ruling, decide
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
    collection: Collection
    saved_prompt: SavedPrompt
    reference: Reference
    refusal: Refusal
    rewrite: Rewrite
    case: Case
    rule: AnswerRule
    word: ListedWord
    verdict: Verdict
    job: Job
    invitation: Invitation
    token: str


def make_rows(member: User, *, reviewer: User, administrator: User, words: str = "a white cat") -> Rows:
    """A partly refused generation with a verdict, and an open invitation; `words` stand in every text."""
    endpoint = Endpoint.objects.create(name=words[:80], base_url="http://127.0.0.1:9/v1")
    offer = EndpointModel.objects.create(endpoint=endpoint, name=words[:120], label=words[:120])
    generation = Generation.objects.create(
        member=member,
        submit_token=uuid4(),
        series=uuid4(),
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
    case = cases.open_for(refusal)
    new = membership.invite(actor=administrator, email="zoe@studio.example", role="member")
    image = _image(call, words=words)
    search.note_many([generation.pk])
    return Rows(
        endpoint=endpoint,
        offer=offer,
        generation=generation,
        call=call,
        image=image,
        collection=_collection(image, words=words),
        saved_prompt=prompt_library.keep(name=words[:120], text=words, access=Access.PRIVATE, by=member),
        reference=_reference(image, words=words),
        refusal=refusal,
        rewrite=_rewrite(generation, words=words),
        case=case,
        rule=AnswerRule.objects.create(says=words[:300], code=words[:200], category=words[:40]),
        word=ListedWord.objects.create(
            spellings=words[:2000], instead_en=words[:300], instead_zh=words[:300]
        ),
        verdict=decide(case.pk, Ruling(Decision.RIGHT, words), reviewer=reviewer, version=case.version),
        job=_job(member, file=image.original),
        invitation=new.invitation,
        token=new.token,
    )


def _job(member: User, *, file: str) -> Job:
    """A zip file that can be fetched; what is in it is no matter to the pages."""
    tomorrow = timezone.now() + timedelta(days=1)
    return Job.objects.create(
        member=member,
        kind="zip",
        status="done",
        total=1,
        done=1,
        file=file,
        file_name="images.zip",
        expires_at=tomorrow,
        finished_at=timezone.now(),
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


def _rewrite(generation: Generation, *, words: str) -> Rewrite:
    """Other words that were proposed for it, which differ from its own."""
    return Rewrite.objects.create(
        generation=generation,
        asked_by=generation.member,
        endpoint=generation.endpoint,
        model=words[:120],
        status="ready",
        prompt=f"{words} {words}",
    )


def _collection(image: Image, *, words: str) -> Collection:
    member = image.generation.member
    collection = Collection.objects.create(owner=member, name=words[:120], description=words[:2000])
    CollectionItem.objects.create(collection=collection, image=image, added_by=member)
    return collection


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
