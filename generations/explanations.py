"""What a reason code means for the person who reads it: one sentence, and what to do next."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generations.images_api import Reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence for what happened, and up to three for what helps."""

    sentence: str | Promise
    advice: tuple[str | Promise, ...] = ()


_ASK_AN_ADMINISTRATOR = _("Ask an administrator of the studio to look at the endpoint.")
_SAY_IT_OTHERWISE = (
    _("Describe the style instead of naming a living artist: “bright modern Japanese animation” works."),
    _("Leave out brands, protected characters and famous people; describe what they look like instead."),
    _("State the setting and the clothing, and leave out injury and nudity."),
)
_MAYBE_CHARGED = _(
    "The endpoint may have made and charged for this. The studio does not ask again by itself."
)

WILL_BE_ASKED_AGAIN = Explanation(
    _("The endpoint was busy or out of reach. The studio asks again by itself; so far nothing was charged.")
)
_WILL_BE_CHECKED_AGAIN = Explanation(
    _(
        "The team's check before sending does not answer. The studio asks it again by itself;"
        " so far nothing was sent or charged."
    )
)

WILL_BE_KEPT = Explanation(
    _("You have cancelled this. What had been sent already is paid for, and is kept when it arrives.")
)
WILL_BE_DISCARDED = Explanation(
    _("You have cancelled this. What had been sent already is paid for, and is discarded when it arrives.")
)
IS_KEPT = Explanation(_("What had been sent already is paid for, and is kept when it arrives."))
IS_DISCARDED = Explanation(_("What had been sent already is paid for, and is discarded when it arrives."))
WAS_DISCARDED = Explanation(
    _("What had been sent already was paid for. It was discarded when it arrived, as you asked.")
)

_EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.KEY_UNUSABLE: Explanation(
        _("The endpoint's API key is missing. Nothing was sent."), (_ASK_AN_ADMINISTRATOR,)
    ),
    Reason.UNREACHABLE: Explanation(
        _("The endpoint could not be reached. Nothing was sent and nothing charged."),
        (_("Try again in a few minutes."),),
    ),
    Reason.CERTIFICATE: Explanation(
        _("The endpoint's certificate is not trusted. Nothing was sent."), (_ASK_AN_ADMINISTRATOR,)
    ),
    Reason.PROXY_FAILED: Explanation(
        _("The proxy did not let the request through. Nothing was sent."), (_ASK_AN_ADMINISTRATOR,)
    ),
    Reason.SPOOL_FULL: Explanation(
        _("The studio's disk is full, so the request was not sent: its answer could not have been kept."),
        (_ASK_AN_ADMINISTRATOR,),
    ),
    Reason.REFERENCE_AWAY: Explanation(
        _(
            "The reference images could not be fetched from the studio's storage."
            " Nothing was sent or charged."
        ),
        (_("Try again in a few minutes."),),
    ),
    Reason.REFERENCE_GONE: Explanation(
        _("A reference image is gone from the studio's storage. Nothing was sent or charged."),
        (_("Upload the picture again."),),
    ),
    Reason.CHECK_AWAY: Explanation(
        _(
            "The team's check before sending did not answer, and your team sends nothing without it."
            " Nothing was sent or charged."
        ),
        (_("Try again in a few minutes."), _ASK_AN_ADMINISTRATOR),
    ),
    Reason.TIMEOUT: Explanation(_("The endpoint did not answer in time."), (_MAYBE_CHARGED,)),
    Reason.CONNECTION_LOST: Explanation(
        _("The connection broke before the answer arrived."), (_MAYBE_CHARGED,)
    ),
    Reason.ANSWER_TOO_LARGE: Explanation(
        _("The answer was larger than these images can be and was not read."), (_MAYBE_CHARGED,)
    ),
    Reason.GATEWAY_TIMEOUT: Explanation(
        _("A gateway in between gave up waiting for the endpoint."), (_MAYBE_CHARGED,)
    ),
    Reason.STUDIO_STOPPED: Explanation(
        _("The studio was stopped while the endpoint was at work."), (_MAYBE_CHARGED,)
    ),
    Reason.WORKER_LOST: Explanation(
        _("The part of the studio that waited for the answer disappeared."), (_MAYBE_CHARGED,)
    ),
    Reason.ANSWER_LOST: Explanation(
        _("The answer had arrived, and was lost with the disk that it lay on."), (_MAYBE_CHARGED,)
    ),
    Reason.MODERATION_BLOCKED: Explanation(
        _("The endpoint's safety system stopped this."), _SAY_IT_OTHERWISE
    ),
    Reason.CONTENT_POLICY: Explanation(
        _("The endpoint's content policy does not allow this."), _SAY_IT_OTHERWISE
    ),
    Reason.PROMPT_BLOCKED: Explanation(
        _("The gateway found words in the prompt that it does not allow."), _SAY_IT_OTHERWISE
    ),
    Reason.WORD_LISTED: Explanation(
        _("The team's list of words stopped this before anything was sent. Nothing was charged."),
        _SAY_IT_OTHERWISE,
    ),
    Reason.REFUSED_IN_A_ROW: Explanation(_("Everything that was asked for lately was refused.")),
    Reason.PRE_CHECKED: Explanation(
        _("The team's check before sending stopped this. Nothing was sent or charged."),
        _SAY_IT_OTHERWISE,
    ),
    Reason.WITHHELD: Explanation(
        _("The endpoint left some images out. It does so when they break its rules, and gives no reason."),
        _SAY_IT_OTHERWISE,
    ),
    Reason.BAD_KEY: Explanation(
        _("The endpoint does not accept the studio's API key."), (_ASK_AN_ADMINISTRATOR,)
    ),
    Reason.ACCESS_DENIED: Explanation(
        _("The endpoint denied access to the studio's account."), (_ASK_AN_ADMINISTRATOR,)
    ),
    Reason.NOT_VERIFIED: Explanation(
        _("The provider wants the organization verified before it sells this model."),
        (_ASK_AN_ADMINISTRATOR,),
    ),
    Reason.MODEL_FORBIDDEN: Explanation(
        _("The studio's key may not use this model."), (_("Choose another model."), _ASK_AN_ADMINISTRATOR)
    ),
    Reason.NO_QUOTA: Explanation(
        _("The studio's budget at the endpoint is used up. Nothing was made."),
        (_("Ask an administrator of the studio to top up the account."),),
    ),
    Reason.BAD_PARAMETER: Explanation(
        _("The endpoint does not accept one of the settings."),
        (_("Set size, quality and format to Auto and try again."), _("Choose another model.")),
    ),
    Reason.REQUEST_TOO_LARGE: Explanation(
        _("The request is larger than the endpoint accepts."), (_("Shorten the prompt."),)
    ),
    Reason.MODEL_NOT_FOUND: Explanation(
        _("The endpoint does not know this model any more."), (_("Choose another model."),)
    ),
    Reason.MODEL_UNAVAILABLE: Explanation(
        _("The endpoint cannot make images with this model."), (_("Choose another model."),)
    ),
    Reason.NOT_FOUND: Explanation(
        _("There is no images endpoint at the address that is set."), (_ASK_AN_ADMINISTRATOR,)
    ),
    Reason.REDIRECTED: Explanation(
        _("The endpoint redirected to another address; the studio does not follow redirects."),
        (_ASK_AN_ADMINISTRATOR,),
    ),
    Reason.RATE_LIMITED: Explanation(
        _("The endpoint had too many requests, however long the studio waited."),
        (_("Try again in a few minutes."),),
    ),
    Reason.OVERLOADED: Explanation(
        _("The endpoint was overloaded, however long the studio waited."), (_("Try again in a few minutes."),)
    ),
    Reason.NO_CHANNEL: Explanation(
        _("The endpoint has no channel for this model at the moment."),
        (_("Choose another model."), _("Try again in a few minutes.")),
    ),
    Reason.SERVER_ERROR: Explanation(
        _("The endpoint failed while making the images."), (_("Try again in a few minutes."),)
    ),
    Reason.UNCLASSIFIED: Explanation(
        _("The endpoint refused in words that the studio does not know. They are shown in the details."),
        (_ASK_AN_ADMINISTRATOR,),
    ),
    Reason.UNREADABLE_ANSWER: Explanation(
        _("The endpoint answered with something that is no image. Its answer is kept."),
        (_ASK_AN_ADMINISTRATOR,),
    ),
    Reason.TRUNCATED_ANSWER: Explanation(
        _("The endpoint's answer is cut off. What arrived is kept."), (_MAYBE_CHARGED,)
    ),
    Reason.EMPTY_ANSWER: Explanation(
        _("The endpoint answered without any image and without a reason."), _SAY_IT_OTHERWISE
    ),
    Reason.ENCODED_BODY: Explanation(
        _("The endpoint compressed its answer in a way that the studio does not open."),
        (_ASK_AN_ADMINISTRATOR,),
    ),
    Reason.WEB_PAGE: Explanation(
        _("The address of the endpoint answered with a web page."), (_ASK_AN_ADMINISTRATOR,)
    ),
    Reason.ASYNC_TASK: Explanation(
        _("The endpoint works with tasks, which the studio does not poll. No image came."),
        (
            _("The endpoint may have charged for this; an administrator finds the task's id in the details."),
            _("Choose another model."),
            _ASK_AN_ADMINISTRATOR,
        ),
    ),
    Reason.NOT_AN_IMAGE: Explanation(
        _("What the endpoint sent as an image cannot be read. Its bytes are kept."), (_MAYBE_CHARGED,)
    ),
    Reason.IMAGE_NOT_RETRIEVABLE: Explanation(
        _("The image was made, but its link could not be fetched."), (_MAYBE_CHARGED,)
    ),
    Reason.FORBIDDEN_ADDRESS: Explanation(
        _("The link to the image points to an address that the studio does not open."),
        (_ASK_AN_ADMINISTRATOR,),
    ),
}


