"""What a wrong or unwelcome request is answered with, in both shapes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.simulator.conftest import Simulator


@pytest.mark.parametrize(
    ("fields", "status", "code", "param"),
    [
        ({"response_format": "b64_json"}, 400, "unknown_parameter", "response_format"),
        ({"size": "1000x1000"}, 400, "invalid_value", "size"),
        ({"model": "gpt-image-2", "size": "1000x1000"}, 400, "invalid_value", "size"),
        ({"model": "gpt-image-2", "size": "3840x1024"}, 400, "invalid_value", "size"),
        ({"model": "gpt-image-2", "size": "640x640"}, 400, "invalid_value", "size"),
        ({"model": "dall-e-3", "size": "256x256"}, 400, "invalid_value", "size"),
        ({"model": "dall-e-3", "n": 2}, 400, "integer_above_max_value", "n"),
        ({"n": 0}, 400, "integer_below_min_value", "n"),
        ({"n": 11}, 400, "integer_above_max_value", "n"),
        ({"n": "two"}, 400, "invalid_type", "n"),
        ({"quality": "hd"}, 400, "invalid_value", "quality"),
        ({"output_format": "gif"}, 400, "invalid_value", "output_format"),
        ({"output_compression": 50}, 400, "invalid_value", "output_compression"),
        ({"model": "gpt-image-2", "background": "transparent"}, 400, "invalid_value", "background"),
        ({"background": "transparent", "output_format": "jpeg"}, 400, "invalid_value", "background"),
        ({"prompt": None}, 400, "missing_required_parameter", "prompt"),
        ({"prompt": "  "}, 400, "empty_string", "prompt"),
        ({"prompt": "x" * 32_001}, 400, "string_above_max_length", "prompt"),
        ({"prompt": "x" * 1001, "model": "dall-e-2"}, 400, "string_above_max_length", "prompt"),
        ({"prompt": "a fox [[stauts:500]]"}, 400, "simulator_unknown_fault", "prompt"),
        ({"model": None}, 400, "missing_required_parameter", "model"),
        ({"model": "gpt-image-9"}, 404, "model_not_found", "model"),
        ({"model": "gpt-4o-mini"}, 400, "invalid_value", "model"),
        ({"stream": "yes"}, 400, "invalid_type", "stream"),
        ({"stream": True, "partial_images": 4}, 400, "invalid_value", "partial_images"),
        ({"model": "dall-e-3", "stream": True}, 400, "unknown_parameter", "stream"),
        ({"mask": "data:image/png;base64,AAAA"}, 400, "unknown_parameter", "mask"),
        ({"input_fidelity": "high"}, 400, "unknown_parameter", "input_fidelity"),
        ({"colour": "red"}, 400, "unknown_parameter", "colour"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    endpoint: Simulator, fields: dict[str, Any], status: int, code: str, param: str
) -> None:
    answer = endpoint.ask(**{"prompt": "A red fox", **fields})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)


def test_malformed_json_is_a_bad_request(endpoint: Simulator) -> None:
    for content in (b"{", b"[]", b"\xff"):
        headers = {"Authorization": "Bearer k"}
        answer = endpoint.client.post(
            f"{endpoint.url}/v1/images/generations", content=content, headers=headers
        )
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_request_without_a_key_is_unauthorised(endpoint: Simulator) -> None:
    answer = endpoint.client.post(
        f"{endpoint.url}/v1/images/generations", json={"model": "gpt-image-1", "prompt": "x"}
    )
    assert answer.status_code == 401


def test_the_gateway_takes_the_key_with_or_without_its_prefixes(gateway: Simulator) -> None:
    for shown in ("Bearer sk-good", "sk-good", "Bearer good"):
        assert (
            gateway.client.get(f"{gateway.url}/v1/models", headers={"Authorization": shown}).status_code
            == 200
        )
    wrong = gateway.client.get(f"{gateway.url}/v1/models", headers={"Authorization": "Bearer sk-bad"})
    error = wrong.json()["error"]
    assert (wrong.status_code, error["type"], error["code"]) == (401, "new_api_error", "")
    assert "param" not in error
    assert f"(request id: {wrong.headers['x-oneapi-request-id']})" in error["message"]


@pytest.mark.parametrize(
    ("fields", "status", "code", "message"),
    [
        ({"model": None}, 500, "invalid_request", "model is required"),
        ({"n": 129}, 500, "invalid_request", "n must be an integer"),
        ({"model": "dall-e-2", "size": "1x1"}, 500, "invalid_request", "size must be one of"),
        ({"model": "gpt-image-9"}, 503, "model_not_found", "无可用渠道"),
        ({"size": "auto"}, 400, "invalid_value", "'auto'"),
        ({"n": 11}, 400, "integer_above_max_value", "maximum"),
        ({"prompt": "x [[status:403]]"}, 403, "insufficient_user_quota", "用户额度不足"),
        ({"prompt": "x [[status:429]]"}, 429, "", "请求数限制"),
    ],
)
def test_the_gateway_has_its_own_words(
    gateway: Simulator, fields: dict[str, Any], status: int, code: str, message: str
) -> None:
    answer = gateway.ask(**{"prompt": "A red fox", "key": "sk-good", **fields})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert message in error["message"]
    # The request id is in the message only when the gateway itself speaks.
    assert ("(request id: " in error["message"]) == (error["type"] == "new_api_error")


def test_the_gateway_drops_fields_it_does_not_know(gateway: Simulator) -> None:
    assert gateway.ask("Hills [[plain]]", key="sk-good", colour="red", n=0).status_code == 200


def test_a_living_artist_is_blocked_before_any_work(endpoint: Simulator) -> None:
    answer = endpoint.ask("A village, Hayao Miyazaki", call_id="artist")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "moderation_blocked")
    assert error["type"] == "image_generation_user_error"
    assert error["moderation_details"] == {"moderation_stage": "input", "categories": []}
    assert answer.headers["x-request-id"] in error["message"]
    assert endpoint.row("artist")["executed_at"] is None


def test_a_mild_finding_is_blocked_after_the_work_unless_moderation_is_low(endpoint: Simulator) -> None:
    error = endpoint.ask("A bikini on a hanger [[plain]]", call_id="mild").json()["error"]
    assert "safety_violations=[sexual]" in error["message"]
    assert error["moderation_details"]["moderation_stage"] == "output"
    assert endpoint.row("mild")["executed_at"] is not None
    assert endpoint.ask("A bikini on a hanger [[plain]]", moderation="low").status_code == 200


def test_low_moderation_does_not_let_everything_pass(endpoint: Simulator) -> None:
    assert endpoint.ask("The birth of Venus [[plain]]", moderation="low").status_code == 400


def test_several_images_are_thinned_out_without_an_error(endpoint: Simulator) -> None:
    counts = [len(endpoint.ask("新海诚 [[plain]]", n=6).json()["data"]) for _ in range(2)]
    assert counts[0] == counts[1]
    assert 1 <= counts[0] < 6


def test_the_gateway_masks_hosts_and_loses_the_details(gateway: Simulator) -> None:
    answer = gateway.ask("宫崎骏风格", key="sk-good")
    error = answer.json()["error"]
    assert "***.***.com" in error["message"]
    assert "openai.com" not in error["message"]
    assert error["param"] == ""
    assert "moderation_details" not in error
    assert re.fullmatch(r"\d{23}\w{8}", answer.headers["x-oneapi-request-id"])
    assert "x-request-id" not in answer.headers


def test_dall_e_speaks_of_its_content_policy(endpoint: Simulator) -> None:
    error = endpoint.ask("Banksy", model="dall-e-3").json()["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "content_policy_violation")


def test_unknown_urls_and_missing_features_are_said_to_be_so(endpoint: Simulator, gateway: Simulator) -> None:
    assert endpoint.get("/v1/nothing").json()["error"]["message"] == "Invalid URL (GET /v1/nothing)"
    answer = gateway.client.post(f"{gateway.url}/v1/images/variations")
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "api_not_implemented")
    assert endpoint.get("/v1/models/nothing").status_code == 404
    unknown = gateway.client.get(f"{gateway.url}/v1/models/nothing", headers={"Authorization": "good"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (200, "model_not_found")
