"""What makers and gateways that nobody wrote rules for were seen to answer, or say in their manuals.

Nothing here may be used to write a rule: this is how the rules are tried on what they do not know.
"""

from typing import NamedTuple


class Stranger(NamedTuple):
    name: str
    status: int
    body: object
    is_refusal: bool  # a safety system said no to the prompt or to an image


def _error(message: str, **more: object) -> dict[str, object]:
    return {"error": {"message": message, **more}}


_REFUSALS: dict[str, tuple[int, object]] = {
    "flow, unsafe generation": (
        400,
        {
            "error": {
                "code": 400,
                "message": "Request contains an invalid argument.",
                "status": "INVALID_ARGUMENT",
                "details": [{"@type": "ErrorInfo", "reason": "PUBLIC_ERROR_UNSAFE_GENERATION"}],
            }
        },
    ),
    "imagen, support code": (
        400,
        _error(
            "Image generation failed with the following error: The response is blocked, as it may violate "
            "our policies. Error Code: 58061214",
            code=400,
            status="INVALID_ARGUMENT",
        ),
    ),
    "gemini through a gateway": (
        500,
        _error(
            "Gemini image generation blocked [IMAGE_SAFETY]: The generated image was blocked due to safety "
            "policy violation (request id: 2026071110)",
            type="channel_error",
            code="channel:image_generation_failed",
        ),
    ),
    "azure, prompt filter": (
        400,
        _error(
            "The response was filtered due to the prompt triggering our content management policy.",
            type=None,
            param="prompt",
            code="content_filter",
            status=400,
        ),
    ),
    "a proxy that wraps azure": (
        400,
        _error(
            "BadRequestError: ContentPolicyViolationError: AzureException - The response was filtered",
            type=None,
            code="400",
            provider_specific_fields={"innererror": {"code": "ResponsibleAIPolicyViolation"}},
        ),
    ),
    "dashscope": (
        400,
        {"code": "DataInspectionFailed", "message": "Input data may contain inappropriate content."},
    ),
    "ark": (
        400,
        _error(
            "The request failed because the input text may contain sensitive information.",
            code="InputTextSensitiveContentDetected",
            type="BadRequest",
        ),
    ),
    "zhipu": (400, _error("系统检测到输入或生成内容可能包含不安全或敏感内容", code="1301")),
    "minimax, inside a success": (
        200,
        {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}, "data": None},
    ),
    "jimeng, before": (200, {"code": 50412, "data": None, "message": "Text Risk Not Pass"}),
    "jimeng, after": (400, {"code": 50511, "message": "Post Img Risk Not Pass"}),
    "hunyuan": (
        200,
        {
            "Response": {
                "Error": {
                    "Code": "OperationDenied.TextIllegalDetected",
                    "Message": "文本包含违法违规信息，审核不通过。",
                }
            }
        },
    ),
    "midjourney proxy": (
        200,
        {"code": 24, "description": "可能包含敏感词", "properties": {"bannedWord": "naked"}},
    ),
    "stability": (
        403,
        {
            "errors": ["Your request was flagged by our content moderation system and was denied."],
            "id": "1f",
            "name": "content_moderation",
        },
    ),
    "flux, moderated": (200, {"id": "9c", "status": "Request Moderated", "result": None}),
    "fal": (
        422,
        {
            "detail": [
                {
                    "loc": ["body", "prompt"],
                    "msg": "The content was flagged by a content checker.",
                    "type": "content_policy_violation",
                }
            ]
        },
    ),
    "replicate": (422, {"detail": "NSFW content detected. Try running it again, or try a different prompt."}),
    "ideogram": (422, {"error": "Image provided failed safety check due to prohibited content."}),
    "together": (
        422,
        _error("NSFW content detected in image.", type="invalid_request_error", code="nsfw"),
    ),
    "openrouter": (
        403,
        _error("Input was flagged", code=403, metadata={"reasons": ["sexual"], "flagged_input": "a nude"}),
    ),
    "a reverse proxy of a chat": (
        502,
        _error("Image generation blocked or no valid final image", type="upstream_error"),
    ),
    "words instead of an image": (
        200,
        {
            "choices": [
                {
                    "message": {
                        "role": "assistant",
                        "content": "We're so sorry, but the prompt may violate our guardrails around nudity.",
                    }
                }
            ]
        },
    ),
    "gemini as it is": (
        200,
        {
            "candidates": [
                {"content": {"role": "model"}, "finishReason": "IMAGE_PROHIBITED_CONTENT", "index": 0}
            ]
        },
    ),
}
_OTHERS: dict[str, tuple[int, object]] = {
    "a file that could not be fetched": (
        400,
        _error(
            "Error while downloading file. Upstream status code: 407.",
            type="invalid_request_error",
            code="invalid_value",
        ),
    ),
    "a group that is full": (
        503,
        _error("当前分组上游负载已饱和，请稍后再试", type="new_api_error", code="upstream_saturated"),
    ),
    "a token that is used up": (403, {"code": 10003, "message": "该令牌额度已用尽", "success": False}),
    "no route": (404, {"message": "no Route matched with those values"}),
    "a mesh": (503, b"upstream connect error or disconnect/reset before headers. reset reason: overflow"),
    "a framework": (405, {"detail": "Method Not Allowed"}),
    "validation": (
        422,
        {
            "detail": [
                {"loc": ["body", "size"], "msg": "value is not a valid enum", "type": "type_error.enum"}
            ]
        },
    ),
    "overloaded": (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    "a model that sleeps": (503, {"error": "Model is currently loading", "estimated_time": 20.0}),
    "nothing in a success": (200, {"created": 1, "data": []}),
    "an image of nothing": (200, {"created": 1, "data": [{"b64_json": None, "url": None}]}),
    "an empty success": (200, b""),
    "null": (200, b"null"),
    "true": (200, b"true"),
    "a list": (200, []),
    "a task of somebody's": (200, {"request_id": "x", "status_url": "/queue/x/status", "status": "IN_QUEUE"}),
    "a page": (200, b"<!doctype html><title>New API</title><div id=root></div>"),
    "a bill": (402, {"error": "Payment required", "balance": 0}),
    "teapot": (418, b"short and stout"),
    "an odd envelope": (400, {"ok": False, "why": {"human": "the cat sat on the keyboard"}}),
}
STRANGERS = [
    *(Stranger(name, *answer, is_refusal=True) for name, answer in _REFUSALS.items()),
    *(Stranger(name, *answer, is_refusal=False) for name, answer in _OTHERS.items()),
]