_PAUSED = _("Waiting: the endpoint is paused because %(why)s. An administrator was told.")
_PAUSED_BECAUSE: dict[str, str | Promise] = {
    Reason.BAD_KEY: _("it does not accept the studio's key"),
    Reason.NO_QUOTA: _("the studio's budget there is used up"),
}
_OUT_OF_REACH = _("it could not be reached")
_MODEL_REFUSES = _(
    "Waiting: this model is paused because it has refused everything lately. An administrator was told."
)
_MEMBER_PAUSED = _("Waiting: an administrator has paused its author.")
_MEMBER_REFUSED = _("Waiting: paused after several refusals in a row, until their author goes on.")


def explain_pause(reason: str, *, whole: bool, model: str, member: bool = False) -> Explanation:
    """Return why something waits although there may be free places.

    Args:
        reason: the Reason for which the studio itself has paused the endpoint; "" when a person did.
        whole: everything is paused, and not an endpoint or a model.
        model: the name of the one that is paused, or "".
        member: it is a member who is paused.
    """
    if member:
        return Explanation(_MEMBER_REFUSED if reason else _MEMBER_PAUSED)
    if reason == Reason.REFUSED_IN_A_ROW:
        return Explanation(_MODEL_REFUSES)
    if reason:
        return Explanation(_PAUSED % {"why": _PAUSED_BECAUSE.get(reason, _OUT_OF_REACH)})
    if whole:
        return Explanation(_("Waiting: an administrator has paused the whole studio."))
    if model:
        return Explanation(_("Waiting: an administrator has paused this model."))
    return Explanation(_("Waiting: an administrator has paused the endpoint."))


def explain_wait(reasons: Collection[str]) -> Explanation | None:
    """Return why calls wait to be asked again, by the reasons of each; None where none does."""
    if Reason.CHECK_AWAY in reasons:
        return _WILL_BE_CHECKED_AGAIN
    return WILL_BE_ASKED_AGAIN if reasons else None


def explain(reason: str) -> Explanation | None:
    """Return the explanation of a stored reason code, or None when there is nothing to explain."""
    if not reason:
        return None
    try:
        return _EXPLANATIONS[Reason(reason)]
    except (ValueError, KeyError):  # written by a newer or older version of the studio
        return _EXPLANATIONS[Reason.UNCLASSIFIED]
