"""How endpoints and gateways say no, as a table: the first rule that fits an answer decides.

The body goes before the status, because gateways rewrite statuses; rules that go by status come last.
"""

import re
from dataclasses import dataclass

from generations.images_api.errors import Busy, ImagesError, Refused, Rejected, Unanswered
from generations.images_api.reasons import Reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule looks at."""

    status: int
    names: frozenset[str] = frozenset()  # the error's code, its type and its inner code, in lower case
    message: str = ""  # as the endpoint wrote it; "" for a web page, whose words are for people
    is_web_page: bool = False
    is_error_object: bool = False  # the body is JSON and says what is wrong


@dataclass(frozen=True, slots=True)
class Rule:
    """Fits when the status is one of `statuses` (any, when there are none) and one of the signs is there."""

    reason: Reason
    outcome: type[ImagesError]
    statuses: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    says: re.Pattern[str] | None = None  # somewhere in the message
    only_web_pages: bool = False
    only_without_error: bool = False  # only when the body is no JSON that says what is wrong

    def fits(self, facts: Facts) -> bool:
        return (
            (not self.statuses or facts.status in self.statuses)
            and (facts.is_web_page or not self.only_web_pages)
            and not (facts.is_error_object and self.only_without_error)
            and self._has_sign(facts)
        )

    def _has_sign(self, facts: Facts) -> bool:
        if not self.names and self.says is None:
            return True
        named = not self.names.isdisjoint(facts.names)
        return named or (self.says is not None and self.says.search(facts.message) is not None)


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _says(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ANY_2XX = frozenset(range(200, 300))
_ANY_4XX = frozenset(range(400, 500))
_ANY_5XX = frozenset(range(500, 600))
_REDIRECTS = frozenset(range(300, 400))
# Statuses with which something between us and the endpoint gives up waiting: the images may still be made.
_GAVE_UP = frozenset({408, 502, 504, *range(520, 525)})

RULES: tuple[Rule, ...] = (
    # Moderation, under whatever status: 400 by OpenAI, 500, 429 and 451 by routes that imitate it.
    Rule(
        Reason.MODERATION_BLOCKED,
        Refused,
        names=_names("moderation_blocked"),
        says=_says(r"rejected by the safety system|safety_violations="),
    ),
    Rule(
        Reason.CONTENT_POLICY,
        Refused,
        names=_names(
            "content_policy_violation image_content_policy_violation responsibleaipolicyviolation"
            " content_filter violation_fee.grok.csam"
        ),
        says=_says(r"as a result of our safety system|content (management )?policy|content filter"),
    ),
    Rule(Reason.PROMPT_BLOCKED, Refused, names=_names("sensitive_words_detected prompt_blocked")),
    Rule(Reason.MODERATION_BLOCKED, Refused, statuses=frozenset({451})),
    # Money, before keys and rate limits: it comes as 401, 402, 403 and 429.
    Rule(
        Reason.NO_QUOTA,
        Rejected,
        names=_names(
            "insufficient_quota insufficient_user_quota pre_consume_token_quota_failed"
            " billing_hard_limit_reached credit_balance_exhausted insufficient_credits"
        ),
        says=_says(
            r"额度不足|预扣费额度失败|余额不足|额度已用尽|exceeded your current quota|billing hard limit"
            r"|quota.{0,100} is not enough|pre-?consumed? quota failed|quota (is )?exhausted"
            r"|TokenStatusExhausted|insufficient (user )?(quota|credit|balance)"
        ),
    ),
    Rule(Reason.NO_QUOTA, Rejected, statuses=frozenset({402})),
    # The model, before keys and addresses: no channel comes with the code of an unknown model.
    Rule(
        Reason.NO_CHANNEL,
        Busy,
        names=_names("get_channel_failed channel:no_available_key"),
        says=_says(r"无可用渠道|可用渠道不存在|no available channel"),
    ),
    Rule(Reason.NO_CHANNEL, Busy, statuses=frozenset({503}), names=_names("model_not_found")),
    Rule(
        Reason.MODEL_FORBIDDEN,
        Rejected,
        says=_says(r"无权访问模型|no access to model|does not have access to model"),
    ),
    Rule(
        Reason.MODEL_NOT_FOUND,
        Rejected,
        names=_names("model_not_found"),
        says=_says(r"\bmodel\b.{0,200}(does not exist|has been deprecated)"),
    ),
    Rule(
        Reason.MODEL_UNAVAILABLE,
        Rejected,
        names=_names(
            "model_price_error channel:model_mapped_error convert_request_failed api_not_implemented"
            # The gateway's own key or settings for the model are wrong; ours are not.
            " channel:invalid_key channel:param_override_invalid channel:header_override_invalid"
            " channel:aws_client_error invalid_api_type"
        ),
        says=_says(r"not supported model for image generation"),
    ),
    # The gateway could not read a no of its own endpoint, which is not about our key nor about our address.
    Rule(
        Reason.MODEL_UNAVAILABLE,
        Rejected,
        statuses=frozenset({401, 403, 404, 405}),
        names=_names("bad_response_status_code"),
    ),
    # Not now.
    Rule(
        Reason.OVERLOADED,
        Busy,
        names=_names("slow_down server_is_overloaded overloaded_error service_unavailable_error"),
        says=_says(r"负载已饱和|负载过高|overloaded"),
    ),
    Rule(
        Reason.RATE_LIMITED,
        Busy,
        names=_names("rate_limit_exceeded rate_limit_error"),
        says=_says(r"rate limit|已达到请求数限制|request limit reached|too many requests"),
    ),
    Rule(Reason.RATE_LIMITED, Busy, statuses=frozenset({429})),
    # Who may ask.
    Rule(Reason.NOT_VERIFIED, Rejected, says=_says(r"organization must be verified")),
    Rule(
        Reason.BAD_KEY,
        Rejected,
        names=_names("invalid_api_key"),
        says=_says(r"无效的令牌|令牌已过期|incorrect api key|invalid (api key|token)|token (has )?expired"),
    ),
    Rule(Reason.BAD_KEY, Rejected, statuses=frozenset({401})),
    # A gateway that lost its own endpoint: what was sent there may be made, and charged for.
    Rule(
        Reason.GATEWAY_TIMEOUT,
        Unanswered,
        names=_names(
            "do_request_failed read_response_body_failed bad_response_body bad_response empty_response"
            " channel:response_time_exceeded cf_gateway_timeout"
        ),
        says=_says(r"context deadline exceeded|gateway time-?out|bad response status code 5(02|04|2[0-4])"),
    ),
    Rule(Reason.GATEWAY_TIMEOUT, Unanswered, statuses=_GAVE_UP),
    # With success: the gateway takes 200 alone for it, and the images of another 2xx are made all the same.
    Rule(
        Reason.GATEWAY_TIMEOUT,
        Unanswered,
        statuses=_ANY_5XX | _ANY_2XX,
        names=_names("bad_response_status_code"),
    ),
    # Any other failure that the endpoint did not put in its own words comes from something in between.
    Rule(Reason.GATEWAY_TIMEOUT, Unanswered, statuses=_ANY_5XX, only_without_error=True),
    # Words of a safety system that no rule above knows: a person has to look. Whether it is a refusal is not
    # sure; that it is neither the fault of a setting nor an accident to be repeated is.
    Rule(
        Reason.UNCLASSIFIED,
        Rejected,
        says=_says(
            r"moderat|safety|nsfw|flagged|guardrail|inappropriate|prohibited|sensitive (content|information)"
            r"|敏感|违规|违法|审核"
        ),
    ),
    # The request.
    Rule(
        Reason.REQUEST_TOO_LARGE,
        Rejected,
        names=_names("read_request_body_failed image_too_large image_file_too_large prompt_too_long"),
    ),
    Rule(Reason.REQUEST_TOO_LARGE, Rejected, statuses=frozenset({413})),
    Rule(
        Reason.BAD_PARAMETER,
        Rejected,
        # invalid_request comes as 500 from new-api, whose own checks have no better status.
        names=_names(
            "invalid_request unknown_parameter unsupported_parameter missing_required_parameter invalid_value"
            " invalid_type invalid_image_request bad_request_body count_token_failed too_many_images"
            " invalid_image invalid_image_format invalid_base64_image invalid_image_url invalid_image_mode"
            " invalid_mask_image_format image_too_small image_parse_error unsupported_image_media_type"
            " empty_image_file failed_to_download_image image_file_not_found image_generation_user_error"
        ),
        says=_says(
            r"^(unknown parameter|invalid value|invalid request)\b|size is not supported by this model"
            r"|^size must be one of|^n must be an integer|does not represent a valid image"
            r"|non-zero partial images|^(prompt|model|image) is required"
        ),
    ),
    Rule(
        Reason.SERVER_ERROR,
        Rejected,
        names=_names(
            "server_error image_generation_server_error image_generation_failed new_api_panic"
            " json_marshal_failed gen_relay_info_failed query_data_error update_data_error aws_invoke_error"
        ),
        says=_says(r"an error occurred while processing your request"),
    ),
    # What is left goes by status.
    Rule(
        Reason.BAD_PARAMETER,
        Rejected,
        statuses=frozenset({400, 422}),
        names=_names("invalid_request_error bad_response_status_code"),
    ),
    Rule(Reason.BAD_PARAMETER, Rejected, statuses=frozenset({422})),
    Rule(Reason.REDIRECTED, Rejected, statuses=_REDIRECTS),
    Rule(Reason.NOT_FOUND, Rejected, statuses=frozenset({404, 405})),
    Rule(Reason.WEB_PAGE, Rejected, statuses=_ANY_4XX, only_web_pages=True),
    Rule(Reason.ACCESS_DENIED, Rejected, statuses=frozenset({403})),
    Rule(Reason.MODEL_UNAVAILABLE, Rejected, statuses=frozenset({501})),
    Rule(Reason.SERVER_ERROR, Rejected, statuses=_ANY_5XX),
)
