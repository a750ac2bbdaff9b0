import json
from typing import NamedTuple

import pytest

from generations.images_api import (
    Busy,
    Connection,
    ImagesError,
    ImagesRequest,
    Reason,
    Refused,
    Rejected,
    Unanswered,
    read_answer,
    rejections,
)
from generations.images_api.rejection_rules import RULES, Rule
from tests.images_api.conftest import KEY, Deliver

SAFETY = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us at "
    "help.openai.com and include the request ID req_0a1b2c. safety_violations=[sexual, violence]."
)
NOT_ALLOWED = "Your request was rejected as a result of our safety system. Your prompt may contain text."
PROCESSING = "An error occurred while processing your request. Please include the request ID 12345678 in it."
CLOUDFLARE = (
    b"<!DOCTYPE html><title>x | 524: A timeout occurred</title><p>rate limit, overloaded, safety system"
)


def error(message: str = "", code: object = None, kind: str = "", **more: object) -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code, **more}}


class Case(NamedTuple):
    status: int
    body: object
    kind: type[ImagesError]
    reason: Reason


def words(text: str) -> list[str]:
    return text.split()


def stream(*events: object) -> bytes:
    frames = (f"event: error\ndata: {json.dumps(event)}\n\n" for event in events)
    return (": PING\n\n" + "".join(frames)).encode()


