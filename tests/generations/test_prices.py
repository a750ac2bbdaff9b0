"""What a call costs, how an administrator says it, and what the form says before it is sent."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from generations import expected_price, pricing
from generations.endpoints.from_environment import put_endpoint
from generations.endpoints.prices import price_lines
from generations.expected_price import Choice, price_of_choice
from generations.models import Call, Endpoint, EndpointModel, Generation, Price, Source
from generations.money import exact_money, money
from generations.pricing import in_force, parts_of, tokens_of
from generations.spending import month_named, scale
from team.models import User
from tests.fake_endpoint import MODERATION_BLOCKED, FakeEndpoint, Scripted, images, picture
from tests.generations.conftest import Submit, only_call, run_everything

pytestmark = pytest.mark.django_db

USAGE = {
    "input_tokens": 1000,
    "output_tokens": 2000,
    "input_tokens_details": {"text_tokens": 400, "image_tokens": 600},
}
TOKENS = {"per_million_text_in": 5, "per_million_images_in": 10, "per_million_out": 40}


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    expected_price.forget()
    yield
    expected_price.forget()


@pytest.fixture
def offer(endpoint: Endpoint) -> EndpointModel:
    return endpoint.models.get(name="gpt-image-2")


@pytest.fixture
def price(offer: EndpointModel) -> Any:
    """A line of the list, valid since yesterday unless the test says otherwise."""

    def add(*, days: float = -1, **fields: Any) -> Price:
        return Price.objects.create(offer=offer, valid_from=timezone.now() + timedelta(days=days), **fields)

    return add


@pytest.fixture
def list_page(client: Client, ada: User, offer: EndpointModel) -> Any:
    """Ada fills in the form of the price list, and gets the answer."""
    client.force_login(ada)
    address = f"/endpoints/{offer.endpoint_id}/models/{offer.pk}/prices/"
    return lambda **fields: client.post(address, fields) if fields else client.get(address)


# --- Which line counts ------------------------------------------------------------------------------------


def test_the_line_that_names_most_counts(price: Any) -> None:
    lines = [
        price(per_image=1),
        price(per_image=2, size="1024x1024"),
        price(per_image=3, quality="high"),
        price(per_image=4, size="1024x1024", quality="high"),
    ]

    def each(size: str, quality: str) -> Decimal | None:
        line = pricing.in_force(lines, size=size, quality=quality, at=timezone.now())
        return line.per_image if line else None

    assert each("1024x1024", "high") == 4
    assert each("1536x1024", "high") == 3
    assert each("1024x1024", "low") == 2
    assert each("", "") == 1


def test_a_line_counts_from_its_day_on(price: Any) -> None:
    lines = [price(per_image=1, days=-2), price(per_image=2, days=-1), price(per_image=3, days=1)]
    now = timezone.now()

    at = {
        days: pricing.in_force(lines, size="", quality="", at=now + timedelta(days=days))
        for days in (-3, -1.5, 0, 2)
    }

    assert [line and line.per_image for line in at.values()] == [None, 1, 2, 3]


# --- What a call costs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "usage", "cost"),
    [
        ({"per_image": "0.05"}, None, "0.10"),
        (TOKENS, {"input_text_tokens": 400, "input_image_tokens": 600, "output_tokens": 2000}, "0.088"),
        (TOKENS, {"input_tokens": 1000, "input_image_tokens": 600, "total_tokens": 3000}, "0.088"),
        (
            {"per_million_text_in": 5, "per_million_out": 40},
            {"input_tokens": 1000, "output_image_tokens": 1500, "output_text_tokens": 500},
            "0.085",
        ),
        (
            {**TOKENS, "per_image": "0.01"},
            {"input_tokens": 0, "input_text_tokens": 0, "output_tokens": 1},
            "0.02004",
        ),
        (TOKENS, {"input_tokens": 1000, "output_tokens": 2000}, None),
        (TOKENS, None, None),
        ({**TOKENS, "per_image": "0.01"}, None, None),
        ({"per_million_out": 40}, {"input_tokens": 5}, None),
        ({"per_image": 0}, None, "0"),
    ],
)  # fmt: skip
def test_tokens_and_images_are_charged_and_what_is_missing_is_never_guessed(
    line: dict[str, Any], usage: object, cost: str | None
) -> None:
    parts = parts_of(
        Price(**{name: Decimal(value) for name, value in line.items()}),
        tokens_of(usage, with_images=True),
        images=2,
    )

    assert (parts and parts.sum) == (None if cost is None else Decimal(cost))


def test_what_a_call_without_pictures_has_read_is_text() -> None:
    assert tokens_of({"input_tokens": 7}, with_images=False).text_in == 7
    assert tokens_of({"input_tokens": True, "output_tokens": -1}, with_images=False).all_in is None
    assert tokens_of(["no", "usage"], with_images=False).out is None


def test_a_settled_call_and_its_generation_have_their_cost(
    wire: FakeEndpoint, ask: Submit, price: Any
) -> None:
    wire.answers = [images(picture(), picture(), usage=USAGE, quality="high")]
    price(**TOKENS, quality="high")
    price(per_image=9)

    generation = ask(n=2)
    run_everything()

    assert only_call(generation).cost == Decimal("0.088")
    generation.refresh_from_db()
    assert generation.cost == Decimal("0.088")


def test_per_image_only_what_came_is_counted_and_the_size_can_be_measured(
    wire: FakeEndpoint, ask: Submit, price: Any
) -> None:
    wire.answers = [images(picture())]
    price(per_image="0.04", size="64x48")

    generation = ask(n=3)
    run_everything()

    assert only_call(generation).cost == Decimal("0.04")


@pytest.mark.parametrize("answer", [MODERATION_BLOCKED, Scripted(drop=True)])
def test_what_a_refusal_or_a_lost_answer_costs_is_not_known(
    wire: FakeEndpoint, ask: Submit, price: Any, answer: Scripted
) -> None:
    wire.answers = [answer]
    price(per_image="0.04")

    generation = ask()
    run_everything()

    assert only_call(generation).cost is None
    generation.refresh_from_db()
    assert generation.cost is None


def test_what_is_free_is_free_however_it_ends(wire: FakeEndpoint, ask: Submit, price: Any) -> None:
    wire.answers = [MODERATION_BLOCKED]
    price(per_image=0)

    generation = ask()
    run_everything()

    assert only_call(generation).cost == 0


def test_without_a_price_nothing_is_free(ask: Submit) -> None:
    generation = ask()
    run_everything()

    assert only_call(generation).cost is None


def test_of_several_images_in_a_stream_nobody_knows_what_the_usage_counts(
    wire: FakeEndpoint, ask: Submit, price: Any, endpoint: Endpoint
) -> None:
    endpoint.partial_images = 1
    endpoint.save()
    wire.answers = [images(picture(), picture(), usage=USAGE)]
    price(**TOKENS)

    generation = ask(n=2)
    run_everything()

    assert only_call(generation).cost is None


def test_the_simulator_is_free_and_an_endpoint_is_not() -> None:
    for is_simulator in (True, True, False):
        put_endpoint(base_url="http://127.0.0.1:9/v1", is_simulator=is_simulator, models=["one"])

    (free,) = Price.objects.all()
    assert (free.offer.endpoint.is_simulator, free.per_image) == (True, Decimal(0))


# --- The price list ---------------------------------------------------------------------------------------


def test_an_administrator_adds_a_line_with_a_comma_or_a_point(list_page: Any, offer: EndpointModel) -> None:
    answer = list_page(size="1024 × 1536", quality="high", per_image="$0,0421", per_million_out="３０")

    assert answer.status_code == 302
    (line,) = Price.objects.all()
    assert (line.size, line.quality, line.per_image) == ("1024x1536", "high", Decimal("0.0421"))
    assert line.per_million_out == 30
    page = list_page()
    assert "$0.0421" in page.text
    assert "Delete" in page.text
    assert "$0.0421" in page.client.get(f"/endpoints/{offer.endpoint_id}/models/{offer.pk}/abilities/").text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"size": "large"}, "per_image"),
        ({"size": "large", "per_image": "1"}, "size"),
        ({"per_image": "-1"}, "per_image"),
        ({"per_image": "1,234.5"}, "per_image"),
        ({"per_image": "NaN"}, "per_image"),
        ({"per_image": "1e9"}, "per_image"),
        ({"per_image": "0.0000001"}, "per_image"),
        ({"per_million_images_in": "8"}, "per_million_text_in"),
        ({"per_image": "1", "quality": "best"}, "quality"),
        ({"per_image": "1", "valid_from": "2020-01-01T00:00"}, "valid_from"),
        ({"per_image": "1", "valid_from": "9999-12-31T23:59"}, "valid_from"),
        ({"per_image": "1", "valid_from": "soon"}, "valid_from"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_field(
    list_page: Any, fields: dict[str, str], field: str
) -> None:
    answer = list_page(**fields)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Price.objects.exists()


def test_two_lines_cannot_begin_at_the_same_moment(list_page: Any) -> None:
    begin = f"{timezone.now() + timedelta(days=3):%Y-%m-%dT%H:%M}"
    list_page(per_image="1", valid_from=begin)

    answer = list_page(per_image="2", valid_from=begin)

    assert "valid_from" in answer.context["form"].errors


def test_only_a_line_that_priced_nothing_can_be_taken_back(
    list_page: Any, offer: EndpointModel, ask: Submit, price: Any, client: Client
) -> None:
    used, other = price(per_image=1), price(per_image=2, size="512x512")
    ask(size="1024x1024")
    run_everything()
    address = f"/endpoints/{offer.endpoint_id}/models/{offer.pk}/prices/"

    for line in (used, other):
        list_page()
        assert client.post(f"{address}{line.pk}/delete/").status_code == 302

    assert [(line.price, line.may_go) for line in price_lines(offer)] == [(used, False)]


def test_a_line_that_has_priced_calls_can_be_ended_and_what_names_less_counts_again(
    list_page: Any, offer: EndpointModel, ask: Submit, price: Any, client: Client
) -> None:
    price(per_image="0.01")
    price(per_image="0.03", size="1024x1024", days=-3)
    special = price(per_image="0.05", size="1024x1024")
    before = ask(size="1024x1024")
    run_everything()
    address = f"/endpoints/{offer.endpoint_id}/models/{offer.pk}/prices/{special.pk}/end/"

    assert address in list_page().text
    assert client.post(address).status_code == 302
    after = ask(size="1024x1024")
    run_everything()

    costs = [Generation.objects.get(pk=one.pk).cost for one in (before, after)]
    assert costs == [Decimal("0.05"), Decimal("0.01")]
    assert [line.state for line in price_lines(offer) if line.price == special] == ["over"]
    assert address not in list_page().text


def test_what_was_sent_before_a_line_was_ended_is_priced_by_it(price: Any) -> None:
    line = price(per_image=1)
    line.ended_at = timezone.now()

    before = in_force([line], size="", quality="", at=line.ended_at - timedelta(seconds=1))
    after = in_force([line], size="", quality="", at=line.ended_at)

    assert (before, after) == (line, None)


def test_a_price_that_has_not_begun_is_not_ended_and_one_that_has_ended_is_not_ended_again(
    list_page: Any, offer: EndpointModel, price: Any, client: Client
) -> None:
    later, ended = price(per_image=1, days=3), price(per_image=2, size="512x512")
    ended.ended_at = timezone.now() - timedelta(hours=1)
    ended.save()
    list_page()

    for line in (later, ended):
        client.post(f"/endpoints/{offer.endpoint_id}/models/{offer.pk}/prices/{line.pk}/end/")

    assert Price.objects.get(pk=later.pk).ended_at is None
    assert Price.objects.get(pk=ended.pk).ended_at == ended.ended_at


# --- Beside Generate --------------------------------------------------------------------------------------


def test_per_image_the_form_says_exactly_what_it_will_cost(offer: EndpointModel, price: Any) -> None:
    price(per_image="0.17", quality="high")

    def words(**chosen: Any) -> str | None:
        expected = price_of_choice(offer, Choice(**{"size": "", "quality": "high", "n": 1, **chosen}))
        return expected.words if expected else None

    assert words() == "$0.17"
    assert words(n=4) == "$0.68"
    assert words(quality="low") is None
    assert words(quality="") is None
    price(per_image="0.01")
    assert words(quality="") == "$0.01 to $0.17"
    price(per_image=0, days=-0.5)
    assert words(quality="low") == "Free"


def test_per_token_it_says_what_twenty_calls_came_to(offer: EndpointModel, price: Any, mei: User) -> None:
    price(per_million_text_in=5, per_million_out=40)
    _made(offer, mei, tokens=range(1000, 20000, 1000))

    assert price_of_choice(offer, Choice("", "high", 1)) is None
    _made(offer, mei, tokens=[20000])
    expected_price.forget()

    assert _words(offer, n=1) == "Usually $0.40 to $0.72"
    assert _words(offer, n=2) == "Usually $0.80 to $1.44"
    assert price_of_choice(offer, Choice("", "high", 1, with_pictures=True)) is None


def test_the_form_and_its_fragment_say_the_price(client: Client, mei: User, price: Any) -> None:
    price(per_image="0.25")
    client.force_login(mei)

    assert "$0.25" in client.get("/").text
    assert "$0.75" in client.get("/options/price/", {"model": "gpt-image-2", "n": "3"}).text
    assert "$" not in client.get("/options/price/", {"model": "dall-e-3", "n": "3"}).text
    for odd in ("", "0", "11", "-1", "9" * 5000, "x"):
        assert client.get("/options/price/", {"model": "gpt-image-2", "n": odd}).status_code == 200


# --- Usage ------------------------------------------------------------------------------------------------


def test_usage_shows_a_members_own_month_and_administrators_that_of_all(
    client: Client, mei: User, bo: User, ada: User, ask: Submit, wire: FakeEndpoint, price: Any
) -> None:
    price(per_image="0.04")
    ask(n=1)
    run_everything()
    ask(member=bo)
    run_everything()
    wire.answers = [MODERATION_BLOCKED]
    ask()
    run_everything()

    client.force_login(mei)
    mine = client.get("/usage/")
    assert client.get("/usage/", {"of": "team"}).status_code == 404
    assert client.get("/usage/download/", {"of": "team"}).status_code == 404
    client.force_login(ada)
    team = client.get("/usage/", {"of": "team"})
    engine = client.get("/engine/")

    spending = mine.context["spending"]
    assert (spending.total, spending.calls, spending.images, spending.unknown) == (Decimal("0.04"), 2, 1, 1)
    assert spending.today == Decimal("0.04")
    assert [(share.name, share.calls) for share in spending.in_vain if share.calls] == [("blocked", 1)]
    assert not spending.members
    whole = team.context["spending"]
    assert whole.total == Decimal("0.08")
    assert [(share.name, share.cost) for share in whole.members] == [
        ("Bo", Decimal("0.04")),
        ("Mei", Decimal("0.04")),
    ]
    assert engine.context["spending"].total == Decimal("0.08")


def test_what_was_imported_was_paid_for_elsewhere(client: Client, mei: User, ask: Submit, price: Any) -> None:
    price(per_image="0.04")
    ask(n=1)
    run_everything()
    Generation.objects.update(source=Source.IMPORT)
    client.force_login(mei)

    spending = client.get("/usage/").context["spending"]

    assert (spending.total, spending.calls, spending.images) == (None, 0, 0)


def test_the_table_has_every_call_and_no_formula(
    client: Client, mei: User, ask: Submit, endpoint: Endpoint, price: Any
) -> None:
    price(per_image="0.04")
    ask()
    run_everything()
    Endpoint.objects.update(name="=cmd|' /C calc'!A0")
    client.force_login(mei)

    answer = client.get("/usage/download/")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["endpoint"] == "'=cmd|' /C calc'!A0"
    assert (Decimal(row["cost"]), row["currency"], row["member"]) == (Decimal("0.04"), "USD", mei.email)
    assert "a white cat" not in text


@pytest.mark.parametrize("odd", ["", "2026", "2026-13", "9999-01", "1-1", "0000-00", "٢٠٢٦-٠١", "x" * 5000])
def test_a_month_that_is_none_is_this_one(odd: str) -> None:
    today = timezone.localdate()

    assert month_named(odd).first == today.replace(day=1)


def test_costs_are_told_on_the_pages_of_a_generation_and_an_image(
    client: Client, mei: User, ask: Submit, price: Any
) -> None:
    price(per_image="0.0421")
    generation = ask()
    run_everything()
    client.force_login(mei)

    assert "$0.0421 in all" in client.get(f"/generations/{generation.pk}/").text
    assert "$0.0421" in client.get(f"/images/{generation.images.get().pk}/").text


# --- Money ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "english"),
    [
        ("0", "$0.00"),
        ("0.17", "$0.17"),
        ("0.0421", "$0.0421"),
        ("0.00004", "< $0.0001"),
        ("0.99999", "$1.00"),
        ("1.005", "$1.01"),
        ("12345.6", "$12,345.60"),
    ],
)
def test_small_amounts_have_up_to_four_digits(amount: str, english: str) -> None:
    assert money(Decimal(amount)) == english


def test_the_currency_has_its_sign_in_each_language(settings: Settings) -> None:
    assert exact_money(Decimal("0.000012")) == "$0.000012"
    with override("zh-hans"):
        assert money(Decimal(12345)) == "US$12,345.00"
    settings.STUDIO_CURRENCY = "CHF"
    assert money(Decimal("1.5")) == "CHF\u00a01.50"
    settings.STUDIO_CURRENCY = "JPY"
    assert money(Decimal(600)) == "¥600"


@pytest.mark.parametrize("most", ["0", "0.000001", "0.04", "1", "3.21", "99.9", "123456"])
def test_the_plot_has_even_steps_from_above_the_highest_bar(most: str) -> None:
    ticks = scale(Decimal(most))

    assert ticks[0] >= Decimal(most)
    assert ticks[0] > 0
    assert {high - low for high, low in pairwise(ticks)} == {ticks[3]}


def _words(offer: EndpointModel, *, n: int) -> str:
    expected = price_of_choice(offer, Choice("", "high", n))
    return expected.words if expected else ""


def _made(offer: EndpointModel, member: User, *, tokens: Any) -> None:
    """Calls of one image each for which the endpoint counted so many tokens."""
    for count in tokens:
        known = {"member": member, "endpoint": offer.endpoint, "n": 1}
        generation = Generation.objects.create(
            **known, submit_token=uuid4(), model=offer.name, quality="high", status="succeeded"
        )
        Call.objects.create(
            **known,
            generation=generation,
            status="settled",
            outcome="succeeded",
            sent_at=timezone.now(),
            usage={"input_tokens": 0, "output_tokens": count},
        )
