"""The list of words as a new studio has it, and a check before sending where a test wants one."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from generations.models import Endpoint, ListedWord, ModerationPolicy
from generations.moderation import shipped
from tests.fake_endpoint import FakeEndpoint, Scripted, fake_endpoint
from tests.services.simulator import Simulator

List = Callable[..., ListedWord]
SetPolicy = Callable[..., ModerationPolicy]
AWAY = "http://127.0.0.1:9/v1"  # where nobody answers


@pytest.fixture
def shipped_words(db: None) -> None:
    shipped.add_to(ListedWord)


@pytest.fixture
def listed(db: None) -> List:
    """A list with nothing else on it than what the test puts there."""
    ListedWord.objects.all().delete()

    def add(spellings: str, **fields: Any) -> ListedWord:
        return ListedWord.objects.create(spellings=spellings, **fields)

    return add


@pytest.fixture
def policy(simulator: Simulator, db: None) -> SetPolicy:
    """Set the team's policy: the simulator checks, unless another address is told."""

    def set_policy(*, base_url: str = "", **fields: Any) -> ModerationPolicy:
        at = Endpoint.objects.create(
            name="Checker", base_url=base_url or simulator.base_url, is_simulator=True, is_active=True
        )
        row, _is_new = ModerationPolicy.objects.update_or_create(
            pk=1, defaults={"check_endpoint": at, **fields}
        )
        return row

    return set_policy


@pytest.fixture
def checker() -> Iterator[FakeEndpoint]:
    """An endpoint of its own for the check, which counts what it is asked."""
    with fake_endpoint() as running:
        running.answers = [said()]
        yield running


def said(flagged: bool = False, *, scores: Mapping[str, float] | None = None) -> Scripted:
    """What the check answers about one text or picture."""
    scores = scores or {"sexual": 0.001}
    result = {
        "flagged": flagged,
        "categories": dict.fromkeys(scores, flagged),
        "category_scores": dict(scores),
    }
    return Scripted(body=json.dumps({"results": [result]}).encode())
