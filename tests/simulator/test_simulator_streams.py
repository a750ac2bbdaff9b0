"""Answers as event streams, and everything that can be wrong with one."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from PIL import UnidentifiedImageError

from tests.simulator.conftest import Simulator
from tests.simulator.pictures import opened, picture

PLAIN = "Hills [[plain]] "


def frames(answer: httpx.Response) -> list[tuple[str, Any]]:
    """Name and content of each frame; comments are left out, and the last word is ("", None)."""
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
        if "data" in lines:
            said = lines["data"]
            found.append((lines.get("event", ""), None if said == "[DONE]" else json.loads(said)))
    return found


def ask(endpoint: Simulator, words: str = "", *, partial_images: int = 0, **fields: Any) -> httpx.Response:
    return endpoint.ask(PLAIN + words, stream=True, partial_images=partial_images, **fields)


def names(answer: httpx.Response) -> list[str]:
    return [name.partition(".")[2] or name for name, _ in frames(answer)]


def test_a_stream_has_its_partial_images_and_one_completed_event(endpoint: Simulator) -> None:
    found = frames(ask(endpoint, partial_images=2, call_id="streamed"))
    assert [name for name, _ in found] == ["image_generation.partial_image"] * 2 + [
        "image_generation.completed"
    ]
    assert all(body["type"] == name for name, body in found)
    assert [body["partial_image_index"] for _, body in found[:2]] == [0, 1]
    assert {opened(body["b64_json"]).size for _, body in found} == {(1024, 1024)}
    completed = found[2][1]
    assert (completed["size"], completed["output_format"]) == ("1024x1024", "png")
    assert completed["usage"]["output_tokens"] == 1056 + 200
    row = endpoint.row("streamed", until="delivered_at")
    assert (row["partial_images"], row["images"], row["status"]) == (2, 1, 200)


def test_partial_images_are_coarser_than_what_they_become(endpoint: Simulator) -> None:
    body = {"model": "gpt-image-1", "prompt": "A forest", "stream": True, "partial_images": 3}
    weights = [len(frame["b64_json"]) for _, frame in frames(endpoint.post(body))]
    assert weights == sorted(weights)


def test_without_partial_images_there_is_one_event(endpoint: Simulator) -> None:
    assert names(ask(endpoint)) == ["completed"]


def test_every_image_has_its_completed_event(endpoint: Simulator) -> None:
    assert names(ask(endpoint, n=2, partial_images=1)) == ["partial_image", "completed"] * 2


def test_an_edit_streams_events_of_its_own(endpoint: Simulator) -> None:
    data = {"model": "gpt-image-1", "prompt": PLAIN, "stream": "true", "partial_images": "1"}
    answer = endpoint.send("images/edits", data=data, files={"image": ("a.png", picture(), "image/png")})
    assert [name for name, _ in frames(answer)] == ["image_edit.partial_image", "image_edit.completed"]


def test_frames_come_while_the_work_goes_on(endpoint: Simulator) -> None:
    body = {"model": "gpt-image-1", "prompt": PLAIN + "[[slow:1]]", "stream": True, "partial_images": 1}
    headers = {"Authorization": "Bearer k"}
    url, begun, arrived = f"{endpoint.url}/v1/images/generations", time.monotonic(), []
    with endpoint.client.stream("POST", url, json=body, headers=headers) as answer:
        for line in answer.iter_lines():
            if line.startswith("event:"):
                arrived.append(time.monotonic() - begun)
    assert arrived[1] - arrived[0] > 0.3


def test_what_is_refused_before_the_work_is_no_stream(endpoint: Simulator) -> None:
    for words, status in (("[[status:429]]", 429), ("[[block:violence]]", 400), ("[[html:403]]", 403)):
        assert ask(endpoint, words).status_code == status
    assert ask(endpoint, "[[html:524]]").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("[[stream-error]]", "image_generation_failed"),
        ("[[block-output]]", "moderation_blocked"),
        ("[[status:500]] [[late]]", "server_error"),
    ],
)
def test_an_error_can_end_a_stream_that_began_well(endpoint: Simulator, words: str, code: str) -> None:
    found = frames(ask(endpoint, words, partial_images=1))
    assert [name for name, _ in found] == ["image_generation.partial_image", "error"]
    assert (found[1][1]["type"], found[1][1]["error"]["code"]) == ("error", code)


def test_an_error_can_come_without_the_name_of_an_event(endpoint: Simulator) -> None:
    [(name, body)] = frames(ask(endpoint, "[[error-200]]"))
    assert (name, list(body)) == ("", ["error"])


def test_a_stream_can_end_without_its_completed_event(endpoint: Simulator) -> None:
    answer = ask(endpoint, "[[no-completed]]", partial_images=1, call_id="short")
    assert names(answer) == ["partial_image"]
    assert endpoint.row("short", until="delivered_at")["images"] == 1
    assert names(ask(endpoint, "[[empty]]")) == []


def test_a_connection_can_be_cut_in_the_middle_of_a_frame(endpoint: Simulator) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask(endpoint, "[[drop-body]]", partial_images=1, call_id="cut")
    row = endpoint.row("cut")
    assert (row["images"], row["delivered_at"]) == (1, None)
    answer = ask(endpoint, "[[truncate]]")
    assert answer.text.startswith("event: image_generation.completed\ndata: {")
    assert not answer.text.endswith("\n")


def test_comments_come_while_nothing_is_ready(endpoint: Simulator) -> None:
    answer = ask(endpoint, "[[ping:0.1]] [[slow:0.5]]")
    assert answer.text.count(": PING\n\n") >= 2
    assert names(answer) == ["completed"]


def test_a_stream_may_have_a_last_word(endpoint: Simulator) -> None:
    assert frames(ask(endpoint, "[[done]]"))[-1] == ("", None)


def test_a_frame_can_carry_a_link(endpoint: Simulator) -> None:
    [(_, body)] = frames(ask(endpoint, "[[url]]"))
    assert endpoint.client.get(body["url"]).headers["content-type"] == "image/png"
    assert "b64_json" not in body


def test_partial_images_can_be_no_images_and_more_than_asked(endpoint: Simulator) -> None:
    found = frames(ask(endpoint, "[[bad-partials]] [[partials:5]]"))
    assert len(found) == 6
    with pytest.raises(UnidentifiedImageError):
        opened(found[0][1]["b64_json"])
    assert opened(found[5][1]["b64_json"]).format == "PNG"


def test_a_stream_can_come_without_being_asked_for_and_stay_away_when_it_was(endpoint: Simulator) -> None:
    assert names(endpoint.ask(PLAIN + "[[stream]]")) == ["completed"]
    assert ask(endpoint, "[[no-stream]]").json()["data"]


def test_a_stream_can_drip_and_be_compressed(endpoint: Simulator) -> None:
    answer = ask(endpoint, "[[drip:0.01]] [[gzip]]", partial_images=1)
    assert answer.headers["content-encoding"] == "gzip"
    assert names(answer) == ["partial_image", "completed"]


def test_a_stream_nobody_reads_to_its_end_is_worked_off(endpoint: Simulator) -> None:
    body = {"model": "gpt-image-1", "prompt": PLAIN + "[[slow:0.5]]", "stream": True, "partial_images": 1}
    headers = {"Authorization": "Bearer k", "X-Client-Request-Id": "left"}
    url = f"{endpoint.url}/v1/images/generations"
    with endpoint.client.stream("POST", url, json=body, headers=headers) as answer:
        assert answer.status_code == 200
    row = endpoint.row("left")
    assert (row["images"], row["delivered_at"]) == (1, None)


def test_the_gateway_makes_up_a_stream_of_a_plain_answer(gateway: Simulator) -> None:
    for fields in ({"model": "flux-kontext-pro"}, {"prompt": PLAIN + "[[no-stream]]"}):
        body = {"model": "gpt-image-1", "prompt": PLAIN, "stream": True, "partial_images": 2, **fields}
        (name, event), last = frames(gateway.post(body, key="sk-good"))
        assert (name, last) == ("image_generation.completed", ("", None))
        assert "size" not in event
        assert ("url" in event, "usage" in event) == ("model" in fields, "prompt" in fields)


def test_the_gateway_passes_real_frames_on_as_they_are(gateway: Simulator) -> None:
    found = frames(ask(gateway, "[[block-output]]", key="sk-good"))
    assert "help.openai.com" in found[0][1]["error"]["message"]
    fabricated = frames(ask(gateway, "[[fabricated]] [[no-done]]", key="sk-good", n=2))
    assert [event["usage"]["completion_tokens"] for _, event in fabricated] == [1056, 1056]
