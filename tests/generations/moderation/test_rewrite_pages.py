"""Other words on the pages: asked for by a button, shown as a diff, used, changed or dropped by a person."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from generations import tasks
from generations.models import (
    Endpoint,
    EndpointModel,
    Generation,
    ModerationPolicy,
    Operation,
    Price,
    Refusal,
    Rewrite,
    Source,
)
from generations.moderation import rewriting
from generations.references import receive
from team.models import User
from tests.fake_endpoint import FakeEndpoint, error, picture
from tests.generations.conftest import Submit, run_everything
from tests.generations.moderation.conftest import List
from tests.generations.moderation.refused import CHAT_MODEL, offered, refused, said

pytestmark = pytest.mark.django_db

BUTTON = "Propose other words"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def policy(endpoint: Endpoint, listed: List) -> None:
    offered(endpoint)


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues in which bells were rung."""
    rung: list[str] = []
    monkeypatch.setattr(tasks, "_send", lambda *_, queue: rung.append(queue))
    return rung


@pytest.fixture
def client(mei: User, rings: list[str]) -> Client:
    client = Client()
    client.force_login(mei)
    return client


@pytest.fixture
def cat(ask: Submit, wire: FakeEndpoint) -> Generation:
    """Mei's, refused as violent."""
    return refused(ask, wire, "violence", prompt="a wild cat in the rain")


def address(made: Generation) -> str:
    return f"/generations/{made.pk}/"


def page(client: Client, made: Generation) -> str:
    return client.get(address(made)).content.decode()


def ask_for_words(client: Client, made: Generation) -> Any:
    return client.post(f"{address(made)}rewrite/")


def use(client: Client, made: Generation, rewrite: object) -> Any:
    """Open the form with what was proposed."""
    return client.get("/", {"from": str(made.pk), "rewrite": str(rewrite)})


def proposed(client: Client, made: Generation, wire: FakeEndpoint, words: str) -> Rewrite:
    """Ask, and let the chat model answer."""
    wire.answers = [said(words)]
    ask_for_words(client, made)
    rewriting.run_next()
    return Rewrite.objects.get(generation=made)


def test_the_button_stands_where_a_chat_model_is_set(client: Client, cat: Generation) -> None:
    assert BUTTON in page(client, cat)
    assert BUTTON in client.get("/").content.decode()

    ModerationPolicy.objects.update(rewrite_model="")

    assert BUTTON not in page(client, cat)
    assert BUTTON not in client.get("/").content.decode()


def test_no_button_stands_where_the_endpoint_is_not_in_use_nor_beside_what_is_severe(
    client: Client, cat: Generation, ask: Submit, wire: FakeEndpoint
) -> None:
    severe = refused(ask, wire, "sexual/minors", prompt="something else")
    assert BUTTON not in page(client, severe)
    ask_for_words(client, severe)
    assert not Rewrite.objects.exists()

    Endpoint.objects.update(is_active=False)
    assert BUTTON not in page(client, cat)


def test_nothing_is_asked_before_somebody_presses_the_button(
    client: Client, cat: Generation, wire: FakeEndpoint, rings: list[str]
) -> None:
    rings.clear()

    page(client, cat)
    client.get(f"{address(cat)}rewrite/", headers=HTMX)
    client.get("/")

    assert not Rewrite.objects.exists()
    assert (rings, wire.asked) == ([], [])


