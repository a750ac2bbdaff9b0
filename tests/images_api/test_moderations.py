"""What the check of words and pictures is asked, and what is made of its answers."""

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generations.images_api import (
    Busy,
    Connection,
    ImagesError,
    Judgement,
    NotSent,
    PictureFile,
    Reason,
    Rejected,
    Unanswered,
    Unreadable,
    judge,
    post_json,
)
from tests.fake_endpoint import FakeEndpoint, Scripted, error, fake_endpoint, picture
from tests.images_api.conftest import KEY
from tests.images_api.servers import Script, http, say, serve

OMNI = "omni-moderation-latest"
CLEAN = {"flagged": False, "categories": {"sexual": False}, "category_scores": {"sexual": 0.01}}
FLAGGED = {
    "flagged": True,
    "categories": {"sexual": True, "violence": False, "illicit": None},
    "category_scores": {"sexual": 0.9, "violence": 0.2, "illicit": None},
}


def answer(*results: Any, **more: Any) -> Scripted:
    return Scripted(body=json.dumps({"id": "modr-1", "model": OMNI, "results": results, **more}).encode())


def judged(*answers: Scripted, texts: tuple[str, ...] = (), **how: Any) -> tuple[Judgement, ...]:
    with fake_endpoint() as wire:
        wire.answers = list(answers)
        return judge(Connection(wire.base_url, KEY), OMNI, texts, deadline=5, **how)


@pytest.fixture
def wire_that_hangs() -> Iterator[FakeEndpoint]:
    forever = threading.Event()
    with fake_endpoint() as wire:
        wire.answers = [Scripted(hold=forever, drop=True)]
        yield wire
        forever.set()


@pytest.fixture
def pictures(tmp_path: Path) -> list[PictureFile]:
    made = []
    for number, kind in enumerate(("PNG", "JPEG"), 1):
        path = tmp_path / f"reference-{number}.{kind.lower()}"
        path.write_bytes(picture(kind=kind))
        made.append(PictureFile(path, f"image/{kind.lower()}", path.stat().st_size, path.name))
    return made


def test_all_texts_go_in_one_request_with_the_key_and_come_back_in_order() -> None:
    with fake_endpoint() as wire:
        wire.answers = [answer(FLAGGED, CLEAN)]
        first, second = judge(Connection(wire.base_url, KEY), OMNI, ["a nude", "a cat"])

    assert wire.asked == [{"input": ["a nude", "a cat"], "model": OMNI}]
    assert wire.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert first == Judgement(True, {"sexual": 0.9, "violence": 0.2}, ("sexual",))
    assert second == Judgement(False, {"sexual": 0.01}, ())


def test_a_model_that_is_not_named_is_left_to_the_endpoint() -> None:
    with fake_endpoint() as wire:
        wire.answers = [answer(CLEAN)]
        judge(Connection(wire.base_url, KEY), "", ["a cat"])

    assert wire.asked == [{"input": ["a cat"]}]


def test_every_picture_goes_in_a_request_of_its_own(pictures: list[PictureFile]) -> None:
    with fake_endpoint() as wire:
        wire.answers = [answer(CLEAN), answer(FLAGGED)]
        said = judge(Connection(wire.base_url, KEY), OMNI, ["a cat"], pictures)

    parts = [asked["input"] for asked in wire.asked[1:]]
    links = {part[0]["image_url"]["url"] for part in parts}
    assert [one.flagged for one in said] == [False, True, True]
    assert all(len(part) == 1 and part[0]["type"] == "image_url" for part in parts)
    assert links == {
        f"data:{one.media_type};base64,{base64.b64encode(one.path.read_bytes()).decode()}" for one in pictures
    }


def test_pictures_alone_can_be_asked_about(pictures: list[PictureFile]) -> None:
    assert judged(answer(CLEAN), pictures=pictures[:1]) == (Judgement(False, {"sexual": 0.01}, ()),)


def test_a_model_for_words_only_is_not_asked_about_pictures(pictures: list[PictureFile]) -> None:
    with fake_endpoint() as wire:
        wire.answers = [answer(CLEAN)]
        said = judge(Connection(wire.base_url, KEY), "text-moderation-latest", ["a cat"], pictures)

    assert (len(said), len(wire.asked)) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        "The model 'text-moderation-latest' takes no images.",
        "This model does not support image inputs",
        "Image input is not supported by this model",
        "json: cannot unmarshal array into Go struct field .input of type string",
        "该模型不支持图片输入",
    ],
)
def test_a_model_that_says_that_it_sees_no_pictures_judges_the_words(
    pictures: list[PictureFile], words: str
) -> None:
    no = error(400, message=words, type="invalid_request_error")

    assert len(judged(answer(CLEAN), no, texts=("a cat",), pictures=pictures)) == 1


def test_a_picture_that_cannot_be_read_there_is_no_reason_to_do_without(pictures: list[PictureFile]) -> None:
    with pytest.raises(Rejected):
        judged(error(400, message="The image could not be decoded."), pictures=pictures)


