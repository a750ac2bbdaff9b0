"""Who presses Check asks the team's check before sending, too; who only types never does."""

import html
import re

import pytest
from django.test import Client

from generations.models import Call, Case, Endpoint, PreCheck
from team.models import User
from tests.fake_endpoint import FakeEndpoint, Scripted
from tests.generations.moderation.conftest import AWAY, List, SetPolicy, said

pytestmark = pytest.mark.django_db

NUDE = "A lighthouse. A nude <b>woman</b>. Oil on canvas."


@pytest.fixture
def writer(client: Client, mei: User, endpoint: Endpoint, listed: List) -> Client:
    client.force_login(mei)
    return client


def text(writer: Client, prompt: str, **more: str) -> str:
    answer = writer.post("/moderation/check/", {"prompt": prompt, "model": "", **more})
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_typing_asks_nobody(writer: Client, policy: SetPolicy, checker: FakeEndpoint) -> None:
    policy(base_url=checker.base_url)

    assert text(writer, "a cat").strip() == ""
    assert checker.asked == []


def test_what_would_be_stopped_is_said_with_category_score_and_sentence(
    writer: Client, policy: SetPolicy
) -> None:
    policy(thresholds={"sexual": 0.5})

    found = text(writer, NUDE, check="1")

    assert "would not be sent" in found
    assert "Sexual content" in found
    assert re.search(r"(likely|almost certainly) \(\d\d%\)", found)
    assert "A nude <b>woman</b>." in found
    assert "&lt;b&gt;" in writer.post("/moderation/check/", {"prompt": NUDE, "check": "1"}).content.decode()
    assert "Nothing stands against it" not in found
    assert not PreCheck.objects.exists() and not Case.objects.exists()


def test_what_is_only_flagged_is_a_hint(writer: Client, policy: SetPolicy) -> None:
    policy(thresholds={"sexual": 1.0})

    found = text(writer, NUDE, check="1")

    assert "It is sent all the same" in found
    assert "would not be sent" not in found


def test_what_passes_is_said_to_pass(writer: Client, policy: SetPolicy) -> None:
    policy(thresholds={"*": 0.9})

    found = text(writer, "a cat", check="1")

    assert "Nothing stands against it. The check before sending lets it pass, too." in found


def test_what_the_list_names_is_said_beside_it(writer: Client, policy: SetPolicy, listed: List) -> None:
    listed("lighthouse")
    policy(thresholds={"sexual": 0.5})

    found = text(writer, NUDE, check="1")

    assert "You can send it all the same" in found
    assert "check before sending stops it" in found


@pytest.mark.parametrize(
    ("fails_open", "says"),
    [(True, "this is sent without it"), (False, "This is sent once it answers")],
    ids=["open", "closed"],
)
def test_a_check_that_does_not_answer_is_named(
    writer: Client, policy: SetPolicy, fails_open: bool, says: str
) -> None:
    policy(base_url=AWAY, fails_open=fails_open)

    found = text(writer, "a cat", check="1")

    assert "did not answer" in found
    assert says in found
    assert "Nothing stands against it" not in found


def test_a_malformed_answer_is_none(writer: Client, policy: SetPolicy, checker: FakeEndpoint) -> None:
    checker.answers = [Scripted(body=b'{"results": [{}]}')]
    policy(base_url=checker.base_url)

    assert "did not answer" in text(writer, "a cat", check="1")


def test_nothing_is_asked_without_words(writer: Client, policy: SetPolicy, checker: FakeEndpoint) -> None:
    policy(base_url=checker.base_url)

    text(writer, "  ", check="1")

    assert checker.asked == []


def test_a_category_that_nobody_knows_is_named_as_the_endpoint_does(
    writer: Client, policy: SetPolicy, checker: FakeEndpoint
) -> None:
    checker.answers = [said(True, scores={"<i>spam": 0.31})]
    policy(base_url=checker.base_url)

    assert "<i>spam" in text(writer, "a cat", check="1")


def test_without_scripts_the_page_says_the_same_and_makes_nothing(writer: Client, policy: SetPolicy) -> None:
    policy(thresholds={"sexual": 0.5})

    answer = writer.post("/", {"model": "gpt-image-2", "n": "1", "prompt": NUDE, "check": "1"})

    assert answer.status_code == 200
    assert "check before sending stops it" in html.unescape(answer.content.decode())
    assert not Call.objects.exists()
