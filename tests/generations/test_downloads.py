"""An image as a file in another format."""

import io
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image as Picture
from pytest_django import Settings

from generations import downloads
from generations.models import Endpoint, Image
from generations.storage import TooBusy
from team.models import User
from tests.fake_endpoint import FakeEndpoint, images, picture
from tests.generations.conftest import Submit, run_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def clear(client: Client, mei: User, endpoint: Endpoint, ask: Submit, wire: FakeEndpoint) -> Image:
    """An image of Mei's, who is signed in: a red square on nothing."""
    client.force_login(mei)
    drawn = Picture.new("RGBA", (64, 48))
    drawn.paste((255, 0, 0, 255), (0, 0, 16, 16))
    stream = io.BytesIO()
    drawn.save(stream, "PNG")
    wire.answers = [images(stream.getvalue())]
    ask()
    run_everything()
    return Image.objects.get()


@pytest.mark.parametrize(
    ("kind", "ending", "corner"), [("jpeg", "jpg", (255, 255, 255)), ("webp", "webp", (0,))]
)
def test_an_image_is_written_in_the_format_that_is_asked_for(
    client: Client,
    clear: Image,
    settings: Settings,
    tmp_path: Path,
    kind: str,
    ending: str,
    corner: tuple[int],
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path

    answer = client.get(f"/images/{clear.pk}/download/", {"format": kind})
    made = Picture.open(io.BytesIO(b"".join(answer)))

    assert (made.format, made.size) == (kind.upper(), (64, 48))
    assert made.getpixel((60, 40))[-len(corner) :] == corner  # type: ignore[index]
    assert answer["Content-Type"] == f"image/{kind}"
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    assert answer["Content-Disposition"].endswith(f'.{ending}"')
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not list(tmp_path.glob("download-*"))


@pytest.mark.parametrize("kind", ["", "png", "jpeg", "webp"])
def test_a_file_says_how_the_image_was_made_unless_it_is_not_to(
    client: Client, clear: Image, kind: str
) -> None:
    told = b"".join(client.get(f"/images/{clear.pk}/download/", {"format": kind}))
    silent = b"".join(client.get(f"/images/{clear.pk}/download/", {"format": kind, "metadata": "0"}))

    assert b"a white cat" in told
    assert b"a white cat" not in silent
    assert Picture.open(io.BytesIO(told)).tobytes() == Picture.open(io.BytesIO(silent)).tobytes()


@pytest.mark.parametrize("query", [{}, {"format": "png"}])
def test_the_format_it_came_in_is_the_original(client: Client, clear: Image, query: dict[str, str]) -> None:
    answer = client.get(f"/images/{clear.pk}/download/", {**query, "metadata": "0"})

    assert len(b"".join(answer)) == clear.bytes
    assert answer["Content-Disposition"] == f'attachment; filename="{clear.file_name}"'


def test_a_format_that_nobody_offers_is_nothing(client: Client, clear: Image) -> None:
    assert client.get(f"/images/{clear.pk}/download/", {"format": "tiff"}).status_code == 404


def test_too_many_at_once_are_told_to_come_back(
    client: Client, clear: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: object, **kwargs: object) -> None:
        raise TooBusy

    monkeypatch.setattr(downloads, "rewrite", busy)

    answer = client.get(f"/images/{clear.pk}/download/", {"format": "jpeg"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Many pictures are being converted. Try again in a minute." in answer.content.decode()


def test_an_image_that_cannot_be_read_is_offered_as_it_is(
    client: Client, clear: Image, settings: Settings
) -> None:
    damaged = Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / clear.original
    damaged.write_bytes(picture()[:60])

    answer = client.get(f"/images/{clear.pk}/download/", {"format": "webp"})

    assert answer.status_code == 422
    assert "This image cannot be converted. Download the original." in answer.content.decode()


def test_nobody_downloads_an_image_of_somebody_else(client: Client, clear: Image, bo: User) -> None:
    client.force_login(bo)

    assert client.get(f"/images/{clear.pk}/download/", {"format": "jpeg"}).status_code == 404
