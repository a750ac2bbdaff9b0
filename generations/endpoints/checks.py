"""Asks an endpoint for its models, remembers how that went, and says it in words."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generations.images_api import ImagesError, ListedModel, Reason, family_of, list_models
from generations.models import Endpoint, EndpointModel

# More fit neither on a page nor into a form.
MOST_SHOWN = 150

_SENTENCES: dict[str, str | Promise] = {
    Reason.KEY_UNUSABLE: _("There is no key that could be sent. Type one, or set the variable."),
    Reason.NAME_NOT_FOUND: _("The name of the host was not found (DNS). Look for a slip in the base URL."),
    Reason.CONNECTION_REFUSED: _(
        "The host refuses connections at this port. Look for a slip in the port, or start what should listen."
    ),
    Reason.UNREACHABLE: _(
        "No connection came about: the host does not answer, or does not speak https at this port."
    ),
    Reason.CERTIFICATE: _("The host's certificate is not trusted, so the key was not sent."),
    Reason.PROXY_FAILED: _("The proxy did not let the request through."),
    Reason.BAD_KEY: _("The endpoint does not accept the key (401). Type it again."),
    Reason.ACCESS_DENIED: _("The endpoint denies access with this key (403)."),
    Reason.NOT_FOUND: _(
        "There is no list of models at this address (404). Check the path of the base URL. "
        "A few endpoints make images and have no list; their models are added by name."
    ),
    Reason.REDIRECTED: _("The address leads on to another one, which is not followed. Set that one."),
    Reason.WEB_PAGE: _("The address answers with a web page. The API has another address, often with /v1."),
    Reason.NOT_A_MODELS_LIST: _(
        "The answer is no list of models: this is no images endpoint of OpenAI's kind."
    ),
    Reason.TIMEOUT: _("The endpoint did not answer within ten seconds."),
    Reason.CONNECTION_LOST: _("The connection broke before the answer was here."),
    Reason.RATE_LIMITED: _("The endpoint has had too many requests (429). Check again later."),
    Reason.SERVER_ERROR: _("The endpoint failed by itself (500 and above). Check again later."),
    Reason.ANSWER_TOO_LARGE: _("The answer is larger than any list of models."),
    Reason.ENCODED_BODY: _("The endpoint compressed its answer although it was asked not to."),
}
_REFUSED = _("The endpoint said no, in words that the studio does not know.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that could be offered."""

    name: str
    family: str  # "" when it is not known
    ends_on: date | None
    has_ended: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What an endpoint lists, without what is on offer already."""

    proposed: tuple[Candidate, ...]  # makes images, as far as one can tell
    others: tuple[Candidate, ...]
    listed: int
    left_out: int  # too many to show


def check(endpoint: Endpoint) -> tuple[ListedModel, ...]:
    """Ask for the models and remember the result; raises what list_models() raises. Costs nothing."""
    try:
        listed = list_models(endpoint.connection())
    except ImagesError as exc:
        endpoint.record_check(exc.reason)
        raise
    endpoint.record_check("")
    return listed


def find(endpoint: Endpoint) -> Findings:
    """Ask for the models and sort out those that make images."""
    listed = check(endpoint)
    known = set(endpoint.models.values_list("name", flat=True))
    new = sorted((model for model in listed if model.name not in known), key=lambda model: model.name.lower())
    proposed = [_candidate(model) for model in new if model.makes_images]
    others = [_candidate(model) for model in new if not model.makes_images]
    return Findings(
        proposed=tuple(proposed[:MOST_SHOWN]),
        others=tuple(others[:MOST_SHOWN]),
        listed=len(listed),
        left_out=len(proposed[MOST_SHOWN:]) + len(others[MOST_SHOWN:]),
    )


def sentence(reason: str) -> str | Promise:
    """Return what a failed check means and what to do about it; "" for one that went well."""
    return _SENTENCES.get(reason, _REFUSED) if reason else ""


def on_offer(model: EndpointModel) -> Candidate:
    """Return a model that is offered already, with what is known of it by its name."""
    return _candidate(ListedModel(model.name))


def _candidate(model: ListedModel) -> Candidate:
    family = family_of(model.name)
    ends_on = model.ends_on
    return Candidate(
        name=model.name,
        family="" if family.name == "unknown" else family.label,
        ends_on=ends_on,
        has_ended=ends_on is not None and ends_on <= timezone.localdate(),
    )
