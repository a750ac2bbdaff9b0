"""Images of Mei's without an endpoint having been asked, and jobs that are run to their end."""

import hashlib
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from generations.jobs import running
from generations.models import Call, Endpoint, Generation, Image, Job
from team.models import User
from tests.fake_endpoint import picture

MakeImage = Callable[..., Image]


@pytest.fixture(autouse=True)
def one_connection(settings: Settings) -> None:
    """A turn is over before the lease needs a sign of life, which comes over another connection."""
    settings.CALL_LEASE_SECONDS = 60


@pytest.fixture
def make(mei: User) -> MakeImage:
    """One more image in a generation of its own, or in the one that is named; Mei's unless said otherwise."""

    def image(
        *, member: User = mei, generation: Generation | None = None, content: bytes = b"", **fields: Any
    ) -> Image:
        content = content or picture()
        endpoint, _ = Endpoint.objects.get_or_create(name="Test", base_url="http://127.0.0.1:9/v1")
        of_generation = {"prompt": fields.pop("prompt", "a white cat"), "model": "gpt-image-2", "n": 1}
        row = generation or Generation.objects.create(
            member=member, endpoint=endpoint, submit_token=uuid4(), status="succeeded", **of_generation
        )
        call = Call.objects.create(generation=row, member=member, endpoint=endpoint, n=1, status="settled")
        stem = f"images/{call.pk}"
        keys = {
            name: default_storage.save(f"{stem}-{name}.png", ContentFile(content)) for name in ("0", "3", "6")
        }
        return Image.objects.create(
            generation=row,
            call=call,
            index=0,
            **{
                "media_type": "image/png",
                "width": 64,
                "height": 48,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "original": keys["0"],
                "thumb_320": keys["3"],
                "thumb_640": keys["6"],
                **fields,
            },
        )

    return image


def run_jobs() -> None:
    """Do what the images pool would do until no job may go on."""
    while running.run_next():
        pass


def finished(job: Job) -> Job:
    """Run all jobs and return this one as it is then."""
    run_jobs()
    return Job.objects.get(pk=job.pk)


def content_of(job: Job) -> io.BytesIO:
    """Return the file that a job has made."""
    return io.BytesIO(stored(job.file))


def stored(key: str) -> bytes:
    with default_storage.open(key) as stream:
        return bytes(stream.read())
