"""Everything that can be answered instead of images, in the words of either shape."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from simulator.options import Shape

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    # Said by the gateway itself and not by the vendor behind it: then the request id is appended.
    is_local: bool = False
    # Refused before the relay: such errors have no `param` key behind the gateway.
    is_middleware: bool = False
    stage: str = ""
    categories: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=())

    def with_headers(self, *headers: tuple[str, str]) -> Problem:
        return replace(self, headers=(*self.headers, *headers))


class Refusal(Exception):
    """The request ends here; the problem says how."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def body_of(problem: Problem, shape: Shape, request_id: str) -> dict[str, JsonValue]:
    if shape is Shape.OPENAI:
        error: dict[str, JsonValue] = {
            "message": problem.message,
            "type": problem.type,
            "param": problem.param,
            "code": problem.code,
        }
        if problem.stage:
            error["moderation_details"] = {
                "moderation_stage": problem.stage,
                "categories": list(problem.categories),
            }
        return {"error": error}
    message = masked(problem.message)
    if problem.is_local:
        message = f"{message} (request id: {request_id})"
    error = {"message": message, "type": problem.type, "param": problem.param or "", "code": problem.code}
    if problem.is_middleware:
        del error["param"]
        error["code"] = problem.code or ""
    return {"error": error}


def masked(message: str) -> str:
    """The gateway hides every host it passes on: scheme and last label stay."""
    message = re.sub(r"(https?)://[^\s/]+?(\.[a-z]{2,6})?(?::\d+)?(/\S*)?(?=[\s,)]|$)", _masked_url, message)
    return re.sub(r"\b(?:[a-z0-9-]+\.)+(com|net|org|io|ai|cn)\b", _masked_host, message)


def gateway_invalid(message: str) -> Problem:
    """The gateway's own check failed. It answers 500 for that: its default for local errors."""
    return Problem(500, message, type="new_api_error", code="invalid_request", is_local=True)


def invalid(message: str, *, param: str | None, code: str | None) -> Problem:
    return Problem(400, message, param=param, code=code)


def wrong_content(content_type: str, expected: str) -> Problem:
    shown = content_type.partition(";")[0] or "application/octet-stream"
    message = (
        f"Unsupported content type: '{shown}'. This API method only accepts '{expected}' requests, but you "
        f"specified the header 'Content-Type: {shown}'."
    )
    return invalid(message, param=None, code="unsupported_content_type")


def unknown_parameter(name: str, shape: Shape) -> Problem:
    kind = "invalid_request_error" if shape is Shape.OPENAI else "new_api_error"
    return Problem(400, f"Unknown parameter: '{name}'.", type=kind, param=name, code="unknown_parameter")


def wrong_key(shown: str, shape: Shape) -> Problem:
    if shape is Shape.NEW_API:
        return Problem(401, "无效的令牌", type="new_api_error", is_local=True, is_middleware=True)
    if not shown:
        return Problem(
            401, "You didn't provide an API key. Send it in the header Authorization: Bearer YOUR_KEY."
        )
    hidden = f"{shown[:4]}***{shown[-2:]}" if len(shown) > 8 else "***"
    message = (
        f"Incorrect API key provided: {hidden}. "
        "You can find your API key at https://platform.openai.com/account/api-keys."
    )
    return Problem(401, message, code="invalid_api_key")


def unknown_model(model: str, shape: Shape) -> Problem:
    if shape is Shape.NEW_API:
        return no_channel(model, shape)
    return Problem(
        404,
        f"The model '{model}' does not exist or you do not have access to it.",
        param="model",
        code="model_not_found",
    )


def no_channel(model: str, shape: Shape) -> Problem:
    if shape is Shape.NEW_API:
        message = f"分组 default 下模型 {model} 无可用渠道（distributor）"
        return Problem(
            503, message, type="new_api_error", code="model_not_found", is_local=True, is_middleware=True
        )
    message = "The server is currently overloaded with other requests. Please try again later."
    return Problem(503, message, type="service_unavailable_error", code="server_is_overloaded")