def test_a_model_that_flags_and_names_nothing_means_its_highest_score() -> None:
    silent = {"flagged": True, "categories": {}, "category_scores": {"hate": 0.1, "violence": 0.7}}
    mute = {"flagged": True, "categories": {}, "category_scores": {}}

    assert [one.flagged_categories for one in judged(answer(silent, mute), texts=("a", "b"))] == [
        ("violence",),
        ("flagged",),
    ]


ODD = {
    "no results": {},
    "no list": {"results": CLEAN},
    "fewer than asked": {"results": []},
    "more than asked": {"results": [CLEAN, CLEAN]},
    "no object": {"results": ["no"]},
    "not said whether": {"results": [{**CLEAN, "flagged": None}]},
    "flagged in words": {"results": [{**CLEAN, "flagged": "false"}]},
    "no scores": {"results": [{"flagged": False, "categories": {}}]},
    "scores in a list": {"results": [{**CLEAN, "category_scores": [0.1]}]},
    "a score in words": {"results": [{**CLEAN, "category_scores": {"sexual": "0.1"}}]},
    "a score that is a yes": {"results": [{**CLEAN, "category_scores": {"sexual": True}}]},
    "a score that is no number": {"results": [{**CLEAN, "category_scores": {"sexual": float("nan")}}]},
    "a score without end": {"results": [{**CLEAN, "category_scores": {"sexual": float("inf")}}]},
    "a huge score": {"results": [{**CLEAN, "category_scores": {"sexual": 10**400}}]},
    "a score below": {"results": [{**CLEAN, "category_scores": {"sexual": -0.1}}]},
    "a category in words": {"results": [{**CLEAN, "categories": {"sexual": "yes"}}]},
    "a name with a line break": {"results": [{**CLEAN, "category_scores": {"sex\nual": 0.1}}]},
    "a name that is a key": {"results": [{**CLEAN, "category_scores": {KEY: 0.1}}]},
    "names without end": {"results": [{**CLEAN, "category_scores": {str(n): 0.1 for n in range(999)}}]},
}


@pytest.mark.parametrize("what", ODD)
def test_a_malformed_answer_is_unreadable(what: str) -> None:
    with pytest.raises(Unreadable) as caught:
        judged(Scripted(body=json.dumps(ODD[what]).encode()), texts=("a cat",))

    assert caught.value.reason is Reason.NOT_JSON


def _failure(script: Script, **how: Any) -> ImagesError:
    with serve(script) as server, pytest.raises(ImagesError) as caught:
        post_json(
            Connection(server.base_url, KEY), "moderations", {"input": "a cat"}, **{"deadline": 5, **how}
        )
    return caught.value


NO_ANSWERS = {
    "words": (http(200, b"hello"), Unreadable, Reason.NOT_JSON),
    "a list": (http(200, b"[]"), Unreadable, Reason.NOT_JSON),
    "a page": (http(200, b"<html>"), Unreadable, Reason.WEB_PAGE),
    "a no under success": (http(200, b'{"error":{"message":"no"}}'), Rejected, Reason.UNCLASSIFIED),
    "another address": (http(302), Rejected, Reason.REDIRECTED),
    "another key": (http(401, b'{"error":{"message":"no"}}'), Rejected, Reason.BAD_KEY),
    "no such place": (http(404, b"{}"), Rejected, Reason.NOT_FOUND),
    "too often": (http(429, b"{}"), Busy, Reason.RATE_LIMITED),
    "a failure": (http(500, b"{}"), Rejected, Reason.SERVER_ERROR),
    "nothing": (say(b""), Unanswered, Reason.CONNECTION_LOST),
}


@pytest.mark.parametrize("what", NO_ANSWERS)
def test_what_is_no_answer_is_named(what: str) -> None:
    script, kind, reason = NO_ANSWERS[what]
    failed = _failure(script)

    assert (type(failed), failed.reason) == (kind, reason)


def test_the_key_is_in_nothing_that_a_failure_says() -> None:
    body = json.dumps({"error": {"message": f"bad {KEY}", "code": KEY, "param": KEY}}).encode()
    failed = _failure(http(400, body))

    assert KEY not in repr(failed) + str(failed) + repr(failed.endpoint)
    assert failed.endpoint is not None and failed.endpoint.message == "bad [hidden]"


def test_more_than_was_agreed_is_not_read() -> None:
    assert _failure(http(200, b" " * 2000), largest=1000).reason is Reason.ANSWER_TOO_LARGE


def test_nothing_is_asked_when_the_time_is_over(pictures: list[PictureFile]) -> None:
    with fake_endpoint() as wire, pytest.raises(NotSent):
        judge(Connection(wire.base_url, KEY), OMNI, ["a cat"], deadline=0)

    assert wire.asked == []


def test_a_check_that_hangs_is_given_up_at_the_deadline(wire_that_hangs: FakeEndpoint) -> None:
    with pytest.raises(Unanswered) as caught:
        judge(Connection(wire_that_hangs.base_url, KEY), OMNI, ["a cat"], deadline=0.5)

    assert caught.value.reason is Reason.TIMEOUT
