"""Answers that no rule was written for: never taken for images, and rather not understood than wrongly."""

import pytest

from generations.images_api import Connection, ImagesError, ImagesRequest, Reason, Refused, read_answer
from tests.images_api.conftest import KEY, Deliver
from tests.images_api.strangers import STRANGERS, Stranger

# What a person has to look at: nothing is repeated, nothing is blamed on the prompt.
_LEFT_OPEN = frozenset(
    {
        Reason.UNCLASSIFIED,
        Reason.UNREADABLE_ANSWER,
        Reason.EMPTY_ANSWER,
        Reason.ACCESS_DENIED,
        Reason.ASYNC_TASK,
        Reason.GATEWAY_TIMEOUT,
    }
)


def reading_of(stranger: Stranger, deliver: Deliver) -> ImagesError:
    with pytest.raises(ImagesError) as told:
        read_answer(
            deliver(stranger.body, stranger.status),
            asked=ImagesRequest(model="gpt-image-1", prompt="a teapot"),
            connection=Connection(base_url="https://images.example.com", api_key=KEY),
        )
    return told.value


@pytest.mark.parametrize("stranger", [pytest.param(one, id=one.name) for one in STRANGERS])
def test_an_answer_that_no_rule_was_written_for_is_never_taken_for_images(
    stranger: Stranger, deliver: Deliver
) -> None:
    assert reading_of(stranger, deliver).reason in Reason


@pytest.mark.parametrize("stranger", [pytest.param(one, id=one.name) for one in STRANGERS if one.is_refusal])
def test_a_strangers_refusal_is_a_refusal_or_is_left_open(stranger: Stranger, deliver: Deliver) -> None:
    found = reading_of(stranger, deliver)
    assert isinstance(found, Refused) or found.reason in _LEFT_OPEN


@pytest.mark.parametrize(
    "stranger", [pytest.param(one, id=one.name) for one in STRANGERS if not one.is_refusal]
)
def test_what_refuses_nothing_is_blamed_on_no_prompt(stranger: Stranger, deliver: Deliver) -> None:
    assert not isinstance(reading_of(stranger, deliver), Refused)