# Every row of what endpoints and gateways were seen to answer.
CASES = [
    # Moderation.
    Case(
        400,
        error(SAFETY, "moderation_blocked", "image_generation_user_error"),
        Refused,
        Reason.MODERATION_BLOCKED,
    ),
    Case(400, error("No.", "moderation_blocked"), Refused, Reason.MODERATION_BLOCKED),
    Case(500, error(SAFETY), Refused, Reason.MODERATION_BLOCKED),
    Case(429, error(SAFETY.replace("help.openai.com", "***.***.com")), Refused, Reason.MODERATION_BLOCKED),
    Case(400, SAFETY.encode(), Refused, Reason.MODERATION_BLOCKED),
    Case(451, b"", Refused, Reason.MODERATION_BLOCKED),
    Case(200, error(SAFETY, "moderation_blocked"), Refused, Reason.MODERATION_BLOCKED),
    Case(
        400,
        error(NOT_ALLOWED, "content_policy_violation", "invalid_request_error"),
        Refused,
        Reason.CONTENT_POLICY,
    ),
    Case(500, error(NOT_ALLOWED), Refused, Reason.CONTENT_POLICY),
    Case(
        400,
        error("Bad", "contentFilter", innererror={"code": "ResponsibleAIPolicyViolation"}),
        Refused,
        Reason.CONTENT_POLICY,
    ),
    Case(
        400,
        error(
            "Your request was rejected as a result of our safety system. Image descriptions may",
            "content_policy_violation",
        ),
        Refused,
        Reason.CONTENT_POLICY,
    ),
    Case(
        400,
        error("The response was filtered due to Azure OpenAI's content management policy."),
        Refused,
        Reason.CONTENT_POLICY,
    ),
    Case(400, error("no", "image_content_policy_violation"), Refused, Reason.CONTENT_POLICY),
    Case(400, error("fee", "violation_fee.grok.csam", "new_api_error"), Refused, Reason.CONTENT_POLICY),
    Case(
        200,
        {"choices": [{"message": {"content": "I can't."}, "finish_reason": "content_filter"}]},
        Refused,
        Reason.CONTENT_POLICY,
    ),
    Case(500, error("sensitive_words_detected", "sensitive_words_detected"), Refused, Reason.PROMPT_BLOCKED),
    Case(400, error("no", "prompt_blocked", "new_api_error"), Refused, Reason.PROMPT_BLOCKED),
    Case(
        200,
        stream({"type": "error", "error": {"code": "moderation_blocked", "message": SAFETY}}),
        Refused,
        Reason.MODERATION_BLOCKED,
    ),
    Case(
        200, b" " * 2049 + json.dumps(error(SAFETY, status=400)).encode(), Refused, Reason.MODERATION_BLOCKED
    ),
    # Money.
    Case(
        429, error("You exceeded your current quota, please", "insufficient_quota"), Rejected, Reason.NO_QUOTA
    ),
    Case(
        403,
        error("用户额度不足, 剩余额度: ＄-0.000002", "insufficient_user_quota"),
        Rejected,
        Reason.NO_QUOTA,
    ),
    Case(403, error("预扣费额度失败, 用户剩余额度: 1, 需要预扣费额度: 2"), Rejected, Reason.NO_QUOTA),
    Case(403, error("image pre-consumed quota failed, user quota: 1"), Rejected, Reason.NO_QUOTA),
    Case(403, error("user [2] quota [5] preConsumedQuota [9] is not enough"), Rejected, Reason.NO_QUOTA),
    Case(403, error("", "pre_consume_token_quota_failed"), Rejected, Reason.NO_QUOTA),
    Case(
        401,
        error("This token quota is exhausted TokenStatusExhausted[sk-abc***xyz]"),
        Rejected,
        Reason.NO_QUOTA,
    ),
    Case(
        400,
        error("Billing hard limit has been reached", "billing_hard_limit_reached"),
        Rejected,
        Reason.NO_QUOTA,
    ),
    Case(402, {"error": "Insufficient credits", "required": 12}, Rejected, Reason.NO_QUOTA),
    Case(200, {"error": "Insufficient credits", "required": 12}, Rejected, Reason.NO_QUOTA),
    Case(402, error("no", "INSUFFICIENT_CREDITS", request_id="r"), Rejected, Reason.NO_QUOTA),
    Case(403, error("user quota is not enough", "x", "one_api_error"), Rejected, Reason.NO_QUOTA),
    Case(403, error("额度不足", None, "v_api_error"), Rejected, Reason.NO_QUOTA),
    Case(
        403,
        error("", localized_message="Insufficient user quota", kind="shell_api_error"),
        Rejected,
        Reason.NO_QUOTA,
    ),
    Case(429, error("no", "credit_balance_exhausted"), Rejected, Reason.NO_QUOTA),
    Case(200, error("no", "INSUFFICIENT_CREDITS", status=402), Rejected, Reason.NO_QUOTA),
    Case(402, error("openai_error", "bad_response_status_code"), Rejected, Reason.NO_QUOTA),
    Case(402, b"<html>Payment Required</html>", Rejected, Reason.NO_QUOTA),
    # The model.
    Case(
        503,
        error("分组 default 下模型 X 无可用渠道（distributor）", "model_not_found"),
        Busy,
        Reason.NO_CHANNEL,
    ),
    Case(503, error("No available channel for model X under group Y"), Busy, Reason.NO_CHANNEL),
    Case(503, error("", "model_not_found"), Busy, Reason.NO_CHANNEL),
    Case(500, error("模型 X 的可用渠道不存在（retry）", "get_channel_failed"), Busy, Reason.NO_CHANNEL),
    Case(403, error("该令牌无权访问模型 X", "", "new_api_error"), Rejected, Reason.MODEL_FORBIDDEN),
    Case(404, error("The model 'x' does not exist", "model_not_found"), Rejected, Reason.MODEL_NOT_FOUND),
    Case(400, error("The model `dall-e-3` has been deprecated"), Rejected, Reason.MODEL_NOT_FOUND),
    Case(500, error("no price", "model_price_error", "new_api_error"), Rejected, Reason.MODEL_UNAVAILABLE),
    Case(
        500,
        error("not supported model for image generation, only imagen", "convert_request_failed"),
        Rejected,
        Reason.MODEL_UNAVAILABLE,
    ),
    Case(501, error("API not implemented", "api_not_implemented"), Rejected, Reason.MODEL_UNAVAILABLE),
    Case(501, error("Not implemented"), Rejected, Reason.MODEL_UNAVAILABLE),
    Case(403, error("This token has no access to model X"), Rejected, Reason.MODEL_FORBIDDEN),
    Case(503, error("当前分组 default 下对于模型 X 无可用渠道"), Busy, Reason.NO_CHANNEL),
    Case(503, error("当前分组 a 下对于模型 X 无可用渠道", None, "one_api_error"), Busy, Reason.NO_CHANNEL),
    Case(500, error("no key", "channel:no_available_key"), Busy, Reason.NO_CHANNEL),
    Case(200, error("The model 'x' does not exist", "model_not_found"), Rejected, Reason.MODEL_NOT_FOUND),
    Case(400, error("no price", "model_price_error"), Rejected, Reason.MODEL_UNAVAILABLE),
    *[
        Case(500, error("no", code), Rejected, Reason.MODEL_UNAVAILABLE)
        for code in (
            "channel:invalid_key",
            "channel:param_override_invalid",
            "channel:header_override_invalid",
            "channel:model_mapped_error",
            "channel:aws_client_error",
            "invalid_api_type",
        )
    ],
    *[
        Case(
            status,
            error("openai_error", "bad_response_status_code", "bad_response_status_code"),
            Rejected,
            Reason.MODEL_UNAVAILABLE,
        )
        for status in (401, 403, 404, 405)
    ],
    # Not now.
    Case(503, error("busy", "server_is_overloaded"), Busy, Reason.OVERLOADED),
    Case(503, error("busy", None, "service_unavailable_error"), Busy, Reason.OVERLOADED),
    Case(529, error("busy", None, "overloaded_error"), Busy, Reason.OVERLOADED),
    Case(503, error("Slow down", "slow_down", "service_unavailable_error"), Busy, Reason.OVERLOADED),
    Case(429, error("当前分组上游负载已饱和，请稍后再试"), Busy, Reason.OVERLOADED),
    Case(503, error("The server is overloaded"), Busy, Reason.OVERLOADED),
    Case(
        429,
        error("Rate limit reached for gpt-image-2", "rate_limit_exceeded", "input-images"),
        Busy,
        Reason.RATE_LIMITED,
    ),
    Case(
        429, error("您已达到请求数限制：1分钟内最多请求1次", "", "new_api_error"), Busy, Reason.RATE_LIMITED
    ),
    Case(429, b"", Busy, Reason.RATE_LIMITED),
    Case(429, error("Rate limit exceeded for images per minute"), Busy, Reason.RATE_LIMITED),
    Case(500, error("You've exceeded the rate limit, please slow down"), Busy, Reason.RATE_LIMITED),
    Case(400, error("no", None, "rate_limit_error"), Busy, Reason.RATE_LIMITED),
    Case(403, error("Request limit reached: 1 per minute", "", "new_api_error"), Busy, Reason.RATE_LIMITED),
    Case(429, error("openai_error", "bad_response_status_code"), Busy, Reason.RATE_LIMITED),
    Case(200, {"code": 429, "msg": "slower"}, Busy, Reason.RATE_LIMITED),
    Case(429, b"<html>slow</html>", Busy, Reason.RATE_LIMITED),
    Case(200, error("Too many requests", "rate_limit_exceeded"), Busy, Reason.RATE_LIMITED),
    # Who may ask.
    Case(401, error("Incorrect API key provided", "invalid_api_key"), Rejected, Reason.BAD_KEY),
    Case(401, error("nope"), Rejected, Reason.BAD_KEY),
    Case(403, error("无效的令牌", "", "new_api_error"), Rejected, Reason.BAD_KEY),
    Case(403, error("Your organization must be verified to use the model"), Rejected, Reason.NOT_VERIFIED),
    Case(403, error("用户已被封禁", "", "new_api_error"), Rejected, Reason.ACCESS_DENIED),
    Case(403, error("您的 IP 不在令牌允许访问的列表中", "access_denied"), Rejected, Reason.ACCESS_DENIED),
    Case(403, b"<html>Just a moment...</html>", Rejected, Reason.WEB_PAGE),
    Case(401, error("无效的令牌 (request id: 2026)", None, "new_api_error"), Rejected, Reason.BAD_KEY),
    Case(200, error("Invalid token", None, "new_api_error"), Rejected, Reason.BAD_KEY),
    Case(403, error("该令牌已过期", None, "new_api_error"), Rejected, Reason.BAD_KEY),
    *[
        Case(403, error(said, "", "new_api_error"), Rejected, Reason.ACCESS_DENIED)
        for said in ("令牌分组 vip 已被禁用", "分组 vip 已被弃用", "普通用户不支持指定渠道")
    ],
    # A gateway that gave up.
    *[
        Case(500, error("", code, code), Unanswered, Reason.GATEWAY_TIMEOUT)
        for code in (
            "do_request_failed",
            "read_response_body_failed",
            "bad_response_body",
            "bad_response",
            "empty_response",
            "channel:response_time_exceeded",
        )
    ],
    Case(524, error("openai_error", "bad_response_status_code"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(
        500,
        error("bad response status code 524", "bad_response_status_code", "upstream_error", param="524"),
        Unanswered,
        Reason.GATEWAY_TIMEOUT,
    ),
    Case(
        201,
        error("bad response status code 201", "bad_response_status_code"),
        Unanswered,
        Reason.GATEWAY_TIMEOUT,
    ),
    Case(200, error("Gateway timeout", 524, "proxy"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(502, stream(error("lost")), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(504, b": PING\n\n", Unanswered, Reason.GATEWAY_TIMEOUT),
    *[
        Case(status, CLOUDFLARE, Unanswered, Reason.GATEWAY_TIMEOUT)
        for status in (500, 502, 503, 504, 520, 524)
    ],
    Case(502, error("", "bad_response_status_code", "shell_api_error"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(502, {"error": {"type": "upstream_error", "message": "lost"}}, Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(524, error("Gateway timeout", 524, "cf_gateway_timeout"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(500, error("bad response status code 524 (request id: 2)", "x"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(500, error("openai_error", "bad_response_status_code"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(500, error("Post: context deadline", "do_request_failed"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(500, error("", "bad_response_body"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(408, error("timeout"), Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(503, b"upstream connect error", Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(500, b"", Unanswered, Reason.GATEWAY_TIMEOUT),
    Case(500, b'{"error": {"message": "cut o', Unanswered, Reason.GATEWAY_TIMEOUT),
    # The request.
    Case(413, error("too large", "read_request_body_failed"), Rejected, Reason.REQUEST_TOO_LARGE),
    Case(400, error("too large", "image_too_large"), Rejected, Reason.REQUEST_TOO_LARGE),
    Case(413, b"<html>413 Request Entity Too Large</html>", Rejected, Reason.REQUEST_TOO_LARGE),
    Case(
        400,
        error("Unknown parameter: 'response_format'.", "unknown_parameter"),
        Rejected,
        Reason.BAD_PARAMETER,
    ),
    Case(400, error("Invalid value: '1x1'.", "invalid_value"), Rejected, Reason.BAD_PARAMETER),
    Case(400, error("The size is not supported by this model."), Rejected, Reason.BAD_PARAMETER),
    Case(400, error("Bad", None, "invalid_request_error"), Rejected, Reason.BAD_PARAMETER),
    Case(422, error("Bad", None, "image_generation_user_error"), Rejected, Reason.BAD_PARAMETER),
    Case(500, error("model is required", "invalid_request", "new_api_error"), Rejected, Reason.BAD_PARAMETER),
    *[
        Case(400, error("no", code), Rejected, Reason.BAD_PARAMETER)
        for code in words(
            "invalid_image invalid_image_format invalid_base64_image invalid_image_url image_too_small"
            " image_parse_error invalid_image_mode unsupported_image_media_type empty_image_file"
            " failed_to_download_image image_file_not_found invalid_mask_image_format too_many_images"
            " invalid_image_request bad_request_body count_token_failed missing_required_parameter"
        )
    ],
    *[
        Case(400, error("no", code), Rejected, Reason.REQUEST_TOO_LARGE)
        for code in ("image_file_too_large", "prompt_too_long")
    ],
    *[
        Case(500, error(said, "invalid_request", "new_api_error"), Rejected, Reason.BAD_PARAMETER)
        for said in (
            "size an unexpected error occurred in the parameter, please use 'x' instead of '×'",
            "size must be one of 1024x1024, 1024x1792 or 1792x1024 for dall-e-3",
            "n must be an integer between 1 and 128",
            "failed to parse image edit form request: no multipart boundary",
        )
    ],
    *[
        Case(400, error(said), Rejected, Reason.BAD_PARAMETER)
        for said in (
            "Unknown parameter: 'response_format'.",
            "Invalid value: '1254x836'. Supported values are: '1024x1024' and 'auto'.",
            "The image data you provided does not represent a valid image",
            "Invalid request, cannot unmarshal string",
            "prompt is required",
        )
    ],
    Case(
        400,
        error("Transparent background is not supported for this model.", "invalid_value"),
        Rejected,
        Reason.BAD_PARAMETER,
    ),
    Case(
        400,
        error("Error while downloading file. Upstream status code: 502.", "invalid_value"),
        Rejected,
        Reason.BAD_PARAMETER,
    ),
    Case(
        400,
        error("Streaming must have non-zero partial images.", None, "image_generation_user_error"),
        Rejected,
        Reason.BAD_PARAMETER,
    ),
    Case(500, error("Streaming must have non-zero partial images."), Rejected, Reason.BAD_PARAMETER),
    Case(400, error("openai_error", "bad_response_status_code"), Rejected, Reason.BAD_PARAMETER),
    Case(422, {"detail": [{"loc": ["n"], "msg": "field required"}]}, Rejected, Reason.BAD_PARAMETER),
    # The endpoint failed, and says so.
    Case(
        500,
        error(
            PROCESSING + " (traceid: 0a)(request id: 20260508)",
            kind="shell_api_error",
            localized_message="Unknown error",
        ),
        Rejected,
        Reason.SERVER_ERROR,
    ),
    *[
        Case(400, error("no", code, "new_api_error"), Rejected, Reason.SERVER_ERROR)
        for code in words(
            "json_marshal_failed gen_relay_info_failed query_data_error update_data_error aws_invoke_error"
        )
    ],
    Case(200, stream(error("Failed", "image_generation_failed")), Rejected, Reason.SERVER_ERROR),
    Case(200, stream({"message": "Failed", "code": "server_error"}), Rejected, Reason.SERVER_ERROR),
    Case(200, {"code": 500, "msg": "boom", "data": None}, Rejected, Reason.SERVER_ERROR),
    Case(500, error(PROCESSING, "server_error", "server_error"), Rejected, Reason.SERVER_ERROR),
    Case(500, error(PROCESSING, None, "invalid_request_error"), Rejected, Reason.SERVER_ERROR),
    Case(500, error("boom", None, "new_api_panic"), Rejected, Reason.SERVER_ERROR),
    Case(503, error("something else"), Rejected, Reason.SERVER_ERROR),
    Case(200, error("Image generation failed", "image_generation_failed"), Rejected, Reason.SERVER_ERROR),
    # The address.
    Case(302, b"", Rejected, Reason.REDIRECTED),
    Case(307, b"<html>moved</html>", Rejected, Reason.REDIRECTED),
    Case(404, error("Invalid URL (POST /images)", "", "invalid_request_error"), Rejected, Reason.NOT_FOUND),
    Case(404, b"<html>not found</html>", Rejected, Reason.NOT_FOUND),
    Case(405, b"", Rejected, Reason.NOT_FOUND),
    # Everything else, and safety in words of its own: no setting is to blame, and nothing is repeated.
    Case(422, {"detail": "NSFW content detected."}, Rejected, Reason.UNCLASSIFIED),
    Case(500, error("图片审核未通过", "image_generation_failed"), Rejected, Reason.UNCLASSIFIED),
    Case(400, error("Es ist ein Teekessel.", "teapot"), Rejected, Reason.UNCLASSIFIED),
    Case(418, b"I am a teapot", Rejected, Reason.UNCLASSIFIED),
    Case(200, {"success": False, "message": "something"}, Rejected, Reason.UNCLASSIFIED),
    Case(200, {"type": "upstream_error", "message": "something"}, Rejected, Reason.UNCLASSIFIED),
    Case(200, {"id": "t", "status": "FAILED", "fail_reason": "why"}, Rejected, Reason.UNCLASSIFIED),
    Case(200, b"event: error\ndata: plain words\n\n", Rejected, Reason.UNCLASSIFIED),
    Case(400, {"detail": [{"msg": "field required"}]}, Rejected, Reason.UNCLASSIFIED),
]


def rejected(
    deliver: Deliver, status: int, body: object, headers: dict[str, str] | None = None
) -> ImagesError:
    connection = Connection("https://images.example.com", KEY)
    with pytest.raises(ImagesError) as caught:
        read_answer(deliver(body, status, headers), asked=ImagesRequest("m", "p"), connection=connection)
    return caught.value


@pytest.mark.parametrize("case", CASES, ids=[f"{case.reason} {n}" for n, case in enumerate(CASES)])
def test_an_answer_is_the_error_that_it_means(deliver: Deliver, case: Case) -> None:
    found = rejected(deliver, case.status, case.body)
    assert (type(found), found.reason) == (case.kind, case.reason)
    assert found.endpoint is not None
    assert found.endpoint.status == case.status


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.reason} {n}" for n, rule in enumerate(RULES)])
def test_without_any_of_the_rules_some_answer_is_misunderstood(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch, rule: Rule
) -> None:
    monkeypatch.setattr(rejections, "RULES", [other for other in RULES if other is not rule])
    assert any(_is_misunderstood(deliver, case) for case in CASES if case.reason is rule.reason)


def _is_misunderstood(deliver: Deliver, case: Case) -> bool:
    found = rejected(deliver, case.status, case.body)
    return (type(found), found.reason) != (case.kind, case.reason)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "no luck"}, "no luck"),
        ({"type": "upstream_error", "message": "no luck"}, "no luck"),
        ({"code": 500, "msg": "no luck", "data": None}, "no luck"),
        ({"success": False, "message": "no luck"}, "no luck"),
        ({"errors": [{"message": "no luck"}]}, "no luck"),
        ({"error": {"localized_message": "no luck", "message": ""}}, "no luck"),
        ({"error": {"error": "no luck"}}, "no luck"),
        ({"detail": "no luck"}, "no luck"),
        ("no luck", "no luck"),
        (b"no\r\nluck", "no luck"),
    ],
)
def test_the_endpoints_words_are_found_wherever_they_are(
    deliver: Deliver, body: object, message: str
) -> None:
    endpoint = rejected(deliver, 400, body).endpoint
    assert endpoint is not None
    assert endpoint.message == message


def test_what_the_endpoint_said_is_kept_word_by_word(deliver: Deliver) -> None:
    body = error("Nothing we know", 1234, "odd_error", param="size")
    endpoint = rejected(deliver, 418, body).endpoint
    assert endpoint is not None
    assert (endpoint.code, endpoint.type, endpoint.message, endpoint.param) == (
        "1234",
        "odd_error",
        "Nothing we know",
        "size",
    )


@pytest.mark.parametrize(
    ("headers", "body", "request_id"),
    [
        ({"x-request-id": "req_h"}, error(SAFETY), "req_h"),
        ({}, error(SAFETY), "req_0a1b2c"),
        ({}, error("bad (request id: 20260508123456789abcdefgh)"), "20260508123456789abcdefgh"),
        ({}, error("bad", request_id="r-1"), "r-1"),
        ({}, error("bad"), ""),
    ],
)
def test_the_request_id_is_found_for_a_support_case(
    deliver: Deliver, headers: dict[str, str], body: object, request_id: str
) -> None:
    endpoint = rejected(deliver, 400, body, headers).endpoint
    assert endpoint is not None
    assert endpoint.request_id == request_id


def refusal(deliver: Deliver, body: object) -> Refused:
    found = rejected(deliver, 400, body)
    assert isinstance(found, Refused)
    return found


def test_a_refusal_tells_its_stage_and_categories(deliver: Deliver) -> None:
    details = {"moderation_stage": "output", "categories": ["sexual", "violence", 7, "sexual"]}
    found = refusal(deliver, error("No.", "moderation_blocked", moderation_details=details))
    assert (found.stage, found.categories) == ("output", ("sexual", "violence"))


def test_categories_are_read_from_the_sentence_when_they_are_nowhere_else(deliver: Deliver) -> None:
    found = refusal(deliver, error(SAFETY))
    assert (found.stage, found.categories) == ("unknown", ("sexual", "violence"))


def test_categories_are_read_from_azures_filter(deliver: Deliver) -> None:
    results = {"hate": {"filtered": False}, "violence": {"filtered": True}, "jailbreak": None}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_results": results}
    found = refusal(deliver, error("No.", "content_policy_violation", inner_error=inner))
    assert found.categories == ("violence",)


@pytest.mark.parametrize(
    "details", [None, 7, [], {"moderation_stage": 7, "categories": "sexual"}, {"moderation_stage": "later"}]
)
def test_odd_details_do_not_hide_a_refusal(deliver: Deliver, details: object) -> None:
    found = refusal(deliver, error("No.", "moderation_blocked", moderation_details=details))
    assert (found.stage, found.categories) == ("unknown", ())


def test_a_busy_endpoint_tells_when_to_come_back(deliver: Deliver) -> None:
    found = rejected(deliver, 429, error("slow"), {"retry-after": "20"})
    assert isinstance(found, Busy)
    assert found.retry_after == 20.0


def test_only_the_endpoints_own_failures_may_be_free(deliver: Deliver) -> None:
    failed, wrong = rejected(deliver, 500, error("boom")), rejected(deliver, 400, error("bad"))
    assert isinstance(failed, Rejected)
    assert isinstance(wrong, Rejected)
    assert (failed.repeatable_where_free, wrong.repeatable_where_free) == (True, False)


def test_what_no_rule_knows_is_kept_whole(deliver: Deliver) -> None:
    body = error(
        "Es ist ein 茶壶.", "teapot", hints=["a", {"b": [1, True, None]}], status={"x": "y" * 10_000}
    )
    endpoint = rejected(deliver, 418, body).endpoint
    assert endpoint is not None
    assert json.loads(endpoint.body) == body


def test_the_error_of_a_stream_is_kept_whole_too(deliver: Deliver) -> None:
    found = rejected(deliver, 200, b"event: error\ndata: plain words\n\n").endpoint
    assert found is not None
    assert found.message == "plain words"
    assert json.loads(found.body) == {"error": {"message": "plain words"}}


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 3_000_000,
        b'{"message": "' + b"x" * 3_000_000 + b'"}',
        b'{"message": [' + b'"' + b'","'.join([b"x" * 900] * 5_000) + b'"]}',
        b'{"' + b"k" * 3_000_000 + b'": 1}',
    ],
    ids=["text", "one string", "many strings", "a name"],
)
def test_of_an_endless_refusal_the_beginning_is_kept(deliver: Deliver, body: bytes) -> None:
    endpoint = rejected(deliver, 418, body).endpoint
    assert endpoint is not None
    assert 60_000 < len(endpoint.body) <= 64_000


def test_a_rule_makes_keeping_the_whole_answer_needless(deliver: Deliver) -> None:
    endpoint = rejected(deliver, 400, error("Invalid value: '1x1'.", "invalid_value")).endpoint
    assert endpoint is not None
    assert endpoint.body == ""


def test_a_key_in_escapes_is_hidden_from_the_whole_answer(deliver: Deliver) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    found = rejected(deliver, 418, f'{{"odd": ["{escaped}"], "{escaped}": 1, "message": "m"}}'.encode())
    assert found.endpoint is not None
    assert found.endpoint.body == '{"odd": ["[hidden]"], "[hidden]": 1, "message": "m"}'


@pytest.mark.parametrize("place", ["message", "code", "type", "param", "request_id"])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_key_that_the_endpoint_repeats_goes_no_further(deliver: Deliver, place: str, status: int) -> None:
    body = {"error": {"message": "bad", "type": "x", place: f"a {KEY} b"}}
    found = rejected(deliver, status, body)
    assert KEY not in repr((str(found), found.endpoint, found.args))


def test_a_hostile_message_is_one_short_line(deliver: Deliver) -> None:
    hostile = "\x1b[2J\r\nSet-Cookie: x\x00\ud800" + "<script>" * 100_000
    endpoint = rejected(deliver, 400, error(hostile, hostile)).endpoint
    assert endpoint is not None
    assert endpoint.message.startswith("Set-Cookie: x <script>")
    assert (len(endpoint.message), len(endpoint.code)) == (4_000, 200)
