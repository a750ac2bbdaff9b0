"""What proposals of other words cost is in Usage: in the sum, in a line of its own, and in the table."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Endpoint, EndpointModel, Generation, Price, Rewrite
from generations.moderation import rewriting
from team.models import User
from tests.fake_endpoint import FakeEndpoint, Scripted
from tests.generations.conftest import Submit
from tests.generations.moderation.conftest import List
from tests.generations.moderation.refused import CHAT_MODEL, offered, refused, said, uncounted

pytestmark = pytest.mark.django_db

COST = Decimal("0.000101")  # 31 tokens read and 7 written


@pytest.fixture(autouse=True)
def policy(endpoint: Endpoint, listed: List) -> None:
    offered(endpoint)
    offer = EndpointModel.objects.create(endpoint=endpoint, name=CHAT_MODEL, is_active=False)
    Price.objects.create(
        offer=offer,
        valid_from=timezone.now() - timedelta(days=1),
        per_million_text_in=Decimal(1),
        per_million_out=Decimal(10),
    )


@pytest.fixture
def cat(ask: Submit, wire: FakeEndpoint) -> Generation:
    return refused(ask, wire)


def proposed(made: Generation, wire: FakeEndpoint, answer: Scripted) -> Rewrite:
    wire.answers = [answer]
    rewrite = rewriting.ask(made, by=made.member, ring=lambda: None)
    assert rewriting.run_next()
    rewrite.refresh_from_db()
    return rewrite


def spending(client: Client, member: User, **asked: str) -> Any:
    client.force_login(member)
    return client.get("/usage/", asked).context["spending"]


def table(client: Client, **asked: str) -> list[dict[str, str]]:
    answer = client.get("/usage/download/", asked)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_it_is_part_of_what_was_spent_and_a_line_of_its_own(
    client: Client, mei: User, cat: Generation, wire: FakeEndpoint
) -> None:
    proposed(cat, wire, said("a calm cat"))

    seen = spending(client, mei)

    assert (seen.total, seen.calls, seen.unknown) == (COST, 2, 1), "the refused call is the unknown one"
    assert (seen.words.calls, seen.words.cost, seen.words.unknown) == (1, COST, 0)
    assert [(one.name, one.is_words, one.cost) for one in seen.models] == [
        (CHAT_MODEL, True, COST),
        (cat.model, False, None),
    ]
    assert seen.today == sum(bar.cost for bar in seen.bars) == COST
    shown = " ".join(client.get("/usage/").text.split())
    assert "<dt>Other words</dt>" in shown and "1 proposal<" in shown


def test_administrators_see_it_at_the_member_who_asked(
    client: Client, mei: User, bo: User, ada: User, cat: Generation, wire: FakeEndpoint
) -> None:
    proposed(cat, wire, said("a calm cat"))

    team = spending(client, ada, of="team")

    assert [(one.name, one.calls, one.cost, one.unknown) for one in team.members] == [("Mei", 2, COST, 1)]
    assert team.words.cost == COST
    assert spending(client, ada).calls == spending(client, bo).calls == 0


def test_a_cost_that_nobody_knows_is_counted_as_unknown_and_not_as_nothing(
    client: Client, mei: User, cat: Generation, wire: FakeEndpoint
) -> None:
    proposed(cat, wire, uncounted("a calm cat"))

    seen = spending(client, mei)

    assert (seen.words.calls, seen.words.cost, seen.words.unknown) == (1, None, 1)
    assert (seen.total, seen.unknown) == (None, 2)
    assert "proposals whose cost is not known" in client.get("/usage/").text
    assert [row["cost"] for row in table(client) if row["kind"] == "other_words"] == [""]


def test_what_failed_after_it_was_sent_may_have_been_charged(
    client: Client, mei: User, cat: Generation, wire: FakeEndpoint
) -> None:
    proposed(cat, wire, Scripted(drop=True))

    assert spending(client, mei).words.unknown == 1


def test_what_was_never_sent_is_not_in_it(
    client: Client, mei: User, cat: Generation, wire: FakeEndpoint, endpoint: Endpoint
) -> None:
    rewriting.ask(cat, by=cat.member, ring=lambda: None)
    assert spending(client, mei).words.calls == 0, "it waits"
    Endpoint.objects.update(is_active=False)
    rewriting.run_next()

    assert Rewrite.objects.get().status == "failed"
    assert spending(client, mei).words.calls == 0
    assert wire.asked == []


def test_dropping_it_leaves_what_it_cost(
    client: Client, mei: User, cat: Generation, wire: FakeEndpoint
) -> None:
    rewrite = proposed(cat, wire, said("a calm cat"))
    rewriting.drop(str(rewrite.pk), generation=cat)

    assert spending(client, mei).words.cost == COST


def test_the_table_has_it_without_its_words(
    client: Client, mei: User, cat: Generation, wire: FakeEndpoint
) -> None:
    rewrite = proposed(cat, wire, said("a calm cat"))
    client.force_login(mei)

    image, words = table(client)

    assert (image["kind"], words["kind"]) == ("images", "other_words")
    assert (words["member"], words["model"], words["status"]) == (mei.email, CHAT_MODEL, "ready")
    assert (words["tokens_in"], words["tokens_out"], Decimal(words["cost"])) == ("31", "7", COST)
    assert (words["call"], words["generation"]) == (str(rewrite.pk), str(cat.pk))
    assert "calm" not in str(words)


def test_it_counts_in_the_month_in_which_it_was_asked_for(
    client: Client, mei: User, cat: Generation, wire: FakeEndpoint
) -> None:
    proposed(cat, wire, said("a calm cat"))
    last = timezone.now().replace(day=1) - timedelta(days=2)
    Rewrite.objects.update(asked_at=last)

    assert spending(client, mei).words.calls == 0
    assert spending(client, mei, month=f"{last:%Y-%m}").words.cost == COST
