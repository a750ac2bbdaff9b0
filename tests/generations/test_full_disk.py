"""A full disk while pictures are taken in: it is said in words, and costs only the picture."""

import errno
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from generations.models import Endpoint, Reference
from generations.references import NotUsable, receive
from generations.room import is_full
from generations.storage import rewriting
from team.models import User
from tests.fake_endpoint import picture

pytestmark = pytest.mark.django_db

SENTENCE = "The studio's disk is full, so photo.png was not kept. What you wrote is; tell an administrator."


@pytest.fixture
def form_of_mei(client: Client, mei: User, endpoint: Endpoint) -> Client:
    client.force_login(mei)
    return client


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uploads go to the system's own disk that is always full."""
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", _on_the_full_disk)


def sent(size: int = 70_000) -> dict[str, Any]:
    """A form with a picture of so many bytes."""
    return {
        "pictures": [SimpleUploadedFile("photo.png", b"x" * size)],
        "submit_token": str(uuid4()),
        "prompt": "not lost",
        "model": "gpt-image-2",
        "n": 1,
    }


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("size", [100, 70_000, 900_000])
def test_a_picture_that_finds_the_disk_full_costs_only_itself(form_of_mei: Client, size: int) -> None:
    alone = form_of_mei.post("/references/", {"pictures": sent(size)["pictures"]})
    answer = form_of_mei.post("/", sent(size))

    assert (alone.status_code, answer.status_code) == (200, 422)
    assert "disk is full" in alone.text
    assert answer.context["form"].errors["pictures"] == [SENTENCE]
    assert ">\nnot lost<" in answer.text


def test_a_disk_without_a_place_for_another_file_is_told_too(
    form_of_mei: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", _no_room)

    assert form_of_mei.post("/", sent()).context["form"].errors["pictures"] == [SENTENCE]


@pytest.mark.parametrize(
    "place",
    [
        "generations.references.tempfile.mkdtemp",
        "generations.references.store",
        "django.core.files.storage.Storage.save",
        "child",
    ],
)
def test_whatever_is_full_when_a_picture_is_kept_the_sentence_is_the_same(
    mei: User, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "child":  # it leaves no result, and there is no room to look whether it could have
        monkeypatch.setattr(rewriting, "_run", lambda _folder: None)
        monkeypatch.setattr(Path, "write_bytes", _no_room)
    else:
        monkeypatch.setattr(place, _no_room)

    with pytest.raises(NotUsable) as refused:
        receive(SimpleUploadedFile("photo.png", picture()), member=mei)

    assert str(refused.value) == SENTENCE
    assert not Reference.objects.exists()


def test_an_error_is_a_full_disk_by_its_number_its_code_or_its_words() -> None:
    class DiskFull(Exception):
        sqlstate = "53100"

    of_postgresql = OperationalError("could not extend file")
    of_postgresql.__cause__ = DiskFull()

    assert is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert is_full(OperationalError("database or disk is full"))
    assert is_full(of_postgresql)
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_full(OperationalError("database is locked"))


def _on_the_full_disk(**_: object) -> IO[bytes]:
    return Path("/dev/full").open("w+b")


def _no_room(*args: object, **kwargs: object) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")