def test_pressing_it_rings_once_and_the_page_waits(
    client: Client, cat: Generation, rings: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    rings.clear()

    with django_capture_on_commit_callbacks(execute=True):
        answers = [ask_for_words(client, cat) for _ in range(2)]

    assert {answer["Location"] for answer in answers} == {f"{address(cat)}#rewrite"}
    assert (Rewrite.objects.count(), rings) == (1, ["calls"])
    waiting = page(client, cat)
    assert 'hx-trigger="every 1500ms"' in waiting
    assert f'<a class="button" href="{address(cat)}#rewrite">Refresh</a>' in waiting
    assert BUTTON not in waiting
    assert client.get(f"{address(cat)}rewrite/", headers=HTMX).status_code == 204


def test_the_proposal_comes_as_a_diff_with_who_made_it_and_what_it_counted(
    client: Client, cat: Generation, wire: FakeEndpoint
) -> None:
    proposed(client, cat, wire, "a calm cat in the rain")

    part = client.get(f"{address(cat)}rewrite/", headers=HTMX).content.decode()

    assert part.strip().startswith('<section class="card stack" id="rewrite"')
    assert "hx-get" not in part
    assert "<del>" in part and "<ins>" in part
    assert "By chatty-1 of Test" in part
    assert "31 tokens read, 7 written" in part
    assert 'name="rewrite"' in part
    assert "<ins>" in page(client, cat)


def price(endpoint: Endpoint, **prices: int) -> None:
    offer, _is_new = EndpointModel.objects.get_or_create(endpoint=endpoint, name=CHAT_MODEL, is_active=False)
    amounts = {name: Decimal(amount) for name, amount in prices.items()}
    Price.objects.create(offer=offer, valid_from=timezone.now() - timedelta(days=1), **amounts)


def test_what_it_cost_is_told_by_the_price_when_it_was_asked(
    client: Client, cat: Generation, wire: FakeEndpoint, endpoint: Endpoint
) -> None:
    price(endpoint, per_million_text_in=10_000, per_million_out=100_000)
    proposed(client, cat, wire, "a calm cat in the rain")
    Price.objects.update(per_million_out=Decimal(200_000))

    assert "1.01" in page(client, cat)  # 31 * 0.01 + 7 * 0.1


@pytest.mark.parametrize("prices", [{}, {"per_image": 1}], ids=["no price", "per image"])
def test_a_cost_that_nobody_knows_is_said_to_be_unknown(
    client: Client, cat: Generation, wire: FakeEndpoint, endpoint: Endpoint, prices: dict[str, int]
) -> None:
    if prices:
        price(endpoint, **prices)
    proposed(client, cat, wire, "a calm cat in the rain")

    shown = page(client, cat)
    assert "what it cost is not known" in shown
    assert "$" not in shown


def test_markup_in_an_answer_is_text(client: Client, cat: Generation, wire: FakeEndpoint) -> None:
    proposed(client, cat, wire, 'a calm cat <img src=x onerror="alert(1)"> in the rain')

    shown = page(client, cat)
    assert "<img src=x" not in shown and "&lt;" in shown
    used = use(client, cat, Rewrite.objects.get().pk).content.decode()
    assert "<img src=x" not in used and "&lt;img src=x" in used


def test_using_it_opens_the_form_with_everything_else_as_it_was(
    client: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    made = refused(ask, wire, "violence", prompt="a wild cat", n=3, size="1536x1024", quality="low")
    rewrite = proposed(client, made, wire, "a calm cat")
    link = f"/?from={made.pk}&amp;rewrite={rewrite.pk}"
    assert link in page(client, made)

    answer = client.get(link.replace("&amp;", "&"))

    form = answer.context["form"]
    told = {
        name: str(form[name].value()) for name in ("prompt", "n", "size", "quality", "rewrite", "remix_of")
    }
    assert told == {
        "prompt": "a calm cat",
        "n": "3",
        "size": "1536x1024",
        "quality": "low",
        "rewrite": str(rewrite.pk),
        "remix_of": str(made.pk),
    }
    assert "was proposed by a chat model" in answer.content.decode()
    assert Generation.objects.count() == 1


def test_the_references_come_along(client: Client, ask: Submit, wire: FakeEndpoint, mei: User) -> None:
    reference = receive(SimpleUploadedFile("one.png", picture()), member=mei)
    made = ask(references=(reference,), operation=Operation.EDITS)
    Refusal.objects.create(generation=made, stage="input", categories=["violence"], asked=1, withheld=1)
    Generation.objects.update(status="blocked")
    rewrite = proposed(client, made, wire, "a calm cat")

    assert use(client, made, rewrite.pk).context["form"].references == [reference]


def test_what_is_sent_then_remembers_what_it_comes_from_however_it_was_changed(
    client: Client, cat: Generation, wire: FakeEndpoint
) -> None:
    rewrite = proposed(client, cat, wire, "a calm cat in the rain")
    form = use(client, cat, rewrite.pk).context["form"]
    fields = {name: form[name].value() for name in ("model", "n", "rewrite", "remix_of")}

    client.post("/", {**fields, "prompt": "a calm cat in the snow", "submit_token": str(uuid4())})

    again = Generation.objects.exclude(pk=cat.pk).get()
    assert (again.prompt, again.retry_of, again.source) == ("a calm cat in the snow", cat, Source.REMIX)


def test_a_forged_proposal_brings_neither_words_nor_lineage(
    client: Client, cat: Generation, wire: FakeEndpoint, ask: Submit, bo: User, rings: list[str]
) -> None:
    other = refused(ask, wire, "violence", member=bo, prompt="a secret of Bo")
    bo_here = Client()
    bo_here.force_login(bo)
    theirs = proposed(bo_here, other, wire, "another secret of Bo")

    for given in (str(theirs.pk), str(uuid4()), "x", "0" * 400):
        form = use(client, cat, given).context["form"]
        assert form["prompt"].value() == cat.prompt
        fields = {"model": form["model"].value(), "n": 1, "prompt": "a dog", "rewrite": given}
        client.post("/", {**fields, "submit_token": str(uuid4())})

    mine = Generation.objects.filter(prompt="a dog")
    assert mine.count() == 4
    assert not mine.filter(retry_of__isnull=False).exists()


def test_dropping_it_forgets_the_words_and_leaves_what_they_cost(
    client: Client, cat: Generation, wire: FakeEndpoint
) -> None:
    rewrite = proposed(client, cat, wire, "a calm cat in the rain")

    answer = client.post(f"{address(cat)}rewrite/drop/", {"rewrite": rewrite.pk}, follow=True)

    rewrite.refresh_from_db()
    assert (rewrite.prompt, rewrite.input_tokens) == ("", 31)
    assert "Your own words stay as they are." in answer.content.decode()
    assert "calm" not in page(client, cat)
    assert BUTTON in page(client, cat)
    assert client.get(f"{address(cat)}rewrite/", headers=HTMX).content == b""


@pytest.mark.parametrize("given", ["x", "", "9d1f4a52-6f0e-4b0c-8a55-3c0a9b8c7d10"])
def test_a_stale_form_drops_nothing(client: Client, cat: Generation, wire: FakeEndpoint, given: str) -> None:
    proposed(client, cat, wire, "a calm cat in the rain")

    answer = client.post(f"{address(cat)}rewrite/drop/", {"rewrite": given})

    assert answer.status_code == 302
    assert Rewrite.objects.get().prompt


def test_the_same_words_again_are_called_that(client: Client, cat: Generation, wire: FakeEndpoint) -> None:
    proposed(client, cat, wire, "a wild  cat in the rain")

    shown = page(client, cat)
    assert "Nothing better was proposed" in shown
    assert "Use these words" not in shown


def test_a_proposal_that_is_too_long_is_cut_and_says_so(
    client: Client, ask: Submit, wire: FakeEndpoint
) -> None:
    made = refused(ask, wire, "violence", model="dall-e-3", prompt="a wild cat")
    rewrite = proposed(client, made, wire, "a calm cat " + "very " * 1000)

    assert "cut off at 4000 characters" in page(client, made).replace(",", "")
    form = use(client, made, rewrite.pk).context["form"]
    assert 3_990 < len(form["prompt"].value()) <= 4_000


def test_a_proposal_that_the_teams_list_stops_is_shown_with_that(
    client: Client, cat: Generation, wire: FakeEndpoint, listed: List
) -> None:
    listed("calm cat", effect="stop")
    proposed(client, cat, wire, "a calm cat in the rain")

    assert "Your team's list would stop this, too:" in page(client, cat)


def test_a_failure_says_why_and_can_be_asked_again(
    client: Client, cat: Generation, wire: FakeEndpoint
) -> None:
    ask_for_words(client, cat)
    wire.answers = [error(500, message="<b>oops</b>")]
    rewriting.run_next()

    shown = page(client, cat)
    assert "The endpoint of the chat model failed." in shown
    assert "Ask again" in shown and "<b>oops" not in shown
    ask_for_words(client, cat)
    assert Rewrite.objects.filter(status="waiting").count() == 1


def test_too_many_within_an_hour_are_told_so(
    client: Client, cat: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "PER_HOUR", 0)

    ask_for_words(client, cat)

    assert "within an hour. Ask again later." in page(client, cat)
    assert not Rewrite.objects.exists()


def test_nobody_else_asks_sees_or_drops(
    client: Client, cat: Generation, wire: FakeEndpoint, bo: User, rui: User, ada: User
) -> None:
    rewrite = proposed(client, cat, wire, "a calm cat in the rain")

    for other in (bo, rui, ada):
        elsewhere = Client()
        elsewhere.force_login(other)
        assert ask_for_words(elsewhere, cat).status_code == 404
        assert elsewhere.get(f"{address(cat)}rewrite/", headers=HTMX).status_code == 404
        gone = elsewhere.post(f"{address(cat)}rewrite/drop/", {"rewrite": rewrite.pk})
        assert gone.status_code == 404
    assert Client().post(f"{address(cat)}rewrite/").status_code == 302
    assert Rewrite.objects.get().prompt == "a calm cat in the rain"


def test_a_form_without_its_token_asks_nothing(mei: User, cat: Generation) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mei)

    assert ask_for_words(strict, cat).status_code == 403
    assert not Rewrite.objects.exists()


def test_who_opens_the_address_by_hand_is_led_to_the_page(client: Client, cat: Generation) -> None:
    assert client.get(f"{address(cat)}rewrite/")["Location"] == f"{address(cat)}#rewrite"


def test_the_page_speaks_chinese_and_names_the_language_of_the_words(
    client: Client, mei: User, ask: Submit, wire: FakeEndpoint
) -> None:
    made = refused(ask, wire, "violence", prompt="雨中的野猫，血腥")
    proposed(client, made, wire, "雨中的一只安静的猫")
    User.objects.filter(pk=mei.pk).update(language="zh-hans")

    shown = page(client, made)

    assert '<html lang="zh-Hans"' in shown
    assert '<p class="prompt" dir="auto" lang="zh-Hans">' in shown
    assert "chatty-1" in shown


def test_what_was_proposed_may_be_made(client: Client, cat: Generation, wire: FakeEndpoint) -> None:
    rewrite = proposed(client, cat, wire, "a calm cat in the rain")
    form = use(client, cat, rewrite.pk).context["form"]
    fields = {name: form[name].value() for name in ("model", "n", "prompt", "rewrite", "remix_of")}
    wire.asked.clear()

    client.post("/", {**fields, "submit_token": str(uuid4())})
    run_everything()

    assert [body["prompt"] for body in wire.asked] == ["a calm cat in the rain"]
