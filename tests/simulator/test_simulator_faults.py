"""Every fault a prompt can order, and what the ledger says of it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from simulator.faults import FAULTS, read_faults
from simulator.ledger import Ledger, Received
from tests.simulator.conftest import Simulator

README = Path(__file__).parents[2] / "simulator" / "README.md"
PLAIN = "Hills [[plain]] "


def payload(answer: httpx.Response) -> bytes:
    return base64.b64decode(answer.json()["data"][0]["b64_json"])


def test_the_readme_lists_exactly_the_faults_there_are() -> None:
    listed = re.findall(r"^\| `\[\[(.+?)\]\]` \| (.+) \|$", README.read_text(), re.MULTILINE)
    assert listed == [(fault.example, fault.meaning) for fault in FAULTS]


def test_fault_words_leave_the_prompt_as_it_was() -> None:
    words, faults = read_faults("A [[status:429]] red [[retry-after:2]] fox [[gzip]]")
    assert words == "A red fox"
    assert (faults.number("status"), faults.text("retry-after"), "gzip" in faults) == (429, "2", True)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
def test_a_status_costs_nothing(endpoint: Simulator, status: int) -> None:
    answer = endpoint.ask(f"x [[status:{status}]] [[retry-after:2]]", call_id=f"status-{status}")
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "2")
    assert answer.json()["error"]["message"]
    assert endpoint.row(f"status-{status}")["executed_at"] is None


def test_a_late_status_was_executed(endpoint: Simulator) -> None:
    assert endpoint.ask(PLAIN + "[[status:500]] [[late]]", call_id="late").status_code == 500
    assert endpoint.row("late")["executed_at"] is not None


def test_an_empty_purse_looks_like_a_rate_limit_only_by_its_status(endpoint: Simulator) -> None:
    answer = endpoint.ask("x [[quota]]")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")


def test_a_proxys_timeout_page_is_html_and_the_work_was_done(endpoint: Simulator) -> None:
    answer = endpoint.ask(PLAIN + "[[html:524]]", call_id="html")
    assert (answer.status_code, answer.headers["content-type"]) == (524, "text/html; charset=UTF-8")
    assert "524: A timeout occurred" in answer.text
    assert endpoint.row("html")["executed_at"] is not None


def test_a_redirect_names_its_target(endpoint: Simulator) -> None:
    answer = endpoint.ask("x [[redirect:http://10.0.0.1/v1]]")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://10.0.0.1/v1")


def test_an_error_can_hide_under_status_200(endpoint: Simulator) -> None:
    answer = endpoint.ask(PLAIN + "[[error-200]]")
    assert (answer.status_code, set(answer.json())) == (200, {"error"})


def test_a_dropped_connection_was_executed_and_not_delivered(endpoint: Simulator) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        endpoint.ask(PLAIN + "[[drop]]", call_id="drop")
    row = endpoint.row("drop")
    assert (row["images"], row["status"], row["delivered_at"], row["fault"]) == (1, None, None, "plain drop")
    assert row["executed_at"] is not None


def test_half_a_body_is_not_a_delivery(endpoint: Simulator) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        endpoint.ask("Hills [[drop-body]]", model="gpt-image-2", size="1024x640", call_id="half")
    assert endpoint.row("half")["delivered_at"] is None


def test_a_truncated_answer_is_whole_for_http_and_broken_for_json(endpoint: Simulator) -> None:
    answer = endpoint.ask(PLAIN + "[[truncate]]")
    assert answer.status_code == 200
    assert "content-length" not in answer.headers
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_slow_work_takes_its_time(endpoint: Simulator) -> None:
    begun = time.monotonic()
    endpoint.ask(PLAIN + "[[slow:0.5]]")
    assert time.monotonic() - begun >= 0.5


def test_a_dripping_body_arrives_in_pieces(endpoint: Simulator) -> None:
    begun = time.monotonic()
    assert endpoint.ask(PLAIN + "[[drip:0.05]]").status_code == 200
    assert time.monotonic() - begun >= 0.45


def test_padding_comes_before_the_json(endpoint: Simulator) -> None:
    answer = endpoint.ask(PLAIN + "[[pad:0.1]] [[slow:0.35]]")
    assert answer.text.startswith(" " * 2048 + "\n")
    assert answer.text.count("\n") >= 3
    assert payload(answer)


def test_after_padding_even_an_error_has_status_200(endpoint: Simulator) -> None:
    answer = endpoint.ask(PLAIN + "[[pad:1]] [[block-output]]")
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, "moderation_blocked")


def test_gzip_is_real(endpoint: Simulator) -> None:
    answer = endpoint.ask(PLAIN + "[[gzip]]")
    assert answer.headers["content-encoding"] == "gzip"
    assert payload(answer)


@pytest.mark.parametrize(
    ("words", "count"),
    [("[[empty]]", 0), ("[[fewer:2]]", 1), ("[[more:1]]", 4), ("[[withhold:1]]", 2), ("[[withhold:all]]", 0)],
)
def test_the_count_can_be_wrong(endpoint: Simulator, words: str, count: int) -> None:
    assert len(endpoint.ask(PLAIN + words, n=3).json()["data"]) == count


def test_the_payload_can_take_every_form(endpoint: Simulator) -> None:
    def item(words: str) -> Any:
        return endpoint.ask(PLAIN + words).json()["data"][0]

    assert item("[[url]]")["url"].startswith(endpoint.url)
    assert item("[[bare]]").startswith(endpoint.url)
    assert item("[[b64]]")["b64_json"].startswith("iVBOR")
    assert item("[[data-uri]]")["b64_json"].startswith("data:image/png;base64,iVBOR")
    assert item("[[url]] [[data-uri]]")["url"].startswith("data:image/png;base64,")
    assert item("[[url]] [[both-keys]]")["b64_json"] == ""
    assert item("[[both-keys]]")["url"] == ""
    assert item("[[link:http://10.0.0.1/a.png]]") == {"url": "http://10.0.0.1/a.png"}
    assert endpoint.client.get(item("[[expired-link]]")["url"]).status_code == 403


def test_the_payload_can_be_no_image_at_all(endpoint: Simulator) -> None:
    assert payload(endpoint.ask(PLAIN + "[[not-an-image]]")).startswith(b"<!DOCTYPE html>")
    with pytest.raises(ValueError, match="Only base64 data"):
        base64.b64decode(endpoint.ask(PLAIN + "[[bad-base64]]").json()["data"][0]["b64_json"], validate=True)
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(payload(endpoint.ask(PLAIN + "[[huge]]"))))


def test_the_image_can_be_another_than_the_answer_says(endpoint: Simulator) -> None:
    answer = endpoint.ask(PLAIN + "[[wrong-type]] [[wrong-size]]")
    image = Image.open(io.BytesIO(payload(answer)))
    assert (image.format, image.size) == ("JPEG", (819, 819))
    assert (answer.json()["output_format"], answer.json()["size"]) == ("png", "1024x1024")


def test_a_block_can_be_ordered_at_either_stage(endpoint: Simulator) -> None:
    for words, stage in (("[[block:violence]]", "input"), ("[[block-output]]", "output")):
        error = endpoint.ask(PLAIN + words, n=3).json()["error"]
        assert error["moderation_details"]["moderation_stage"] == stage


def test_a_fault_can_be_meant_for_the_first_requests_only(endpoint: Simulator) -> None:
    assert [endpoint.ask(PLAIN + "[[once:status:500]]").status_code for _ in range(2)] == [500, 200]
    assert [endpoint.ask(PLAIN + "[[first:2:status:429]]").status_code for _ in range(3)] == [429, 429, 200]


def test_a_delivered_call_is_in_the_ledger_from_end_to_end(endpoint: Simulator) -> None:
    endpoint.ask(PLAIN, call_id="whole", n=2)
    row = endpoint.row("whole", until="delivered_at")
    assert row["received_at"] <= row["executed_at"] <= row["finished_at"] <= row["delivered_at"]
    assert (row["model"], row["n"], row["images"], row["status"]) == ("gpt-image-1", 2, 2, 200)
    assert row["prompt"] == PLAIN


def test_work_goes_on_for_a_client_that_hung_up(endpoint: Simulator) -> None:
    headers = {"Authorization": "Bearer k", "Idempotency-Key": "gone"}
    body = {"model": "gpt-image-1", "prompt": PLAIN + "[[slow:0.6]]"}
    with pytest.raises(httpx.ReadTimeout):
        endpoint.client.post(f"{endpoint.url}/v1/images/generations", json=body, headers=headers, timeout=0.2)
    row = endpoint.row("gone")
    assert (row["images"], row["delivered_at"]) == (1, None)


def test_it_takes_hundreds_of_requests_at_once(endpoint: Simulator) -> None:
    # By hand, because an HTTP client of this size is slower than the server under test.
    body = json.dumps({"model": "dall-e-2", "prompt": PLAIN + "[[slow:1]]", "size": "256x256"}).encode()
    head = f"Host: x\r\nAuthorization: Bearer k\r\nX-Client-Request-Id: crowd\r\nContent-Length: {len(body)}"
    request = f"POST /v1/images/generations HTTP/1.1\r\n{head}\r\nConnection: close\r\n\r\n".encode() + body
    port = int(endpoint.url.rpartition(":")[2])

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        return answer

    async def ask_all() -> list[bytes]:
        return await asyncio.gather(*(ask() for _ in range(220)))

    # In a thread: the browser's driver keeps an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        answers = thread.submit(lambda: asyncio.run(ask_all())).result()
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    rows = endpoint.rows("crowd")
    # All were waiting at the same time: the last began before the first was done.
    assert len(rows) == 220
    assert max(row["executed_at"] for row in rows) < min(row["finished_at"] for row in rows)


def test_it_ends_quickly_in_the_middle_of_work(slow_endpoint: Simulator) -> None:
    running = slow_endpoint
    with httpx.Client(timeout=0.2) as client, pytest.raises(httpx.ReadTimeout):
        headers = {"Authorization": "Bearer k"}
        client.post(
            f"{running.url}/v1/images/generations",
            json={"model": "gpt-image-1", "prompt": "x"},
            headers=headers,
        )
    begun = time.monotonic()
    running.process.terminate()
    assert running.process.wait(timeout=5) == 0
    assert time.monotonic() - begun < 2


def test_an_answer_can_be_arranged_in_many_ways(endpoint: Simulator) -> None:
    def body(words: str) -> Any:
        return endpoint.ask(PLAIN + words).json()

    assert set(body("[[task]]")) == {"id", "task_id", "object", "status"}
    assert "created" not in body("[[no-created]]")
    assert list(body("[[nested:result]]")) == ["result"]
    assert body("[[no-data]]")["b64_json"].startswith("iVBOR")
    assert list(body("[[image-url]] [[url]]")["data"][0]) == ["image_url"]
    assert "\n" in body("[[line-breaks]]")["data"][0]["b64_json"]
    assert base64.urlsafe_b64decode(body("[[url-safe]]")["data"][0]["b64_json"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("unreadable", {"type": "bad_response_status_code", "message": "openai_error"}),
        ("silent", {"type": "shell_api_error", "message": ""}),
    ],
)
def test_an_error_can_say_next_to_nothing(endpoint: Simulator, word: str, error: dict[str, str]) -> None:
    answer = endpoint.ask(PLAIN + f"[[{word}:502]]", call_id=word)
    assert answer.status_code == 502
    assert error.items() <= answer.json()["error"].items()
    assert endpoint.row(word)["executed_at"] is not None
    assert endpoint.ask(PLAIN + "[[plain-error:402]]").json()["error"] == "Insufficient credits"


def test_a_body_can_be_compressed_twice_and_have_no_end(endpoint: Simulator) -> None:
    assert endpoint.ask(PLAIN + "[[gzip-twice]]").headers["content-encoding"] == "gzip, gzip"
    body = {"model": "gpt-image-1", "prompt": PLAIN + "[[endless]]"}
    headers = {"Authorization": "Bearer k", "X-Client-Request-Id": "endless"}
    url, taken = f"{endpoint.url}/v1/images/generations", 0
    with endpoint.client.stream("POST", url, json=body, headers=headers) as answer:
        for piece in answer.iter_bytes():
            taken += len(piece)
            if taken > 5_000_000:
                break
    assert endpoint.row("endless")["delivered_at"] is None


def test_the_ledger_of_an_earlier_simulator_is_written_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as earlier:
        earlier.execute(
            "CREATE TABLE requests (id INTEGER PRIMARY KEY, received_at REAL NOT NULL, call_id TEXT, "
            "idempotency_key TEXT, model TEXT, n INTEGER, prompt TEXT)"
        )
        earlier.execute("INSERT INTO requests (received_at, call_id) VALUES (1, 'old')")
        earlier.commit()
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.receive(Received("new", None, "m", 1, "p", operation="edits", reference_count=2))
    rows = [(row["call_id"], row["operation"], row["reference_count"]) for row in ledger.rows()]
    ledger.close()
    assert rows == [("old", "generations", 0), ("new", "edits", 2)]