def no_quota(shape: Shape) -> Problem:
    """Money is out. Upstream says it with the status of a rate limit, which must not be mistaken for one."""
    if shape is Shape.NEW_API:
        message = "用户额度不足, 剩余额度: ＄-0.000002"
        return Problem(403, message, type="new_api_error", code="insufficient_user_quota", is_local=True)
    message = "You exceeded your current quota, please check your plan and billing details."
    return Problem(429, message, type="insufficient_quota", code="insufficient_quota")


def too_large(shape: Shape) -> Problem:
    if shape is Shape.NEW_API:
        message, code = "request body too large", "read_request_body_failed"
        return Problem(413, message, type="new_api_error", code=code, is_local=True)
    return Problem(413, "Maximum content size limit exceeded.", code=None)


def unknown_url(method: str, path: str) -> Problem:
    return Problem(404, f"Invalid URL ({method} {path})", code="", param="")


def not_implemented() -> Problem:
    return Problem(501, "API not implemented", type="new_api_error", code="api_not_implemented", param="")


def moderation_blocked(upstream_id: str, *, stage: str, categories: tuple[str, ...]) -> Problem:
    message = (
        "Your request was rejected by the safety system. If you believe this is an error, "
        f"contact us at help.openai.com and include the request ID {upstream_id}."
    )
    if categories:
        message += f" safety_violations=[{', '.join(categories)}]."
    return Problem(
        400,
        message,
        type="image_generation_user_error",
        code="moderation_blocked",
        stage=stage,
        categories=categories,
    )


def content_policy_violation(*, stage: str) -> Problem:
    what = "Image descriptions generated from your prompt may" if stage == "output" else "Your prompt may"
    message = (
        "Your request was rejected as a result of our safety system. "
        f"{what} contain text that is not allowed by our safety system."
    )
    return Problem(400, message, code="content_policy_violation")


def generation_failed() -> Problem:
    """What the vendor says in a stream that began well."""
    message, kind = "Image generation failed", "image_generation_server_error"
    return Problem(500, message, type=kind, code="image_generation_failed")


def of_status(status: int, model: str, shape: Shape, upstream_id: str) -> Problem:
    """The most usual error with this status."""
    if status == 401:
        return wrong_key("sk-simulated-key", shape)
    if status == 403:
        return no_quota(shape) if shape is Shape.NEW_API else _unverified(model)
    if status == 429:
        return _too_many(shape)
    if status == 503:
        return no_channel(model, shape)
    if status >= 500:
        return _server_error(status, upstream_id)
    named = {404: "model_not_found", 402: "billing_hard_limit_reached", 413: "read_request_body_failed"}
    return Problem(status, f"The request was answered with status {status}.", code=named.get(status))


def _too_many(shape: Shape) -> Problem:
    if shape is Shape.NEW_API:
        message = "您已达到请求数限制：1分钟内最多请求10次"
        return Problem(429, message, type="new_api_error", is_local=True, is_middleware=True)
    message = "Rate limit exceeded for images per minute in organization org-simulated. Limit: 5/1min."
    reset = (
        ("x-ratelimit-limit-requests", "5"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "12s"),
    )
    return Problem(429, message, type="requests", code="rate_limit_exceeded", headers=reset)


def _unverified(model: str) -> Problem:
    return Problem(
        403,
        f"Your organization must be verified to use the model `{model}`. Please go to: "
        "https://platform.openai.com/settings/organization/general and click on Verify Organization.",
    )


def _server_error(status: int, upstream_id: str) -> Problem:
    message = (
        "An error occurred while processing your request. You can retry your request, or contact us "
        "through our help center at help.openai.com if the error persists. "
        f"Please include the request ID {upstream_id} in your message."
    )
    return Problem(status, message, type="server_error", code="server_error")


def _masked_url(found: re.Match[str]) -> str:
    return f"{found[1]}://***{found[2] or ''}" + "".join(
        "/***" for part in (found[3] or "").split("/") if part
    )


def _masked_host(found: re.Match[str]) -> str:
    return "***." * found[0].count(".") + found[1]
