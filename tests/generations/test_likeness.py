"""Which images are the same file, and which look alike."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw

from generations.likeness import alike, same_files
from generations.models import Image
from generations.storage import difference, look_of
from team.models import User
from tests.generations.conftest import Submit, run_everything
from tests.studio_rows import Rows, make_rows

_LOOKS = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture
def rows(mei: User, rui: User, ada: User) -> Rows:
    return make_rows(mei, reviewer=rui, administrator=ada)


def test_a_picture_looks_the_same_in_another_size_and_format(tmp_path: Path) -> None:
    large = _drawing(tmp_path / "a.png", size=(640, 480))
    with Pillow.open(large) as picture:
        picture.convert("RGB").resize((200, 150)).save(tmp_path / "b.jpg", quality=60)

    assert difference(look_of(large), look_of(tmp_path / "b.jpg")) <= 4


def test_other_pictures_look_different(tmp_path: Path) -> None:
    one = _drawing(tmp_path / "a.png", size=(640, 480))
    with Pillow.open(one) as picture:
        picture.transpose(Pillow.Transpose.ROTATE_90).save(tmp_path / "b.png")

    assert difference(look_of(one), look_of(tmp_path / "b.png")) > 12


def test_what_is_transparent_is_seen_on_white(tmp_path: Path) -> None:
    clear = Pillow.new("RGBA", (90, 80), (0, 0, 0, 0))
    clear.save(tmp_path / "clear.png")
    Pillow.new("RGB", (90, 80), "white").save(tmp_path / "white.png")

    assert look_of(tmp_path / "clear.png") == look_of(tmp_path / "white.png")


@given(one=_LOOKS, other=_LOOKS)
def test_the_difference_is_the_number_of_bits(one: int, other: int) -> None:
    assert difference(one, other) == sum((one >> bit & 1) != (other >> bit & 1) for bit in range(64))
    assert difference(one, one) == 0


@pytest.mark.django_db
def test_the_nearest_come_first_and_strangers_not_at_all(rows: Rows, mei: User) -> None:
    Image.objects.filter(pk=rows.image.pk).update(look=0b1111_0000)
    near, nearer = _another(rows, look=0b1111_1100), _another(rows, look=0b1111_0001)
    _another(rows, look=~0b1111_0000)
    rows.image.refresh_from_db()

    assert [found.image for found in alike(rows.image, member=mei)] == [nearer, near]


@pytest.mark.django_db
def test_what_lies_in_the_trash_or_is_anothers_is_not_alike(rows: Rows, mei: User, bo: User) -> None:
    Image.objects.filter(pk=rows.image.pk).update(look=7)
    rows.image.refresh_from_db()
    _another(rows, look=7)

    assert alike(rows.image, member=bo) == []
    Image.objects.exclude(pk=rows.image.pk).update(trashed_at=timezone.now())
    assert alike(rows.image, member=mei) == []
    assert not same_files(rows.image, member=mei).exists()


@pytest.mark.django_db
def test_a_plain_picture_is_like_nothing(rows: Rows, mei: User) -> None:
    Image.objects.filter(pk=rows.image.pk).update(look=0)
    _another(rows, look=0)
    rows.image.refresh_from_db()

    assert alike(rows.image, member=mei) == []


@pytest.mark.django_db
def test_the_page_shows_the_same_file_apart_from_what_looks_alike(
    rows: Rows, mei: User, client: Client
) -> None:
    Image.objects.filter(pk=rows.image.pk).update(look=12345)
    same = _another(rows, look=12345)
    like = _another(rows, look=12344, sha256="1" * 64)
    client.force_login(mei)

    page = client.get(f"/images/{rows.image.pk}/similar/").content.decode()

    before, _, after = page.partition('id="looks-alike"')
    assert str(same.pk) in before and str(same.pk) not in after
    assert str(like.pk) in after


@pytest.mark.django_db
def test_the_page_of_an_image_names_the_others_with_the_same_picture(
    rows: Rows, mei: User, client: Client
) -> None:
    same, other = _another(rows, look=1), _another(rows, look=1, sha256="1" * 64)
    client.force_login(mei)

    with CaptureQueriesContext(connection) as queries:
        page = client.get(f"/images/{rows.image.pk}/")

    assert page.context["same"] == [same]
    named = page.text.partition('id="same-picture"')[2].partition("</ul>")[0]
    assert f'href="/images/{same.pk}/"' in named
    assert str(other.pk) not in named
    assert sum('"sha256" = ' in query["sql"] for query in queries) == 1


@pytest.mark.django_db
def test_the_same_picture_of_somebody_else_or_in_the_trash_is_not_named(
    rows: Rows, mei: User, bo: User, rui: User, client: Client
) -> None:
    deleted = _another(rows, look=1)
    Image.objects.filter(pk=deleted.pk).update(trashed_at=timezone.now())
    client.force_login(mei)
    assert 'id="same-picture"' not in client.get(f"/images/{rows.image.pk}/").text

    Image.objects.filter(pk=deleted.pk).update(trashed_at=None)
    client.force_login(rui)
    assert 'id="same-picture"' not in client.get(f"/images/{rows.image.pk}/").text


@pytest.mark.django_db
def test_of_very_many_same_pictures_the_latest_are_named(rows: Rows, mei: User, client: Client) -> None:
    for _ in range(8):
        _another(rows, look=1)
    client.force_login(mei)

    page = client.get(f"/images/{rows.image.pk}/")

    named = page.text.partition('id="same-picture"')[2].partition("</ul>")[0]
    assert named.count("<li>") == 7
    assert f'href="/images/{rows.image.pk}/similar/"' in named


@pytest.mark.django_db
def test_a_delivered_image_has_a_look(ask: Submit) -> None:
    ask()
    run_everything()

    assert Image.objects.get().look is not None


def _another(rows: Rows, *, look: int, sha256: str = "0" * 64) -> Image:
    last = Image.objects.filter(call=rows.call).count()
    values = {
        field.attname: getattr(rows.image, field.attname)
        for field in Image._meta.concrete_fields
        if field.name not in ("id", "index", "look", "sha256")
    }
    return Image.objects.create(index=last, look=look, sha256=sha256, **values)


def _drawing(path: Path, *, size: tuple[int, int]) -> Path:
    picture = Pillow.new("RGB", size, "navy")
    draw = ImageDraw.Draw(picture)
    width, height = size
    draw.ellipse((width * 0.1, height * 0.1, width * 0.5, height * 0.9), fill="gold")
    draw.rectangle((width * 0.6, height * 0.5, width * 0.95, height * 0.95), fill="white")
    picture.save(path)
    return path
