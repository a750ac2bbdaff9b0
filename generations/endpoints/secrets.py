"""What is typed once and never shown again: how it is taken in, and what is wrong when it cannot be kept."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from generations.images_api import Connection
from generations.sealing import LEAST_CHARACTERS, SecretMissing, SecretTooShort, SecretUnusable

_PROXY = re.compile(r"https?://([\x21-\x7e]+@)?[A-Za-z0-9.:_\[\]-]+/?")


def secret_words(exc: SecretUnusable) -> str | Promise:
    """Say what an operator has to do about the secret that seals keys and proxies."""
    match exc:
        case SecretMissing():
            return _("ENDPOINT_KEY_SECRET is not set, so no key can be stored or read. Set it and restart.")
        case SecretTooShort():
            return format_lazy(
                _("ENDPOINT_KEY_SECRET needs at least {least} characters. Make it longer and restart."),
                least=LEAST_CHARACTERS,
            )
        case _:
            return _("ENDPOINT_KEY_SECRET is not the one that the key was stored with. Type the key again.")


class WriteOnlyInput(forms.TextInput):
    """Readable while it is typed; what was typed never comes back with the page."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


def check_proxy(value: str) -> None:
    """Raise ValidationError, which does not repeat the value, for what is no address of a proxy."""
    try:
        usable = _PROXY.fullmatch(value) is not None and bool(shown_proxy(value))
        Connection(base_url="http://localhost", api_key="", proxy=value)
    except ValueError:
        usable = False
    if not usable:
        raise ValidationError(
            _("A proxy looks like http://proxy.example.com:3128, or http://user:password@host:port.")
        )


def shown_proxy(proxy: str) -> str:
    """Return the host and port of a proxy, without its user and password; "" when there is none of them."""
    parts = urlsplit(proxy)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port}" if host and parts.port else ""
