"""What the pages of administrators say about an endpoint: its key, its last check and its models."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from generations.endpoints.checks import Candidate, on_offer, sentence
from generations.endpoints.secrets import secret_words, shown_proxy
from generations.models import Endpoint, EndpointModel, KeySource
from generations.sealing import SecretUnusable, unseal

Tone = Literal["ok", "bad", "muted"]


@dataclass(frozen=True, slots=True)
class KeyWords:
    text: str | Promise
    tone: Tone
    advice: str | Promise = ""


@dataclass(frozen=True, slots=True)
class ModelLine:
    model: EndpointModel
    about: Candidate


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint with everything that is said about it."""

    endpoint: Endpoint
    key: KeyWords
    check: str | Promise  # "" when the last check went well, or when there was none
    proxy: str | Promise  # "" when calls go straight to the endpoint
    models: tuple[ModelLine, ...]


def line_of(endpoint: Endpoint) -> EndpointLine:
    """Return the words for one endpoint; its models should be prefetched when there are many endpoints."""
    return EndpointLine(
        endpoint=endpoint,
        key=_key_words(endpoint),
        check=sentence(endpoint.check_reason),
        proxy=_proxy_words(endpoint),
        models=tuple(ModelLine(model, on_offer(model)) for model in endpoint.models.all()),
    )


def _key_words(endpoint: Endpoint) -> KeyWords:
    variable = endpoint.key_variable
    match endpoint.key_source:
        case KeySource.STORED:
            return KeyWords(_("key stored"), "ok")
        case KeySource.UNREADABLE:
            return KeyWords(_("stored key cannot be read"), "bad", _why_unreadable(endpoint))
        case KeySource.VARIABLE:
            return KeyWords(format_lazy(_("key from {variable}"), variable=variable), "ok")
        case KeySource.UNSET_VARIABLE:
            return KeyWords(format_lazy(_("no key: {variable} is not set"), variable=variable), "bad")
        case KeySource.NOT_NEEDED:
            return KeyWords(_("needs no key"), "muted")
        case KeySource.NONE:
            return KeyWords(_("no key"), "bad")


def _proxy_words(endpoint: Endpoint) -> str | Promise:
    if not endpoint.encrypted_proxy:
        return ""
    try:
        return format_lazy(_("through {proxy}"), proxy=shown_proxy(unseal(endpoint.encrypted_proxy)))
    except SecretUnusable:
        return _("the stored proxy cannot be read, so nothing is sent")


def _why_unreadable(endpoint: Endpoint) -> str | Promise:
    try:
        unseal(endpoint.encrypted_key)
    except SecretUnusable as exc:
        return secret_words(exc)
    return ""
