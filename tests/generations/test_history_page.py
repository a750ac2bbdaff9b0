"""The history as a page: what it shows of a search, in rows and as a list, and the searches that are kept."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from generations.history.asked import Asked
from generations.models import Generation, Image, SavedSearch
from generations.search import note_many
from generations.sections import Days, months_after, narrowed, sections_of
from team.models import User
from tests.fake_endpoint import FakeEndpoint, images, picture
from tests.generations.conftest import Submit, run_everything


@pytest.fixture
def mei_here(client: Client, mei: User) -> Client:
    client.force_login(mei)
    return client


def made_days_ago(generation: Generation, days: int) -> Generation:
    generation.created_at = timezone.now() - timedelta(days=days)
    generation.save(update_fields=["created_at"])
    return generation


def test_the_list_marks_what_was_searched_for(mei_here: Client, ask: Submit) -> None:
    ask(prompt="two white cats <b>")
    page = mei_here.get("/history/", {"q": "cat", "view": "list"}).text

    assert "<mark>cat</mark>s &lt;b&gt;" in page
    assert 'class="chip"' in page


@pytest.mark.parametrize("view", ["", "list"])
def test_a_prompt_that_is_kept_no_longer_says_so_instead_of_nothing(
    view: str, mei_here: Client, ask: Submit
) -> None:
    ask(prompt="two white cats")
    Generation.objects.update(prompt="", forgotten_at=timezone.now(), status="failed")
    page = mei_here.get("/history/", {"view": view} if view else {}).text

    assert "Forgotten on" in page


def test_a_page_names_what_it_did_not_understand_and_shows_the_rest(mei_here: Client, ask: Submit) -> None:
    generation = ask()
    answer = mei_here.get("/history/", {"rating": "nine", "from": "soon", "status": "queued"})

    assert answer.status_code == 200
    assert set(answer.context["errors"]) == {"rating", "from"}
    assert str(generation.pk) in answer.text


def test_nothing_found_offers_to_drop_the_last_filter(mei_here: Client, ask: Submit) -> None:
    ask(prompt="a white cat")
    page = mei_here.get("/history/", {"q": "cat", "status": "failed"}).text

    assert "No images match" in page
    assert 'href="?q=cat"' in page


def test_what_fits_on_the_page_is_counted_with_it_and_more_of_a_search_after_it(
    mei_here: Client, ask: Submit
) -> None:
    ask(prompt="a red fox")
    for _ in range(25):
        ask(prompt="a white cat")

    assert "1 result<" in mei_here.get("/history/", {"q": "fox"}).text
    page = mei_here.get("/history/", {"q": "cat"}).text
    assert "25 results" not in page
    assert 'hx-get="/history/total/?q=cat"' in page
    assert "25 results" in mei_here.get("/history/total/", {"q": "cat"}).text
    assert "26 results" in mei_here.get("/history/").text


def test_empty_fields_of_a_form_have_no_place_in_the_address(mei_here: Client) -> None:
    answer = mei_here.get("/history/", {"q": "", "status": "failed", "from": "", "view": "list"})

    assert answer.headers["Location"] == "/history/?status=failed&view=list"


def test_where_a_search_is_about_images_only_those_that_fit_are_shown(
    mei_here: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    wire.answers = [images(picture(), picture(color="red"))]
    ask(n=2)
    run_everything()
    kept, other = Image.objects.all()
    Image.objects.filter(pk=kept.pk).update(is_favourite=True)
    Generation.objects.update(favourites=1)
    page = mei_here.get("/history/", {"favourite": "1"}).text

    assert f'data-image-id="{kept.pk}"' in page
    assert str(other.pk) not in page
    assert f"/images/{kept.pk}/?favourite=1" in page


def test_an_image_in_the_trash_leaves_no_hole(mei_here: Client, ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [images(picture(), picture(color="red"))]
    ask(n=2)
    run_everything()
    gone, left = Image.objects.all()
    Image.objects.filter(pk=gone.pk).update(trashed_at=timezone.now())
    page = mei_here.get("/history/").text

    assert str(left.pk) in page
    assert str(gone.pk) not in page
    assert "Missing" not in page


def test_sections_and_months_together_hold_everything_once(mei_here: Client, ask: Submit, mei: User) -> None:
    today = timezone.localdate()
    for days in (0, 1, 2, 40, 41, 400):
        made_days_ago(ask(), days)
    found = months_after(Asked(), mei, day=today, shown=1)
    sections = [
        section
        for month in found
        if month.rest
        for section in sections_of(narrowed(Asked(), month.rest), mei)
    ]
    seen = [
        mei_here.get(f"/history/part/?{section.days.address}").text.count("data-generation-id")
        for section in sections
    ]

    assert sum(month.count for month in found) == 6
    assert sum(section.count for section in sections) == sum(seen) == 5
    ends = [section.days.until for section in sections]
    assert ends == sorted(ends, reverse=True)


def test_every_section_opens_its_images_in_the_search_as_it_was_asked_and_not_in_its_own_days(
    mei_here: Client, ask: Submit
) -> None:
    days_ago = (0, 1, 40, *[41] * 30, 42, 80)
    for days in days_ago:
        made_days_ago(ask(prompt="a white cat"), days)
    since = (timezone.localdate() - timedelta(days=60)).isoformat()
    run_everything()
    first = mei_here.get("/history/", {"q": "cat", "from": since, "view": "list"}).text

    sections = filled(mei_here, first)

    opened = re.findall(r'href="/images/([^/]+)/\?([^"]+)"', first + "".join(sections))
    assert len({pk for pk, _search in opened}) == len(days_ago) - 1
    assert {search for _pk, search in opened} == {f"q=cat&amp;from={since}"}
    assert all('class="entries"' in section for section in sections)


def filled(client: Client, page: str) -> list[str]:
    """Ask for every empty place of a page, as its scripts do, and for those that come in their stead."""
    sections = []
    for address in re.findall(r'data-place [^>]*hx-get="([^"]+)"', page):
        answer = client.get(unescape(address)).text
        if "<section" in answer:
            sections.append(answer)
        sections += filled(client, answer)
    return sections


def test_the_days_of_a_section_reach_no_further_than_those_that_were_asked_for(
    mei_here: Client, ask: Submit
) -> None:
    today = timezone.localdate()
    made_days_ago(ask(), 3)
    days = Days(today - timedelta(days=5), today).address

    assert "data-generation-id" in mei_here.get(f"/history/part/?{days}").text
    assert "data-generation-id" not in mei_here.get(f"/history/part/?from={today}&{days}").text


@pytest.mark.parametrize("after", ["xxx", "AAAA", "r5~AAAA", "o~AAYmsbxTwKcAAAAAAAAAAAAAAAAAAAAA"])
def test_what_is_no_cursor_of_this_order_is_as_if_it_were_not_there(
    after: str, mei_here: Client, ask: Submit
) -> None:
    ask()
    page = mei_here.get("/history/", {"after": after})

    assert page.context["is_first"]
    assert "1 result<" in page.text
    assert "Back to the newest" not in page.text


def test_the_first_page_and_its_months_ask_as_often_for_many_as_for_few(
    mei_here: Client, ask: Submit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for days in range(12):
        made_days_ago(ask(), days * 5)
    run_everything()
    with django_assert_max_num_queries(28):
        mei_here.get("/history/")
    with django_assert_max_num_queries(8):
        mei_here.get("/history/months/", {"day": timezone.localdate().isoformat()})


@pytest.mark.parametrize("path", ["", "part/", "month/", "counts/", "matching/"])
@pytest.mark.parametrize(
    "query",
    ["after=x&q=%22", "status=nothing&n=99", "from=2026-02-31&to=0", "q=" + "%25_" * 300, "person=1&team=1"],
)
def test_an_address_typed_by_hand_is_never_an_error(mei_here: Client, path: str, query: str) -> None:
    assert mei_here.get(f"/history/{path}?{query}").status_code == 200


def test_what_was_made_is_found_by_its_shape(mei_here: Client, ask: Submit, wire: FakeEndpoint) -> None:
    wire.answers = [images(picture(size=(64, 48))), images(picture(size=(48, 64)))]
    wide, tall = ask(prompt="wide"), ask(prompt="tall")
    run_everything()

    page = mei_here.get("/history/", {"shape": "portrait"}).text

    assert str(tall.pk) in page
    assert str(wide.pk) not in page


def test_a_month_without_a_day_does_not_exist(mei_here: Client) -> None:
    assert mei_here.get("/history/months/?day=2026-13-01").status_code == 404


@pytest.mark.parametrize(
    "query", ["day=0001-01-01", "day=9999-12-31&sort=oldest", f"day=2026-01-01&shown={'9' * 3000}"]
)
def test_months_beyond_all_months_are_no_mistake_of_the_studio(
    query: str, mei_here: Client, ask: Submit
) -> None:
    ask()

    assert mei_here.get(f"/history/months/?{query}").status_code in (200, 404)


def test_the_list_names_a_revised_prompt_in_the_readers_language(
    mei_here: Client, mei: User, ask: Submit
) -> None:
    ask(prompt="一只白猫")
    run_everything()
    Image.objects.update(revised_prompt="a feline on a roof")
    note_many(Generation.objects.values_list("pk", flat=True))
    page = mei_here.get("/history/?view=list&q=feline", headers={"accept-language": "zh-hans"}).text

    assert "<mark>feline</mark> on a roof" in page
    assert "改写后" in page


def test_the_filters_are_a_page_of_their_own(mei_here: Client, ask: Submit) -> None:
    ask()
    ask(model="dall-e-3", prompt="a dog")
    answer = mei_here.get("/history/counts/", {"q": "a", "status": "queued"})

    assert answer.context["total"].number == 2
    assert 'name="model" value="dall-e-3"' in answer.text


def test_a_filter_with_one_value_is_offered_where_it_leaves_something_out(
    mei_here: Client, ask: Submit
) -> None:
    ask(background="transparent")
    alone = mei_here.get("/history/counts/").text
    ask(prompt="a dog")
    among_others = mei_here.get("/history/counts/").text

    assert 'name="background" value="transparent"' not in alone
    assert 'name="background" value="transparent"' in among_others


def test_the_size_of_images_is_kept(mei_here: Client, mei: User) -> None:
    answer = mei_here.post("/history/density/", {"density": "L", "next": "/history/?q=cat"})
    elsewhere = mei_here.post("/history/density/", {"density": "S", "next": "https://elsewhere.example/"})

    assert answer.headers["Location"] == "/history/?q=cat"
    assert elsewhere.headers["Location"] == "/history/"
    assert mei_here.post("/history/density/", {"density": "XL"}).status_code == 404
    assert 'data-density="S"' in mei_here.get("/history/").text


def test_a_search_is_saved_counted_renamed_unpinned_and_brought_back(mei_here: Client, ask: Submit) -> None:
    ask(prompt="a white cat")
    mei_here.post("/history/searches/", {"name": "Cats", "query": "q=cat&rating=nine", "pinned": "1"})
    saved = SavedSearch.objects.get()
    assert (saved.query, saved.is_pinned) == ("q=cat", True)
    assert [one.count.number for one in mei_here.get("/history/searches/pinned/").context["searches"]] == [1]

    mei_here.post(f"/history/searches/{saved.pk}/rename/", {"name": "White cats"})
    mei_here.post(f"/history/searches/{saved.pk}/pin/", {"pinned": "0"})
    mei_here.post(f"/history/searches/{saved.pk}/delete/")
    assert not SavedSearch.objects.exists()
    undone = mei_here.get("/history/searches/").context["deleted_search"]
    assert mei_here.get("/history/searches/").context["deleted_search"] is None
    mei_here.post("/history/searches/", undone)

    back = SavedSearch.objects.get()
    assert (back.name, back.query, back.is_pinned) == ("White cats", "q=cat", False)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\nb"])
def test_a_search_needs_a_name_that_can_be_read(mei_here: Client, name: str) -> None:
    mei_here.post("/history/searches/", {"name": name, "query": "q=cat"})

    assert not SavedSearch.objects.exists()


def test_a_saved_search_is_its_members_alone(mei_here: Client, mei: User, bo: User, client: Client) -> None:
    others = SavedSearch.objects.create(member=bo, name="Secret", query=urlencode({"q": "secret"}))

    assert "Secret" not in mei_here.get("/history/searches/").text
    for act in ("rename", "pin", "delete"):
        assert mei_here.post(f"/history/searches/{others.pk}/{act}/", {"name": "Mine"}).status_code == 404
    SavedSearch.objects.create(member=mei, name="One", query="")
    two = SavedSearch.objects.create(member=mei, name="Two", query="")
    mei_here.post(f"/history/searches/{two.pk}/rename/", {"name": "One"})
    assert SavedSearch.objects.filter(member=mei, name="One").count() == 1


def test_next_and_previous_follow_the_search(mei_here: Client, ask: Submit) -> None:
    for prompt in ("a cat", "a dog", "another cat"):
        ask(prompt=prompt)
    run_everything()
    older, dog, newer = (
        Image.objects.get(generation__prompt=one) for one in ("a cat", "a dog", "another cat")
    )
    page = mei_here.get(f"/images/{newer.pk}/", {"q": "cat"})

    assert f'href="/images/{older.pk}/?q=cat"' in page.text
    assert f'href="/images/{dog.pk}/?q=cat' not in page.text
    assert page.context["back"].startswith("/history/?q=cat&after=")
