"""The chat route: the same prompt again in milder words, and everything that can go wrong with that."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.faults import CHAT_FAULTS
from simulator.mild_words import said_mildly
from simulator.safety import look_at
from tests.simulator.conftest import Simulator

README = Path(__file__).parents[2] / "simulator" / "README.md"


def chat(simulator: Simulator, prompt: str, *, call_id: str = "", **fields: Any) -> httpx.Response:
    messages = [
        {"role": "system", "content": "Say it mildly."},
        {"role": "user", "content": json.dumps({"prompt": prompt})},
    ]
    body = {"model": "gpt-4o-mini", "messages": messages, **fields}
    return simulator.send("chat/completions", json=body, call_id=call_id, key="sk-good")


def content(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("prompt", "mild"),
    [
        ("A nude by Hayao Miyazaki, oil", "A draped in linen by bright modern animation, oil"),
        ("宫崎骏的猫，血腥", "明快的现代动画的猫，紧张的寂静"),
        ("a teapot [[block:sexual]] [[chat:list]] [[seed:7]]", "a teapot [[seed:7]]"),
        ("a quiet valley", "a quiet valley"),
    ],
)
def test_a_prompt_comes_back_without_what_is_refused(prompt: str, mild: str) -> None:
    assert said_mildly(prompt) == mild
    assert look_at(said_mildly(prompt), is_lenient=False) is None


def test_an_answer_looks_like_the_vendors_and_is_the_same_every_time(endpoint: Simulator) -> None:
    first, again = (chat(endpoint, "a naked man", call_id="chat").json() for _ in range(2))

    choice = first["choices"][0]
    assert (first["object"], choice["finish_reason"]) == ("chat.completion", "stop")
    assert choice["message"] == {"role": "assistant", "content": "a draped in linen man", "refusal": None}
    assert first["usage"]["total_tokens"] == sum(
        first["usage"][name] for name in ("prompt_tokens", "completion_tokens")
    )
    assert first["choices"] == again["choices"]


def test_what_was_asked_is_in_the_ledger(endpoint: Simulator) -> None:
    chat(endpoint, "a naked man", call_id="chat-ledger")
    row = endpoint.row("chat-ledger", until="delivered_at")

    assert (row["operation"], row["prompt"], row["status"]) == ("chat", "a naked man", 200)
    assert row["executed_at"] is not None


def test_a_plain_message_is_a_prompt_too(endpoint: Simulator) -> None:
    parts = [{"type": "text", "text": "a naked man"}]
    for given in ("a naked man", parts):
        answer = chat(endpoint, "", messages=[{"role": "user", "content": given}])
        assert content(answer) == "a draped in linen man"


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"model": None}, 400, "model"),
        ({"model": "gpt-image-1"}, 404, "model"),
        ({"model": "omni-moderation-latest"}, 404, "model"),
        ({"messages": None}, 400, "messages"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "user"}]}, 400, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "messages"),
        ({"messages": ["x"]}, 400, "messages"),
        ({"stream": True}, 400, "stream"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    endpoint: Simulator, fields: dict[str, Any], status: int, param: str
) -> None:
    answer = chat(endpoint, "x", **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_a_chat_needs_a_key(gateway: Simulator) -> None:
    assert gateway.send("chat/completions", json={}, key="wrong").status_code == 401


@pytest.mark.parametrize(
    ("fault", "status"),
    [("status:429", 429), ("status:500", 500), ("quota", 429), ("html:502", 502), ("html:404", 404)],
)
def test_an_error_that_is_ordered_comes(endpoint: Simulator, fault: str, status: int) -> None:
    assert chat(endpoint, f"x [[chat:{fault}]]").status_code == status


def test_a_refused_question_costs_nothing(endpoint: Simulator) -> None:
    chat(endpoint, "x [[chat:status:429]] [[chat:retry-after:2]]", call_id="chat-busy")
    row = endpoint.row("chat-busy")
    assert (row["executed_at"], row["fault"]) == (None, "status:429 retry-after:2")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("empty", ""),
        ("null", None),
        ("list", [{"type": "text", "text": "x"}]),
        ("fence", "Here is the prompt:\n\n```text\nx\n```"),
        ("quotes", "“x”"),
        ("excuse", "I'm sorry, but I can't help with that."),
        ("filter", None),
        ("refusal", None),
        ("same", "x [[chat:same]]"),
    ],
)
def test_an_answer_can_take_any_shape(endpoint: Simulator, fault: str, expected: Any) -> None:
    assert content(chat(endpoint, f"x [[chat:{fault}]]")) == expected


def test_what_ends_an_answer_early_says_so(endpoint: Simulator) -> None:
    def choice(fault: str) -> dict[str, Any]:
        found: dict[str, Any] = chat(endpoint, f"x [[chat:{fault}]]").json()["choices"][0]
        return found

    assert choice("filter")["finish_reason"] == "content_filter"
    assert choice("null")["finish_reason"] == "length"
    assert choice("refusal")["message"]["refusal"]
    assert choice("reasoning")["message"]["reasoning_content"]
    assert chat(endpoint, "x [[chat:no-choices]]").json()["choices"] == []
    assert "usage" not in chat(endpoint, "x [[chat:no-usage]]").json()
    assert len(content(chat(endpoint, "x [[chat:long]]"))) > 33_000


def test_what_is_sexual_about_children_is_refused(endpoint: Simulator) -> None:
    assert chat(endpoint, "a naked child").json()["choices"][0]["message"]["refusal"]


@pytest.mark.parametrize("fault", ["drop", "drop-body"])
def test_a_line_that_is_cut_was_executed(endpoint: Simulator, fault: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        chat(endpoint, f"x [[chat:{fault}]]", call_id=f"chat-{fault}")
    row = endpoint.row(f"chat-{fault}")
    assert (row["executed_at"] is not None, row["delivered_at"]) == (True, None)


def test_garbage_is_no_json(endpoint: Simulator) -> None:
    with pytest.raises(ValueError, match=r"."):
        chat(endpoint, "x [[chat:truncate]]").json()


def test_images_do_not_hear_what_is_ordered_of_the_chat(endpoint: Simulator) -> None:
    assert endpoint.ask("Hills [[plain]] [[chat:status:500]]").status_code == 200


@pytest.mark.parametrize("word", ["chat:sing", "chat:status", "chat:status:200", "chat:list:2", "chat"])
def test_a_mistyped_word_is_refused_everywhere(endpoint: Simulator, word: str) -> None:
    for answer in (endpoint.ask(f"x [[{word}]]"), chat(endpoint, f"x [[{word}]]")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "simulator_unknown_fault")


def test_the_readme_lists_exactly_the_faults_of_the_chat() -> None:
    listed = re.findall(r"^\| `chat:(.+?)` \| (.+) \|$", README.read_text(), re.MULTILINE)
    assert listed == list(CHAT_FAULTS.items())
