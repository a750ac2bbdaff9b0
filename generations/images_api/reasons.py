"""Why a call did not bring what was asked, as codes that are stored, and a sentence for each."""

from enum import StrEnum


class Reason(StrEnum):
    """At most 40 characters each: they are stored and translated by whoever shows them."""

    # Nothing was sent.
    KEY_UNUSABLE = "key_unusable"
    UNREACHABLE = "unreachable"
    NAME_NOT_FOUND = "name_not_found"
    CONNECTION_REFUSED = "connection_refused"
    CERTIFICATE = "certificate"
    PROXY_FAILED = "proxy_failed"
    SPOOL_FULL = "spool_full"
    REFERENCE_AWAY = "reference_away"
    REFERENCE_GONE = "reference_gone"
    CHECK_AWAY = "check_away"
    # Sent, and no complete answer came.
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection_lost"
    ANSWER_TOO_LARGE = "answer_too_large"
    GATEWAY_TIMEOUT = "gateway_timeout"
    STUDIO_STOPPED = "studio_stopped"
    WORKER_LOST = "worker_lost"
    ANSWER_LOST = "answer_lost"
    # Moderation.
    MODERATION_BLOCKED = "moderation_blocked"
    CONTENT_POLICY = "content_policy"
    PROMPT_BLOCKED = "prompt_blocked"
    WORD_LISTED = "word_listed"
    PRE_CHECKED = "pre_checked"
    WITHHELD = "withheld"
    REFUSED_IN_A_ROW = "refused_in_a_row"  # of a pause, never of a call
    # The key, the budget and what they may buy.
    BAD_KEY = "bad_key"
    ACCESS_DENIED = "access_denied"
    NOT_VERIFIED = "not_verified"
    MODEL_FORBIDDEN = "model_forbidden"
    NO_QUOTA = "no_quota"
    # The request.
    BAD_PARAMETER = "bad_parameter"
    REQUEST_TOO_LARGE = "request_too_large"
    MODEL_NOT_FOUND = "model_not_found"
    MODEL_UNAVAILABLE = "model_unavailable"
    NOT_FOUND = "not_found"
    REDIRECTED = "redirected"
    # The endpoint's own state.
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    NO_CHANNEL = "no_channel"
    SERVER_ERROR = "server_error"
    UNCLASSIFIED = "unclassified"
    # Answered with success, and unusable.
    UNREADABLE_ANSWER = "unreadable_answer"
    TRUNCATED_ANSWER = "truncated_answer"
    EMPTY_ANSWER = "empty_answer"
    ENCODED_BODY = "encoded_body"
    WEB_PAGE = "web_page"
    ASYNC_TASK = "async_task"
    NOT_A_MODELS_LIST = "not_a_models_list"
    NOT_JSON = "not_json"
    NOT_AN_IMAGE = "not_an_image"
    IMAGE_NOT_RETRIEVABLE = "image_not_retrievable"
    FORBIDDEN_ADDRESS = "forbidden_address"


