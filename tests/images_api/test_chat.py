"""What a chat model answers, in all the forms that gateways give it, and what is taken from that."""

import json
from typing import Any

import pytest

from generations.images_api import (
    Busy,
    Connection,
    ImagesError,
    NotSent,
    Reason,
    Refused,
    Rejected,
    Unanswered,
    Unreadable,
)
from generations.images_api.chat import Counted, propose
from tests.images_api.conftest import KEY
from tests.images_api.servers import Script, Server, http, say, serve

MESSAGES = [{"role": "system", "content": "规则"}, {"role": "user", "content": "a cat"}]


def completion(message: object, *, finish: str = "stop", **more: Any) -> Script:
    body = {"choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}
    return http(200, json.dumps(body).encode(), "Content-Type: application/json")


def words(content: object, **more: Any) -> Script:
    return completion({"role": "assistant", "content": content, **more})


def ask(
    server: Server, *, deadline: float = 5.0, key: str = KEY, counted: list[Counted] | None = None
) -> str:
    told = [] if counted is None else counted
    connection = Connection(server.base_url, key)
    return propose(connection, "chatty-1", MESSAGES, on_counted=told.append, deadline=deadline)


def text(script: Script) -> str:
    with serve(script) as server:
        return ask(server)


def failure(script: Script, **how: Any) -> ImagesError:
    with serve(script) as server, pytest.raises(ImagesError) as caught:
        ask(server, **how)
    return caught.value


def test_it_is_asked_once_with_the_messages_and_nothing_that_a_model_could_refuse() -> None:
    usage = {"prompt_tokens": 31, "completion_tokens": 7, "total_tokens": 38}
    counted: list[Counted] = []
    with serve(completion({"content": "a dog"}, usage=usage)) as server:
        proposed = ask(server, counted=counted)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert (proposed, counted) == ("a dog", [Counted(31, 7)])
    assert head.startswith(b"POST /v1/chat/completions ")
    assert json.loads(body) == {"model": "chatty-1", "messages": MESSAGES}
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("  a dog \n", "a dog"),
        ('"a dog"', "a dog"),
        ("“一只狗”", "一只狗"),
        ("「一只狗」", "一只狗"),
        ('"a dog" beside "a cat"', '"a dog" beside "a cat"'),
        ('a sign that says "dog"', 'a sign that says "dog"'),
        ("```\na dog\n```", "a dog"),
        ("Here is the prompt:\n\n```text\na dog,\nsleeping\n```\nEnjoy!", "a dog,\nsleeping"),
        ('```json\n{"prompt": "a dog"}\n```', "a dog"),
        ('{"prompt": "a dog"}', "a dog"),
        ("{a dog}", "{a dog}"),
        ("<think>They want a dog.</think>\n\na dog", "a dog"),
        ([{"type": "text", "text": "a "}, {"type": "text", "text": "dog"}], "a dog"),
        ([{"type": "reasoning", "text": "Hm."}, {"type": "text", "text": "a dog"}], "a dog"),
        (["a dog"], "a dog"),
        ("a dog,\nsleeping", "a dog,\nsleeping"),
        ("a\x1b[31m d\x00og\u202e", "a d og"),
        ("<b>a dog</b>", "<b>a dog</b>"),
        (f"a dog {KEY}", "a dog [hidden]"),
    ],
)
def test_nothing_but_the_prompt_is_taken(content: object, expected: str) -> None:
    assert text(words(content, reasoning_content="I think of a cat.")) == expected


def test_an_excuse_is_no_prompt_and_a_long_prompt_is_no_excuse() -> None:
    for excuse in ("I'm sorry, but I can’t help with that.", "I cannot do this.", "很抱歉，我无法帮助。"):
        error = failure(words(excuse))
        assert isinstance(error, Refused)
        assert error.endpoint is not None and error.endpoint.message == excuse
    banner = "I can't stop dancing, says a banner over the square. " + "Lanterns, rain, a crowd. " * 20
    assert text(words(banner)) == banner.strip()


@pytest.mark.parametrize(
    "script",
    [
        completion({"content": None, "refusal": "No."}),
        completion({"content": [{"type": "refusal", "refusal": "No."}]}),
        completion({"content": None}, finish="content_filter"),
        completion({"content": "a half"}, finish="content_filter"),
        http(400, b'{"error": {"code": "content_filter", "message": "filtered"}}'),
    ],
    ids=["in its field", "in a part", "filtered", "filtered half way", "by status"],
)
def test_a_refusal_is_told_as_one_wherever_it_stands(script: Script) -> None:
    error = failure(script)
    assert isinstance(error, Refused)
    assert error.reason is Reason.CONTENT_POLICY


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (words(""), Reason.EMPTY_ANSWER),
        (words(None), Reason.EMPTY_ANSWER),
        (words("<think>I never came to an end"), Reason.EMPTY_ANSWER),
        (words("``` \n```"), Reason.EMPTY_ANSWER),
        (words([]), Reason.EMPTY_ANSWER),
        (completion({"content": "a half"}, finish="length"), Reason.TRUNCATED_ANSWER),
        (completion("a dog"), Reason.UNREADABLE_ANSWER),
        (http(200, b'{"choices": []}'), Reason.UNREADABLE_ANSWER),
        (http(200, b'{"choices": {"0": 1}}'), Reason.UNREADABLE_ANSWER),
        (http(200, b'{"data": []}'), Reason.UNREADABLE_ANSWER),
        (http(200, b"a dog"), Reason.NOT_JSON),
        (http(200, b"<html>sign in</html>"), Reason.WEB_PAGE),
        (words("x" * 1_000_001), Reason.ANSWER_TOO_LARGE),
    ],
    ids=[
        "empty",
        "null",
        "thoughts only",
        "an empty fence",
        "no parts",
        "cut off",
        "no message",
        "no choice",
        "no list of choices",
        "another answer",
        "no JSON",
        "a page",
        "too large",
    ],
)
def test_what_cannot_be_used_says_why(script: Script, reason: Reason) -> None:
    error = failure(script)
    assert isinstance(error, Unreadable)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (http(429, b'{"error": {"message": "slow down"}}'), Busy),
        (http(500, b'{"error": {"message": "oops"}}'), Rejected),
        (http(404, b'{"error": {"message": "no such model"}}'), Rejected),
        (say(b""), Unanswered),
    ],
    ids=["busy", "failed", "not found", "cut off"],
)
def test_what_is_no_answer_keeps_its_kind(script: Script, kind: type[ImagesError]) -> None:
    assert type(failure(script)) is kind


def test_without_a_key_nothing_is_sent() -> None:
    with serve(words("a dog")) as server, pytest.raises(NotSent):
        ask(server, key="")
    assert server.connections == 0


@pytest.mark.parametrize(
    "usage", [None, [], {"prompt_tokens": -1}, {"prompt_tokens": True}, {"prompt_tokens": 2**40}]
)
def test_a_count_that_is_none_is_not_known(usage: object) -> None:
    counted: list[Counted] = []
    with serve(completion({"content": "a dog"}, usage=usage)) as server:
        assert ask(server, counted=counted) == "a dog"
    assert counted == [Counted()]


def test_what_was_counted_is_told_also_where_no_proposal_came() -> None:
    counted: list[Counted] = []
    usage = {"prompt_tokens": 31, "completion_tokens": 7}
    with serve(completion({"content": ""}, usage=usage)) as server, pytest.raises(Unreadable):
        ask(server, counted=counted)

    assert counted == [Counted(31, 7)]
