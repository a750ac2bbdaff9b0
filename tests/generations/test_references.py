"""Pictures of members: what is taken, what is refused and in which words, and what is asked with them."""

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageCms, PngImagePlugin
from pytest_django import Settings

from generations import references, submission
from generations.execution.asking import asked, request_of
from generations.images_api import NotSent, family_of
from generations.models import Endpoint, EndpointModel, Generation, Operation, Reference
from generations.references import NotUsable, discard_unused, receive
from generations.storage import inspect, rewrite, store
from generations.uploads import BoundedUploadHandler
from team.models import User
from tests.fake_endpoint import FakeEndpoint, picture
from tests.generations.conftest import Submit, only_call, run_everything
from tests.studio_rows import make_rows

pytestmark = pytest.mark.django_db


def encoded(image: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **more)
    return stream.getvalue()


def upload(content: bytes, name: str = "photo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def kept_picture(reference: Reference) -> Image.Image:
    with default_storage.open(reference.original) as stream:
        image = Image.open(io.BytesIO(stream.read()))
        image.load()
    return image


def refusal(content: bytes, member: User, name: str = "photo.png") -> str:
    with pytest.raises(NotUsable) as refused:
        receive(upload(content, name), member=member)
    return str(refused.value)


def mask_picture(size: tuple[int, int] = (64, 48)) -> bytes:
    mask = Image.new("RGBA", size, (9, 9, 9, 255))
    mask.paste((0, 0, 0, 0), (4, 4, 20, 20))
    return encoded(mask)


@pytest.fixture
def reference(mei: User) -> Reference:
    return receive(upload(picture()), member=mei)


@pytest.fixture
def studio_page(client: Client, mei: User, endpoint: Endpoint) -> Client:
    client.force_login(mei)
    return client


def filled(**fields: object) -> dict[str, object]:
    return {"submit_token": str(uuid4()), "prompt": "a white cat", "model": "gpt-image-2", "n": 1, **fields}


def test_a_picture_is_kept_once_however_often_it_comes(mei: User, bo: User) -> None:
    first, again = (receive(upload(picture(), name), member=mei) for name in ("a.png", "b.png"))
    others = receive(upload(picture()), member=bo)

    assert first == again
    assert first.sha256 == others.sha256
    assert first.original == f"references/{mei.pk}/{first.sha256}.png"
    assert default_storage.exists(first.thumb_320)
    assert first.original != others.original


def test_nothing_that_was_noted_beside_the_pixels_is_kept(mei: User) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    exif[0x0112] = 6  # the camera was held upright
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "where I live")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = encoded(Image.new("RGB", (80, 40), "teal"), exif=exif, pnginfo=notes, icc_profile=profile)

    kept = receive(upload(content), member=mei)

    image = kept_picture(kept)
    assert image.size == (40, 80)
    assert image.info == {}
    with default_storage.open(kept.original) as stream:
        assert b"where I live" not in stream.read()