SENTENCES: dict[Reason, str] = {
    Reason.KEY_UNUSABLE: "The API key of this endpoint is missing or cannot be sent; set it again.",
    Reason.UNREACHABLE: "The images endpoint could not be reached; nothing was sent.",
    Reason.NAME_NOT_FOUND: "The name of the images endpoint's host is not known; nothing was sent.",
    Reason.CONNECTION_REFUSED: "The images endpoint's host refuses connections; nothing was sent.",
    Reason.CERTIFICATE: "The images endpoint's certificate is not trusted; nothing was sent.",
    Reason.PROXY_FAILED: "The proxy did not let the request through; nothing was sent.",
    Reason.SPOOL_FULL: "There is no room on the worker's disk to keep the answer.",
    Reason.REFERENCE_AWAY: "A picture that is to be sent cannot be fetched now; nothing was sent.",
    Reason.REFERENCE_GONE: "A picture that was to be sent is gone from the disk; nothing was sent.",
    Reason.CHECK_AWAY: "The check before sending does not answer; nothing was sent without it.",
    Reason.TIMEOUT: "The images endpoint did not finish in time and may have charged for this.",
    Reason.CONNECTION_LOST: "The connection broke before the whole answer was here; it may be charged for.",
    Reason.ANSWER_TOO_LARGE: "The answer is larger than the images asked for can be, and was not read.",
    Reason.GATEWAY_TIMEOUT: "A gateway gave up waiting for the images; they may have been charged for.",
    Reason.STUDIO_STOPPED: "The studio was stopped while the endpoint was at work; it may be charged for.",
    Reason.WORKER_LOST: "The worker that waited for the answer disappeared; it may be charged for.",
    Reason.ANSWER_LOST: "The answer was here, and was lost with the disk that it lay on.",
    Reason.MODERATION_BLOCKED: "The endpoint's safety system refused this request; change the prompt.",
    Reason.CONTENT_POLICY: "The request breaks the endpoint's content policy; change the prompt.",
    Reason.PROMPT_BLOCKED: "The gateway found words in the prompt that it does not allow; change the prompt.",
    Reason.WORD_LISTED: "The prompt names something on the studio's own list; nothing was sent.",
    Reason.REFUSED_IN_A_ROW: "The last requests were all refused, one after the other.",
    Reason.PRE_CHECKED: "The team's check before sending stopped this; nothing was sent.",
    Reason.WITHHELD: "The endpoint withheld the images because its safety system refused them.",
    Reason.BAD_KEY: "The endpoint does not accept the API key; an administrator has to set it again.",
    Reason.ACCESS_DENIED: "The endpoint denied access; an administrator has to look at the account.",
    Reason.NOT_VERIFIED: "The provider wants the organization verified before it sells this model.",
    Reason.MODEL_FORBIDDEN: "The API key may not use this model; choose another model.",
    Reason.NO_QUOTA: "The budget at the provider is used up; an administrator has to top it up.",
    Reason.BAD_PARAMETER: "The endpoint does not accept one of the settings; change the settings.",
    Reason.REQUEST_TOO_LARGE: "The request is larger than the endpoint accepts; make it smaller.",
    Reason.MODEL_NOT_FOUND: "The endpoint does not know this model; choose another model.",
    Reason.MODEL_UNAVAILABLE: "The endpoint cannot make images with this model; choose another model.",
    Reason.NOT_FOUND: "There is no images endpoint at this address; check the base URL.",
    Reason.REDIRECTED: "The endpoint pointed to another address, which is not followed; check the base URL.",
    Reason.RATE_LIMITED: "The endpoint has had too many requests; it is asked again later.",
    Reason.OVERLOADED: "The endpoint is overloaded; it is asked again later.",
    Reason.NO_CHANNEL: "The gateway has no channel for this model at the moment; it is asked again later.",
    Reason.SERVER_ERROR: "The endpoint failed while it made the images; try again later.",
    Reason.UNCLASSIFIED: "The endpoint refused the request in words we do not know.",
    Reason.UNREADABLE_ANSWER: "The endpoint answered with something that is not an images answer.",
    Reason.TRUNCATED_ANSWER: "The endpoint's answer is cut off.",
    Reason.EMPTY_ANSWER: "The endpoint answered without any image.",
    Reason.ENCODED_BODY: "The endpoint compressed its answer although it was asked not to.",
    Reason.WEB_PAGE: "The address answered with a web page; an administrator has to check the base URL.",
    Reason.NOT_JSON: "The address answered, but not in the form that was asked for.",
    Reason.NOT_A_MODELS_LIST: "The address answered, but not with a list of models.",
    Reason.ASYNC_TASK: "The endpoint answered with a task to wait for, and not with images.",
    Reason.NOT_AN_IMAGE: "The endpoint sent something that is not an image.",
    Reason.IMAGE_NOT_RETRIEVABLE: "The image was made, but its link could not be fetched.",
    Reason.FORBIDDEN_ADDRESS: "The image's link points to an address that must not be fetched.",
}
