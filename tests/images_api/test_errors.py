import copy
import pickle

import pytest

from generations.images_api import (
    Busy,
    EndpointError,
    ImagesError,
    NotRetrievable,
    NotSent,
    Reason,
    Refused,
    Rejected,
    SpoolFull,
    Unanswered,
    Unreadable,
)
from generations.images_api.cleaning import clean
from generations.images_api.reasons import SENTENCES

KINDS = [NotSent, SpoolFull, Unanswered, Rejected, Busy, Refused, Unreadable, NotRetrievable]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling(kind: type[ImagesError]) -> None:
    error = kind.because(Reason.TIMEOUT, EndpointError(status=500, message="down", request_id="r1"))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, made one line above
    assert type(again) is kind
    assert (str(again), again.reason, again.endpoint) == (str(error), error.reason, error.endpoint)


def test_what_is_particular_to_an_error_survives_pickling_too() -> None:
    refused, busy = Refused.because(Reason.MODERATION_BLOCKED), Busy.because(Reason.RATE_LIMITED)
    refused.stage, refused.categories, busy.retry_after = "output", ("sexual",), 3.0
    refused, busy = copy.deepcopy(refused), copy.deepcopy(busy)
    assert (refused.stage, refused.categories, busy.retry_after) == ("output", ("sexual",), 3.0)


def test_every_reason_has_a_sentence_and_fits_its_column() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(len(reason) <= 40 for reason in Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


def test_only_what_a_human_must_mend_is_not_repeated_when_nothing_was_sent() -> None:
    stuck = {reason for reason in Reason if not NotSent.because(reason).repeatable}
    assert stuck == {Reason.CERTIFICATE, Reason.KEY_UNUSABLE, Reason.REFERENCE_GONE, Reason.BAD_PARAMETER}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("key sk-secret0123 is wrong", "key [hidden] is wrong"),
        ("token[sk-abc***xyz]", "token[[hidden]]"),
        ("Bearer abcdef123456", "Bearer [hidden]"),
        ("my own-odd-key here", "my [hidden] here"),
        ("own-\x1b[0modd-key", "[hidden]"),
        ("red \x1b[31malert\x1b[0m", "red alert"),
        ("title \x1b]0;x\x07set", "title set"),
        ("a\r\nSet-Cookie: b\x00\x85\u2028c", "a Set-Cookie: b c"),
        ("half \ud800 pair", "half   pair"),
        ("abc\u202egnp.exe", "abc gnp.exe"),
        ("用户额度不足", "用户额度不足"),
        ("x" * 60, "x" * 49 + "…"),
        ("x" * 45 + " own-odd-key", "x" * 45 + " [hi…"),
    ],
)
def test_text_from_outside_is_made_safe(text: str, cleaned: str) -> None:
    assert clean(text, secret="own-odd-key", limit=50) == cleaned