@pytest.mark.parametrize(
    ("content", "mode", "color"),
    [
        (encoded(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG"), "RGB", (254, 0, 0)),
        (encoded(Image.new("I;16", (32, 32), 0x8000)), "RGB", (127, 127, 127)),
        (encoded(Image.new("1", (32, 32), 1)), "RGB", (255, 255, 255)),
        (encoded(Image.new("LA", (32, 32), (80, 90))), "RGBA", (80, 80, 80, 90)),
        (encoded(Image.new("RGBA", (32, 32), (9, 8, 7, 255))), "RGB", (9, 8, 7)),
        (encoded(Image.new("RGBA", (32, 32), (9, 8, 7, 6)), "WEBP", lossless=True), "RGBA", (9, 8, 7, 6)),
    ],
    ids=["CMYK", "sixteen bits", "one bit", "grey with alpha", "alpha without use", "WebP"],
)
def test_every_kind_of_pixels_becomes_plain_colour(
    mei: User, content: bytes, mode: str, color: tuple[int, ...]
) -> None:
    image = kept_picture(receive(upload(content), member=mei))

    found = image.getpixel((5, 5))
    assert image.mode == mode
    assert isinstance(found, tuple)
    assert all(abs(one - wanted) <= 2 for one, wanted in zip(found, color, strict=True))


def test_a_large_picture_is_reduced_in_pixels_and_bytes(mei: User, settings: Settings) -> None:
    settings.REFERENCE_LONGEST_EDGE, settings.REFERENCE_BYTES = 400, 60_000
    noise = Image.frombytes("RGB", (600, 400), os.urandom(600 * 400 * 3))

    kept = receive(upload(encoded(noise)), member=mei)
    clear = receive(upload(encoded(noise.convert("LA").convert("RGBA").rotate(9))), member=mei)

    assert max(kept.width, kept.height) <= 400
    assert max(kept.bytes, clear.bytes) <= 60_000
    assert (kept.media_type, clear.media_type) == ("image/jpeg", "image/png")


def test_without_limits_a_picture_stays_as_large_as_it_came(mei: User, settings: Settings) -> None:
    settings.REFERENCE_LONGEST_EDGE = settings.REFERENCE_BYTES = 0

    kept = receive(upload(encoded(Image.new("RGB", (2100, 30)))), member=mei)

    assert (kept.width, kept.height, kept.media_type) == (2100, 30, "image/png")


def animation(kind: str) -> bytes:
    return encoded(
        Image.new("RGB", (9, 9)), kind, save_all=True, append_images=[Image.new("RGB", (9, 9), "red")]
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "photo.png is empty."),
        (picture(kind="GIF"), "photo.png: models take no GIF files."),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "photo.png: models take no HEIC files."),
        (b"<?xml version='1.0'?><svg/>", "photo.png: models take no SVG files."),
        (b"<script>alert(1)</script>", "photo.png is not a picture that can be used."),
        (b"MZ" + b"\0" * 100, "photo.png is not a picture that can be used."),
        (picture()[:-14], "photo.png is damaged or cut off."),
        (picture(size=(400, 400), kind="JPEG")[:400], "photo.png is damaged or cut off."),
        (animation("PNG"), "photo.png is an animation."),
        (animation("WEBP"), "photo.png is an animation."),
        (encoded(Image.new("1", (8_100, 8_100))), "photo.png has more than 64 million pixels."),
        (encoded(Image.new("1", (50_000, 9_000))), "photo.png has more than 64 million pixels."),
    ],
    ids=[
        *("empty", "GIF", "HEIC", "SVG", "HTML", "program", "cut PNG", "cut JPEG"),
        *("animated PNG", "animated WebP", "too many pixels", "bomb"),
    ],
)
def test_what_is_no_whole_still_picture_is_refused_in_words(mei: User, content: bytes, sentence: str) -> None:
    words = refusal(content, mei)

    assert words.startswith(sentence)
    assert not Reference.objects.exists()


def test_what_hides_behind_a_picture_is_left_behind(mei: User) -> None:
    content = picture(kind="JPEG") + b"<script>alert(1)</script>" + b"PK\x03\x04"

    kept = receive(upload(content, "innocent.html"), member=mei)

    with default_storage.open(kept.original) as stream:
        assert b"script" not in stream.read()
    assert kept.original.endswith(".jpg")


