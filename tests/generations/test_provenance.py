"""What a copy of a file says about how it was made, and that nothing of the picture changes by it."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image as Picture

from generations.models import Generation, Image
from generations.provenance import carry, packet

KINDS = [("PNG", {}), ("JPEG", {}), ("WEBP", {"lossless": True}), ("WEBP", {"quality": 80})]
XMP = b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="r"?>'


def drawn(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    """A file of one kind with a gradient, so that its pixels tell when anything moves."""
    shades = Picture.linear_gradient("L").resize((63, 41))
    image = shades.convert(mode)
    if mode == "RGBA":
        image.putalpha(shades)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def carried(tmp_path: Path, content: bytes, words: bytes = XMP) -> bytes | None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    return target.read_bytes() if carry(source, target, words) else None


def image_row(**fields: Any) -> Image:
    generation = Generation(model="gpt-image-2", n=1, **{"prompt": "a cat", **fields})
    return Image(generation=generation, sha256="ab" * 32, media_type="image/png", width=1, height=1)


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_packet_is_carried_and_the_pixels_stay(tmp_path: Path, kind: str, options: dict[str, Any]) -> None:
    before = drawn(kind, **options)

    after = carried(tmp_path, before)

    assert after is not None
    read = Picture.open(io.BytesIO(after))
    assert read.info["xmp"] == XMP
    assert read.tobytes() == Picture.open(io.BytesIO(before)).tobytes()


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_the_data_of_the_picture_is_the_same_byte_for_byte(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    before = drawn(kind, **options)
    after = carried(tmp_path, before)
    assert after is not None

    begins = {"PNG": b"IDAT", "JPEG": b"\xff\xda", "WEBP": b"VP8L" if "lossless" in options else b"VP8 "}[
        kind
    ]
    picture = before[before.index(begins) :]

    assert picture in after


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_second_packet_takes_the_place_of_the_first(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    once = carried(tmp_path, drawn(kind, **options), b"<x>the first</x>")
    assert once is not None
    twice = carried(tmp_path, once)

    assert twice is not None
    assert b"the first" not in twice
    assert Picture.open(io.BytesIO(twice)).info["xmp"] == XMP


def test_a_transparent_webp_stays_transparent(tmp_path: Path) -> None:
    for options in ({"lossless": True}, {"quality": 80}):
        before = drawn("WEBP", "RGBA", **options)
        after = carried(tmp_path, before)
        assert after is not None
        assert Picture.open(io.BytesIO(after)).tobytes() == Picture.open(io.BytesIO(before)).tobytes()


def test_exif_stays_before_the_packet_of_a_jpeg(tmp_path: Path) -> None:
    exif = Picture.Exif()
    exif[0x0112] = 6
    after = carried(tmp_path, drawn("JPEG", exif=exif))

    assert after is not None
    assert after.index(b"Exif\0") < after.index(b"http://ns.adobe.com/xap/1.0/")
    assert Picture.open(io.BytesIO(after)).getexif()[0x0112] == 6


def test_a_file_with_signed_credentials_is_left_alone(tmp_path: Path) -> None:
    png, jpeg, webp = drawn("PNG"), drawn("JPEG"), drawn("WEBP")
    chunk = b"caBX" + b"signed"
    signed_png = png[:33] + struct.pack(">I", 6) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]
    box = b"JP\0\1\0\0\0\1" + b"\0\0\0\x20jumb"
    signed_jpeg = jpeg[:2] + struct.pack(">HH", 0xFFEB, len(box) + 2) + box + jpeg[2:]
    body = webp[8:] + b"C2PA" + struct.pack("<I", 2) + b"ok"
    signed_webp = b"RIFF" + struct.pack("<I", len(body)) + body

    assert [carried(tmp_path, one) for one in (signed_png, signed_jpeg, signed_webp)] == [None] * 3


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_whatever_is_cut_off_or_scrambled_is_left_alone_or_copied(tmp_path: Path, kind: str) -> None:
    whole = drawn(kind)
    for length in range(0, len(whole), 7):
        carried(tmp_path, whole[:length])
        carried(tmp_path, whole[:length] + b"\xff" * 9 + whole[length:])
    assert carried(tmp_path, b"GIF89a") is None


def test_a_packet_is_xml_and_says_what_made_the_image() -> None:
    prompt = 'a "cat" & <dog>\x0b 白猫'
    row = image_row(prompt=prompt, size="1024x1024", quality="high")

    root = ElementTree.fromstring(packet(row).decode().split("?>", 1)[1])  # noqa: S314
    said = {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}

    assert said["li"].strip() == 'a "cat" & <dog> 白猫'
    assert said["AIPromptInformation"] == 'a "cat" & <dog> 白猫'
    assert said["DigitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert (said["CreatorTool"], said["AISystemUsed"]) == ("gpt-image-2", "gpt-image-2")
    assert (said["size"], said["quality"]) == ("1024x1024", "high")
    assert said["generation"] == str(row.generation.pk)
    assert said["CreateDate"].startswith("20")


def test_what_was_made_from_pictures_is_a_composite() -> None:
    assert b"compositeWithTrainedAlgorithmicMedia" in packet(image_row(operation="edits"))


def test_the_longest_prompt_still_fits_into_a_jpeg(tmp_path: Path) -> None:
    words = packet(image_row(prompt="猫" * 32_000))

    assert len(words) < 65_000
    after = carried(tmp_path, drawn("JPEG"), words)
    assert after is not None
    Picture.open(io.BytesIO(after)).load()
