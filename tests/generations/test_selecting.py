"""What of the history can be selected: images, and generations of one's own that came to nothing."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from generations.models import Call, Generation, Image
from team.models import User
from tests.fake_endpoint import FakeEndpoint, images, picture
from tests.generations.conftest import Submit, run_everything

ENDED = ("failed", "blocked", "unknown", "cancelled")


@pytest.fixture
def mei_here(client: Client, mei: User) -> Client:
    client.force_login(mei)
    return client


@pytest.fixture
def made(ask: Submit, wire: FakeEndpoint) -> Image:
    """An image of Mei's."""
    wire.answers = [images(picture())]
    ask(prompt="a white cat")
    run_everything()
    return Image.objects.get()


def _ended(generation: Generation, status: str) -> str:
    Generation.objects.filter(pk=generation.pk).update(status=status, finished_at=timezone.now())
    Call.objects.filter(generation=generation).update(status="unknown" if status == "unknown" else "settled")
    return f'name="generations" value="{generation.pk}"'


@pytest.mark.parametrize("view", ["", "list"])
@pytest.mark.parametrize("status", ENDED)
def test_what_came_to_nothing_has_a_checkbox(view: str, status: str, mei_here: Client, ask: Submit) -> None:
    box = _ended(ask(n=3), status)

    page = mei_here.get("/history/", {"view": view} if view else {}).text

    assert page.count(box) == 1
    assert "data-select-day" in page


@pytest.mark.parametrize("view", ["", "list"])
def test_what_is_under_way_or_has_images_is_not_selected_as_a_whole(
    view: str, mei_here: Client, made: Image, ask: Submit
) -> None:
    ask()

    page = mei_here.get("/history/", {"view": view} if view else {}).text

    assert page.count(f'name="images" value="{made.pk}"') == 1
    assert 'name="generations"' not in page


@pytest.mark.parametrize("view", ["", "list"])
def test_what_a_reviewer_has_hidden_is_selected_as_a_whole(view: str, mei_here: Client, made: Image) -> None:
    Image.objects.update(hidden_at=timezone.now(), hidden_because=1)

    page = mei_here.get("/history/", {"view": view} if view else {}).text

    assert page.count(f'name="generations" value="{made.generation_id}"') == 1
    assert 'name="images"' not in page


@pytest.mark.parametrize("query", ["person={mei}", "team=1"])
def test_of_anothers_private_images_nothing_is_selected_and_whose_they_are_is_said(
    query: str, client: Client, ada: User, mei: User, made: Image
) -> None:
    client.force_login(ada)

    page = client.get(f"/history/?{query.format(mei=mei.pk)}").text
    tile = re.search(r'<li class="tile tile--missing.*?</li>', page, re.DOTALL)

    assert tile
    assert "Private" in tile[0] and mei.display_name in tile[0]
    assert "href" not in tile[0] and "tabindex" not in tile[0]
    assert 'type="checkbox" name="images"' not in page and 'name="generations"' not in page
    assert "data-select-day" not in page
    assert re.search(r"data-select-mode[^>]* hidden>", page)


def test_where_no_image_matches_all_of_them_are_not_on_offer(mei_here: Client, made: Image) -> None:
    none = mei_here.get("/history/matching/", {"status": "blocked"}).text
    one = mei_here.get("/history/matching/").text

    assert re.search(r'<button[^>]* data-all="0" hidden>', none)
    assert re.search(r'<button[^>]* data-all="1">', one)


def test_every_key_of_the_grid_is_listed(mei_here: Client, made: Image) -> None:
    keys = re.findall(r'data-act="(\w+)"', mei_here.get("/history/").text)
    script = Path(settings.BASE_DIR, "static/js/history/keyboard.js").read_text()
    keys += re.findall(r"^  (\w): \(\) =>", script, re.MULTILINE)
    assert sorted(keys) == ["Delete", "d", "f", "l", "r", "x"]

    page = mei_here.get("/keys/").text
    listed = page[page.index(">History</h2>") :]
    listed = listed[: listed.index("</section>")]

    for key in [*keys, "←", "↑", "→", "↓", "Home", "End", "Enter", "Shift", "Esc"]:
        assert f"<kbd>{key.title()}</kbd>" in listed, key