def test_a_picture_that_needs_too_much_ends_only_its_own_process(
    mei: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generations.storage.rewriting._PATIENCE", 0.01)

    assert refusal(picture(), mei).startswith("photo.png could not be read.")


def test_the_process_that_reads_pictures_is_told_no_secret(tmp_path: Path) -> None:
    source = Path(rewrite.__code__.co_filename).with_name("reencoding.py").read_text()

    assert "django" not in source.replace("Django", "").lower()
    code = f"import sys; sys.argv = ['']; exec(compile({source!r}, 'x', 'exec'), {{'__name__': 'x'}});"
    code += "print('django' in sys.modules, 'generations' in sys.modules)"
    told = subprocess.run((sys.executable, "-I", "-c", code), capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


def test_a_file_over_the_limit_is_refused_before_it_is_read(mei: User, settings: Settings) -> None:
    settings.REFERENCE_UPLOAD_BYTES = 50

    assert "photo.png is larger than 50" in refusal(picture(), mei)


def test_no_more_of_a_file_is_written_to_the_disk_than_the_studio_takes(
    studio_page: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REFERENCE_UPLOAD_BYTES = 200_000
    left: list[int] = []
    complete = BoundedUploadHandler.file_complete

    def measure(self: BoundedUploadHandler, file_size: int) -> Any:
        self.file.flush()
        left.append(os.fstat(self.file.fileno()).st_size)
        return complete(self, file_size)

    monkeypatch.setattr(BoundedUploadHandler, "file_complete", measure)
    large = upload(b"x" * 900_000, "large.png")

    alone = studio_page.post("/references/", {"pictures": large})
    beside = studio_page.post("/", filled(pictures=[upload(b"x" * 900_000, "large.png"), upload(picture())]))

    assert left == [0, 0, len(picture())]
    assert alone.status_code == 413
    assert "large.png is larger than 195.3\xa0KB." in alone.content.decode()
    assert beside.context["form"].errors["pictures"] == ["large.png is larger than 195.3\xa0KB."]
    assert len(beside.context["form"].references) == 1


def test_storing_holds_nobody_up_and_files_that_were_discarded_meanwhile_come_back(
    mei: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = len(connection.savepoint_ids)
    stored: list[str] = []

    def store_and_lose(source: Path, key: str) -> None:
        assert len(connection.savepoint_ids) == outside, "the lock is held"
        store(source, key)
        stored.append(key)
        if len(stored) == 2:  # a discard that had found no row
            default_storage.delete(stored[0])

    monkeypatch.setattr("generations.references.store", store_and_lose)

    kept = receive(upload(picture()), member=mei)

    assert len(stored) == 4
    assert default_storage.exists(kept.original) and default_storage.exists(kept.thumb_320)


def test_a_picture_that_is_chosen_anew_is_not_discarded_any_more(
    mei: User, reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    Reference.objects.update(created_at=timezone.now() - timedelta(days=8))
    lock = references._files_of

    def choose_first(member: User) -> Any:
        Reference.objects.update(created_at=timezone.now())
        return lock(member)

    monkeypatch.setattr(references, "_files_of", choose_first)

    assert discard_unused() == 0
    assert default_storage.exists(reference.original)


def test_a_file_comes_on_the_disk_and_is_gone_after_the_answer(
    studio_page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def remember(source: Path, folder: Path, **limits: Any) -> Any:
        seen.append(source)
        return rewrite(source, folder, **limits)

    monkeypatch.setattr("generations.references.rewrite", remember)

    studio_page.post("/references/", {"pictures": upload(picture())})

    assert seen[0].name.endswith(".upload.png")
    assert not seen[0].exists()


def test_what_ended_processes_left_of_uploads_is_cleared_away(
    mei: User, tmp_path: Path, settings: Settings
) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(uploads)
    left = [uploads / name for name in ("imagestudio-reference-abc", "tmp1234abcd.upload.png")]
    others = [uploads / name for name in ("imagestudio-reference-new", "notes.txt")]
    for path in (left[0], others[0]):
        path.mkdir()
    for path in (left[1], others[1]):
        path.touch()
    for path in (*left, others[1]):
        os.utime(path, (0, 0))

    receive(upload(picture()), member=mei)

    assert sorted(uploads.iterdir()) == sorted(others)


def test_pictures_are_answered_as_the_form_shows_them_and_a_bad_one_costs_only_itself(
    studio_page: Client,
) -> None:
    files = [upload(picture(color="red"), "a.png"), upload(b"", "b.png"), upload(picture(), "c.png")]

    page = studio_page.post("/references/", {"pictures": files}).content.decode()

    assert page.count('name="references"') == 2
    assert "b.png is empty. Choose it again." in page


def test_a_chosen_picture_makes_it_an_edit(studio_page: Client, reference: Reference) -> None:
    answer = studio_page.post("/", filled(references=[str(reference.pk)], moderation="low"))

    generation = Generation.objects.get()
    assert answer.status_code == 302
    assert generation.operation == Operation.EDITS
    assert [use.reference for use in generation.reference_uses.all()] == [reference]


def test_without_scripts_the_files_come_in_the_form_and_survive_an_error(studio_page: Client) -> None:
    files = [upload(picture(color="red"), "a.png"), upload(picture(), "c.png")]

    answer = studio_page.post("/", filled(pictures=files, mask_picture=upload(mask_picture()), n=0))

    form, page = answer.context["form"], answer.content.decode()
    assert answer.status_code == 422
    assert [one.name for one in form.references] == ["a.png", "c.png"]
    assert page.count('name="references"') == 2
    assert f'name="mask" value="{form.mask.pk}"' in page

    chosen = [str(one.pk) for one in form.references]
    studio_page.post("/", filled(references=chosen, place=["2", "1"], mask=str(form.mask.pk)))

    assert Generation.objects.get().reference_uses.count() == 3
    assert [str(one.pk) for one in submission.references_of(Generation.objects.get())] == chosen[::-1]


def test_place_nought_takes_a_picture_out(studio_page: Client, reference: Reference) -> None:
    studio_page.post("/", filled(references=[str(reference.pk)], place=["0"]))

    assert Generation.objects.get().operation == Operation.GENERATIONS


@pytest.mark.parametrize("wanted", ["nobody", "strange", "bo"])
def test_a_picture_that_is_gone_or_somebody_elses_is_refused_in_words(
    studio_page: Client, bo: User, wanted: str
) -> None:
    named = {
        "nobody": str(uuid4()),
        "strange": "\x00../../etc",
        "bo": str(receive(upload(picture()), member=bo).pk),
    }

    answer = studio_page.post("/", filled(references=[named[wanted]]))

    if wanted == "strange":
        assert answer.status_code == 302  # no id at all, as if it were not there
    else:
        assert answer.context["form"].errors["pictures"] == [
            "A picture is not there any more. Add it again if you need it."
        ]


@pytest.mark.parametrize(
    ("model", "count", "sentence"),
    [
        (
            "dall-e-3",
            1,
            "dall-e-3 takes no reference images. "
            "Remove them, or choose one of: gpt-image-2, flux-kontext-pro.",
        ),
        (
            "flux-kontext-pro",
            2,
            "flux-kontext-pro takes at most 1 reference; remove 1, or choose another model.",
        ),
        ("gpt-image-2", 17, "gpt-image-2 takes at most 16 references; remove 1, or choose another model."),
    ],
)
def test_too_many_pictures_for_a_model_are_told_at_the_field_and_beside_it(
    studio_page: Client, endpoint: Endpoint, mei: User, model: str, count: int, sentence: str
) -> None:
    EndpointModel.objects.create(endpoint=endpoint, name="flux-kontext-pro", position=2)
    first = receive(upload(picture()), member=mei)
    rows = [Reference(**{**_fields(first), "sha256": f"{number:064}"}) for number in range(count - 1)]
    chosen = [str(one.pk) for one in [first, *Reference.objects.bulk_create(rows)]]

    answer = studio_page.post("/", filled(model=model, references=chosen))
    options = studio_page.get("/options/", {"model": model, "references": chosen}).content.decode()

    assert answer.context["form"].errors["pictures"] == [sentence]
    assert sentence in options


def _fields(reference: Reference) -> dict[str, Any]:
    names = ("member", "name", "media_type", "width", "height", "bytes", "original", "thumb_320")
    return {name: getattr(reference, name) for name in names}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (mask_picture((64, 40)), "The mask is 64 × 40 pixels, and the first reference is kept as 64 × 48."),
        (picture(), "The mask lets nothing change."),
        (encoded(Image.new("RGBA", (64, 48), (0, 0, 0, 255))), "The mask lets nothing change."),
    ],
    ids=["another shape", "a photograph", "black"],
)
def test_a_mask_that_cannot_be_one_is_refused_in_words(
    mei: User, reference: Reference, content: bytes, sentence: str
) -> None:
    with pytest.raises(NotUsable, match=sentence):
        receive(upload(content), member=mei, mask_of=reference)


def test_a_mask_in_black_and_white_is_clear_where_it_is_white(mei: User, reference: Reference) -> None:
    drawn = Image.new("L", (128, 96))
    drawn.paste(255, (0, 0, 40, 40))

    kept = kept_picture(receive(upload(encoded(drawn)), member=mei, mask_of=reference))

    assert (kept.size, kept.mode) == ((64, 48), "RGBA")
    assert (kept.getpixel((5, 5)), kept.getpixel((60, 40))) == ((0, 0, 0, 0), (0, 0, 0, 255))


def test_a_mask_of_another_picture_is_refused_at_its_field(studio_page: Client, mei: User) -> None:
    small, large = (receive(upload(picture(size=size)), member=mei) for size in ((64, 48), (100, 100)))
    mask = receive(upload(mask_picture()), member=mei, mask_of=small)

    answer = studio_page.post("/", filled(references=[str(large.pk), str(small.pk)], mask=str(mask.pk)))

    assert "The mask is 64 × 48 and the first reference 100 × 100." in str(answer.context["form"].errors)


def test_an_image_becomes_a_reference_and_both_pages_tell_of_it(
    studio_page: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    ask()
    run_everything()
    image = Generation.objects.get().images.get()

    opened = studio_page.post(f"/images/{image.pk}/reference/", follow=True)
    chosen = [str(one.pk) for one in opened.context["form"].references]
    studio_page.post("/", filled(prompt="now in the snow", references=chosen))

    later = Generation.objects.get(prompt="now in the snow")
    assert f'href="/images/{image.pk}/"' in studio_page.get(f"/generations/{later.pk}/").content.decode()
    assert "now in the snow" in studio_page.get(f"/images/{image.pk}/").content.decode()
    assert later.reference_uses.get().reference.image == image


def test_nobody_makes_a_reference_of_somebody_elses_image(
    ask: Submit, client: Client, bo: User, rui: User
) -> None:
    ask()
    run_everything()
    image = Generation.objects.get().images.get()

    for stranger in (bo, rui):
        client.force_login(stranger)
        assert client.post(f"/images/{image.pk}/reference/").status_code == 404


def test_asking_again_and_using_again_bring_the_pictures_along(
    studio_page: Client, ask: Submit, mei: User, reference: Reference
) -> None:
    mask = receive(upload(mask_picture()), member=mei, mask_of=reference)
    first = ask(operation=Operation.EDITS, references=(reference,), mask=mask, input_fidelity="high")

    second = submission.again(first, token=uuid4())
    form = studio_page.get("/", {"from": str(first.pk)}).context["form"]

    assert (second.operation, second.input_fidelity) == (Operation.EDITS, "high")
    assert (submission.references_of(second), submission.mask_of(second)) == ([reference], mask)
    assert (form.references, form.mask) == ([reference], mask)


def test_a_variation_needs_no_prompt_and_one_square_picture(
    studio_page: Client, endpoint: Endpoint, mei: User, reference: Reference
) -> None:
    EndpointModel.objects.create(endpoint=endpoint, name="dall-e-2", position=2)
    square = receive(upload(picture(size=(64, 64))), member=mei)
    asked_for = filled(prompt="", model="dall-e-2", variation="on", size="256x256", quality="high")

    refused = studio_page.post("/", {**asked_for, "references": [str(reference.pk)]})
    studio_page.post("/", {**asked_for, "references": [str(square.pk)]})

    generation = Generation.objects.get()
    assert "square pictures only" in str(refused.context["form"].errors)
    assert (generation.operation, generation.prompt) == (Operation.VARIATIONS, "")
    assert (generation.size, generation.quality) == ("256x256", "")
    assert "Variation" in studio_page.get(f"/generations/{generation.pk}/").content.decode()


def test_pictures_are_files_while_a_call_asks_and_gone_afterwards(
    ask: Submit, mei: User, reference: Reference
) -> None:
    mask = receive(upload(mask_picture()), member=mei, mask_of=reference)
    call = only_call(ask(operation=Operation.EDITS, references=(reference,), mask=mask, moderation="low"))

    with asked(call) as request:
        assert request.operation == "edits"
        assert [file.path.read_bytes()[:4] for file in request.references] == [b"\x89PNG"]
        assert request.mask is not None
        assert request.mask.media_type == "image/png"
        assert request.moderation is None
        path = request.references[0].path
    assert not path.parent.exists()
    assert request_of(call).references == ()


def test_moderation_goes_with_edits_where_the_endpoint_takes_it(
    ask: Submit, endpoint: Endpoint, reference: Reference
) -> None:
    endpoint.moderation_on_edits = True
    endpoint.save()
    call = only_call(ask(operation=Operation.EDITS, references=(reference,), moderation="low"))

    with asked(call) as request:
        assert request.moderation == "low"


def test_no_previews_are_expected_of_a_variation(ask: Submit, endpoint: Endpoint, mei: User) -> None:
    Endpoint.objects.update(partial_images=2)
    abilities = {"variations": True}
    EndpointModel.objects.create(endpoint=endpoint, name="gpt-image-1", position=2, abilities=abilities)
    square = receive(upload(picture(size=(64, 64))), member=mei)
    order = {"prompt": "", "operation": Operation.VARIATIONS, "references": (square,)}

    with asked(only_call(ask(model="gpt-image-1", **order))) as request:
        assert request.partial_images is None


def test_a_picture_is_sent_in_a_format_that_the_model_takes(
    ask: Submit, endpoint: Endpoint, mei: User
) -> None:
    EndpointModel.objects.create(endpoint=endpoint, name="dall-e-2", position=2)
    photo = receive(upload(picture(size=(64, 64), kind="JPEG")), member=mei)
    call = only_call(ask(model="dall-e-2", operation=Operation.EDITS, references=(photo,)))

    with asked(call) as request:
        assert [file.media_type for file in request.references] == ["image/png"]
        assert request.references[0].path.read_bytes()[:4] == b"\x89PNG"


def test_a_mask_goes_along_when_its_picture_has_to_become_smaller(
    ask: Submit, endpoint: Endpoint, mei: User
) -> None:
    abilities = {"edits": {**family_of("dall-e-2").abilities()["edits"], "bytes_max": 100_000}}
    EndpointModel.objects.create(endpoint=endpoint, name="dall-e-2", position=2, abilities=abilities)
    noise = Image.frombytes("RGB", (400, 400), os.urandom(400 * 400 * 3))
    photo = receive(upload(encoded(noise, "JPEG")), member=mei)
    mask = receive(upload(mask_picture((400, 400))), member=mei, mask_of=photo)
    order = {"operation": Operation.EDITS, "references": (photo,), "mask": mask}
    call = only_call(ask(model="dall-e-2", **order))

    with asked(call) as request:
        assert request.mask is not None
        sent, mask_sent = inspect(request.references[0].path), inspect(request.mask.path)
    assert (sent.width, sent.height) == (mask_sent.width, mask_sent.height)
    assert sent.width < 400


def test_without_its_pictures_nothing_is_sent(ask: Submit, reference: Reference) -> None:
    call = only_call(ask(operation=Operation.EDITS, references=(reference,)))
    default_storage.delete(reference.original)

    with pytest.raises(NotSent), asked(call):
        raise AssertionError("something would have been sent")


def test_a_reference_leaves_as_nothing_but_an_image_and_only_to_its_owner(
    studio_page: Client, reference: Reference, bo: User
) -> None:
    addresses = [f"/references/{reference.pk}/{variant}/" for variant in ("original", "320")]
    for address, media_type in zip(addresses, ("image/png", "image/webp"), strict=True):
        answer = studio_page.get(address)
        assert b"".join(answer)
        assert answer["Content-Type"] == media_type
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "private" in answer["Cache-Control"]
    studio_page.force_login(bo)
    assert [studio_page.get(address).status_code for address in addresses] == [404, 404]


def test_a_reviewer_sees_what_was_refused_with_its_pictures_when_asking_for_them(
    client: Client, mei: User, rui: User, ada: User
) -> None:
    rows = make_rows(mei, reviewer=rui, administrator=ada)
    client.force_login(rui)
    picture_of_it = f"/references/{rows.reference.pk}/320/"

    hidden = client.get(f"/review/{rows.case.pk}/").content.decode()
    shown = client.get(f"/review/{rows.case.pk}/?show=1").content.decode()
    of_image = client.get(f"/images/{rows.image.pk}/").content.decode()

    assert picture_of_it not in hidden
    assert picture_of_it in shown
    assert picture_of_it in of_image
    assert "an image of yours" not in shown + of_image
    assert b"".join(client.get(picture_of_it))


def test_what_nobody_used_for_a_week_is_let_go_and_shared_files_stay(
    ask: Submit, mei: User, reference: Reference
) -> None:
    shared = Reference.objects.create(**_fields(reference), sha256="1" * 64)
    unused = receive(upload(picture(color="red")), member=mei)
    used = receive(upload(picture(color="blue")), member=mei)
    ask(operation=Operation.EDITS, references=(used,))
    fresh = receive(upload(picture(color="white")), member=mei)
    week = timezone.now() - timedelta(days=8)
    Reference.objects.exclude(pk__in=(fresh.pk, shared.pk)).update(created_at=week)

    assert discard_unused() == 2

    assert set(Reference.objects.all()) == {shared, used, fresh}
    assert not default_storage.exists(unused.original)
    assert default_storage.exists(reference.original)


def test_a_picture_that_was_let_go_meanwhile_stops_the_submission(
    studio_page: Client, mei: User, endpoint: Endpoint, reference: Reference
) -> None:
    order = submission.Order(
        endpoint, "gpt-image-2", "a cat", 1, operation=Operation.EDITS, references=(reference,)
    )
    Reference.objects.all().delete()

    with pytest.raises(submission.ReferenceGone):
        submission.submit(order, member=mei, token=uuid4())
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("address", "signed_in", "status"),
    [("/references/", True, 200), ("/references/", False, 413), ("/settings/", True, 413)],
)
def test_only_members_and_only_where_files_belong_may_send_much(
    studio_page: Client, client: Client, *, address: str, signed_in: bool, status: int
) -> None:
    sender = studio_page if signed_in else Client()
    padding = picture() + b"\0" * 6_000_000

    assert sender.post(address, {"pictures": upload(padding)}).status_code == status


def test_more_files_than_a_form_takes_are_told_so(mei: User) -> None:
    client = Client()
    client.force_login(mei)
    files = [SimpleUploadedFile(f"{number}.png", b"x") for number in range(18)]

    assert client.post("/references/", {"files": files}).status_code == 413
