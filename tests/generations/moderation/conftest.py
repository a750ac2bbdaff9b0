"""The list of words as a new studio has it: what tests of another kind leave is an empty table."""

from collections.abc import Callable
from typing import Any

import pytest

from generations.models import ListedWord
from generations.moderation import shipped

List = Callable[..., ListedWord]


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
