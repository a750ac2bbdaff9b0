"""The page of one image: its neighbours, what is said of it, and two images beside each other."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations.models import Endpoint, Image, ReferenceUse
from generations.neighbours import place_in_history
from generations.prompt_diff import prompt_diff
from generations.references import receive
from team.models import User
from tests.fake_endpoint import FakeEndpoint, images, picture
from tests.generations.conftest import Submit, run_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei_here(client: Client, mei: User, endpoint: Endpoint) -> Client:
    client.force_login(mei)
    return client


def walk(client: Client, first: Image, way: str) -> list[str]:
    """The ids of the images that one comes to by pressing the same arrow."""
    seen, pk = [], first.pk
    while pk is not None:
        seen.append(str(pk))
        pk = client.get(f"/images/{pk}/").context[way]
    return seen


def test_the_arrows_lead_through_the_whole_history_and_back(
    mei_here: Client, ask: Submit, wire: FakeEndpoint, bo: User
) -> None:
    wire.answers = [images(picture(), picture(color="red"))]
    ask(n=2)
    ask(n=2, member=bo)
    wire.answers.append(images(picture()))
    newest = ask(n=2)
    run_everything()
    mine = Image.objects.filter(generation__member=newest.member)
    in_order = mine.order_by("-generation__created_at", "-generation__id", "index")

    forth = walk(mei_here, in_order[0], "next")

    assert forth == [str(image.pk) for image in in_order]
    assert walk(mei_here, Image.objects.get(pk=forth[-1]), "previous") == forth[::-1]


def test_a_generation_without_images_is_passed_over(mei_here: Client, ask: Submit) -> None:
    ask()
    run_everything()
    ask()
    older = Image.objects.get()
    ask()
    newest = ask()
    Image.objects.filter(generation=newest).delete()

    assert mei_here.get(f"/images/{older.pk}/").context["previous"] is None


def test_a_long_history_costs_no_more_queries(mei_here: Client, ask: Submit) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            mei_here.get(f"/images/{middle.pk}/")
        return len(queries)

    for _ in range(3):
        ask()
    run_everything()
    middle = Image.objects.order_by("generation__created_at")[1]
    few = asked()
    for _ in range(8):
        ask()
    run_everything()

    assert asked() == few


def test_closing_leads_to_the_place_in_the_history(mei_here: Client, ask: Submit) -> None:
    older = ask()
    run_everything()
    ask()

    back = mei_here.get(f"/images/{Image.objects.get().pk}/").context["back"]
    page = mei_here.get(back)

    assert back.endswith(f"#batch-{older.pk}")
    assert place_in_history(older) in back
    assert [batch.generation for _day, batches in page.context["days"] for batch in batches] == [older]


def test_an_image_is_compared_with_the_first_picture_that_it_was_made_from(
    mei_here: Client, mei: User, ask: Submit
) -> None:
    ask()
    run_everything()
    image = Image.objects.get()
    plain = mei_here.get(f"/images/{image.pk}/").content.decode()
    given = receive(SimpleUploadedFile("a.png", picture()), member=mei)
    ReferenceUse.objects.create(generation=image.generation, reference=given)

    page = mei_here.get(f"/images/{image.pk}/").content.decode()

    assert "data-source" not in plain
    assert f'src="/references/{given.pk}/original/"' in page


def test_a_reviewer_is_offered_nothing_that_is_the_owners(
    ask: Submit, wire: FakeEndpoint, rui: User, client: Client
) -> None:
    wire.answers = [images(picture()), images(picture())]
    ask(n=2)
    run_everything()
    client.force_login(rui)

    page = client.get(f"/images/{Image.objects.first().pk}/").content.decode()  # type: ignore[union-attr]

    assert "Download original" in page
    for words in (
        "Remix",
        "Use as reference",
        "Make variations",
        "Edit with mask",
        "/compare/",
        "/history/?",
    ):
        assert words not in page


def test_what_the_endpoint_revised_is_marked_in_words_too(
    mei_here: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    ask(prompt="a white cat")
    run_everything()
    Image.objects.update(revised_prompt="a fluffy white dog")

    page = mei_here.get(f"/images/{Image.objects.get().pk}/").content.decode()

    assert '<ins><span class="visually-hidden"> [added: </span>fluffy <' in page
    assert '<del><span class="visually-hidden"> [left out: </span>cat<' in page


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("a white cat", "a white cat", "a white cat"),
        ("a cat, at night", "a black cat, at night", "a +black +cat, at night"),
        ("one two three", "one 2 three", "one -two -+2 +three"),
        ("山谷里的森林", "山谷里的金色森林", "山谷里的+金色+森林"),
        ("a b", "wholly other words here", ""),
        ("", "words", ""),
        ("a " * 5000, "b " * 5000, ""),
    ],
)
def test_changes_are_found_by_words_and_in_chinese_by_characters(
    before: str, after: str, marked: str
) -> None:
    signs = {"same": "", "added": "+", "removed": "-"}

    pieces = prompt_diff(before, after)

    assert "".join(f"{signs[piece.kind]}{piece.text}{signs[piece.kind]}" for piece in pieces) == marked


def test_two_images_are_compared_with_what_differs_marked(
    mei_here: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [images(picture()), images(picture(size=(32, 32)))]
    left, right = ask(quality="high"), ask(quality="low")
    run_everything()
    pks = [str(generation.images.get().pk) for generation in (left, right)]

    page = mei_here.get("/compare/", {"left": pks[0], "right": pks[1]})

    rows = {row.label: row for row in page.context["rows"]}
    assert (rows["Quality"].words, rows["Quality"].differs) == (("High", "Low"), True)
    assert rows["Pixels"].words == ("64 × 48", "32 × 32")
    assert not rows["Model"].differs
    assert "The same prompt" in page.content.decode()


def test_the_second_image_is_chosen_from_its_siblings_and_the_latest(
    mei_here: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [images(picture(), picture()), images(picture())]
    pair, single = ask(n=2), ask()
    run_everything()
    left, sibling = pair.images.all()

    page = mei_here.get("/compare/", {"left": str(left.pk)})

    assert list(page.context["siblings"]) == [sibling]
    assert list(page.context["recent"]) == list(single.images.all())


@pytest.mark.parametrize("left", ["x", "%00", "00000000-0000-4000-8000-000000000000"])
def test_an_image_that_is_none_is_not_compared(mei_here: Client, left: str) -> None:
    assert mei_here.get("/compare/", {"left": left}).status_code == 404


def test_nobody_compares_an_image_of_somebody_else(ask: Submit, rui: User, client: Client) -> None:
    ask()
    run_everything()
    client.force_login(rui)

    assert client.get("/compare/", {"left": str(Image.objects.get().pk)}).status_code == 404


def test_three_or_four_images_are_compared_beside_each_other(
    mei_here: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    for quality in ("low", "medium", "high", "low", "low"):
        ask(quality=quality)
    run_everything()
    pks = [str(pk) for pk in Image.objects.values_list("pk", flat=True)]

    page = mei_here.get("/compare/", {"image": pks})

    assert [one["letter"] for one in page.context["images"]] == ["A", "B", "C", "D"]
    assert {row.label for row in page.context["rows"] if row.differs} >= {"Quality"}
