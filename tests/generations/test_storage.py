"""Pictures are known by their bytes; objects are under their keys, on files and on S3."""

import io
from pathlib import Path

import pytest
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from storages.backends.s3 import S3File

from generations.storage import NotAPicture, StorageUnavailable, inspect, open_object, store, write_thumbnails
from generations.storage.whole_files import WholeFileStorage
from tests.fake_endpoint import picture
from tests.services.s3 import Bucket


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "picture"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("kind", "media_type", "extension"),
    [("PNG", "image/png", "png"), ("JPEG", "image/jpeg", "jpg"), ("WEBP", "image/webp", "webp")],
)
def test_a_picture_is_what_its_bytes_say(tmp_path: Path, kind: str, media_type: str, extension: str) -> None:
    found = inspect(saved(tmp_path, picture(size=(30, 20), kind=kind)))

    assert (found.media_type, found.extension, found.width, found.height) == (media_type, extension, 30, 20)


def animation() -> bytes:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:])
    return stream.getvalue()


def huge() -> bytes:
    stream = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 40,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:-14],
        picture(kind="JPEG")[:200],
        picture(kind="GIF"),
        picture(kind="BMP"),
        animation(),
        huge(),
    ],
    ids=["empty", "half a GIF", "SVG", "cut PNG", "cut JPEG", "GIF", "BMP", "animation", "64 megapixels"],
)
def test_what_is_no_whole_still_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotAPicture):
        inspect(saved(tmp_path, content))


def test_thumbnails_keep_shape_and_transparency_and_lose_the_metadata(tmp_path: Path) -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    Image.new("RGBA", (1500, 1000), (200, 30, 30, 90)).save(stream, "PNG", exif=exif)
    small, large = tmp_path / "320.webp", tmp_path / "640.webp"

    write_thumbnails(saved(tmp_path, stream.getvalue()), [(320, small), (640, large)])

    with Image.open(small) as thumbnail:
        assert (thumbnail.size, thumbnail.mode, dict(thumbnail.getexif())) == ((320, 214), "RGBA", {})
    with Image.open(large) as thumbnail:
        assert thumbnail.size == (640, 427)


def test_a_small_picture_is_not_blown_up(tmp_path: Path) -> None:
    target = tmp_path / "320.webp"

    write_thumbnails(saved(tmp_path, picture(size=(40, 30))), [(320, target)])

    with Image.open(target) as thumbnail:
        assert thumbnail.size == (40, 30)


def test_an_object_is_under_its_key_however_often_it_is_stored(tmp_path: Path) -> None:
    source = saved(tmp_path, b"the same bytes")

    store(source, "images/ab/1/0-hash.png")
    store(source, "images/ab/1/0-hash.png")

    with open_object("images/ab/1/0-hash.png") as stream:
        assert stream.read() == b"the same bytes"


def test_what_lies_there_in_full_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path, b"all of it")
    store(source, "images/1.png")
    monkeypatch.setattr(WholeFileStorage, "save", lambda *_given: pytest.fail("written once more"))

    store(source, "images/1.png")

    with open_object("images/1.png") as stream:
        assert stream.read() == b"all of it"


def test_a_half_that_was_left_is_written_anew(tmp_path: Path) -> None:
    default_storage.save("images/1.png", ContentFile(b"all"))

    store(saved(tmp_path, b"all of it"), "images/1.png")

    with open_object("images/1.png") as stream:
        assert stream.read() == b"all of it"


def test_nobody_finds_a_file_that_is_being_written(tmp_path: Path) -> None:
    seen = []

    class Watched(io.BytesIO):
        def read(self, *size: int | None) -> bytes:
            seen.append(default_storage.exists("images/1.png"))
            return super().read(*size)

    default_storage.save("images/1.png", File(Watched(b"all of it")))

    assert seen and not any(seen)
    assert default_storage.listdir("images") == ([], ["1.png"])


def test_a_key_that_is_not_there_is_said_so() -> None:
    with pytest.raises(FileNotFoundError):
        open_object("images/none")


def test_objects_live_on_s3_under_the_same_keys(tmp_path: Path, s3_storage: Bucket) -> None:
    source = saved(tmp_path, b"x" * 100_000)

    store(source, "images/ab/1/0-hash.png")
    store(source, "images/ab/1/0-hash.png")

    listed = s3_storage.client.list_objects_v2(Bucket=s3_storage.name)["Contents"]
    assert [entry["Key"] for entry in listed] == ["images/ab/1/0-hash.png"]
    with open_object("images/ab/1/0-hash.png") as stream:
        assert stream.read() == b"x" * 100_000


def test_a_missing_object_on_s3_is_a_missing_file(s3_storage: Bucket) -> None:
    with pytest.raises(FileNotFoundError):
        open_object("images/none").read()


def test_an_outage_between_finding_and_reading_is_an_outage(
    tmp_path: Path, s3_storage: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(saved(tmp_path, b"x"), "images/a.png")
    monkeypatch.setattr(S3File, "file", property(lambda _: s3_storage.client.head_bucket(Bucket="no-such")))

    with pytest.raises(StorageUnavailable):
        open_object("images/a.png")


def test_a_bucket_that_is_not_there_is_an_outage(tmp_path: Path, s3_storage: Bucket) -> None:
    s3_storage.client.delete_bucket(Bucket=s3_storage.name)

    with pytest.raises(StorageUnavailable):
        store(saved(tmp_path, b"bytes"), "images/ab/1/0-hash.png")
