"""The answers to what went wrong before or outside a view."""

import os
import re
import sys
from pprint import pformat
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_from_request
from django.views.debug import ExceptionReporter
from django.views.defaults import bad_request, server_error

_SECRET_NAME = re.compile("KEY|PASSWORD|SECRET|TOKEN")
_LEAST = 8  # characters; what is shorter protects nothing, and blotting it out would make a page unreadable


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that could not be read; one that was too large is told so.

    It may come before a language was chosen, and the thread still speaks the last visitor's.
    """
    with translation.override(get_language_from_request(request)):
        if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
            return HttpResponse(render_to_string("413.html"), status=413)
        return bad_request(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a request that an error ended; a database that is away comes back, and the page says so."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "10"})
    return server_error(request)


class DiscreetReporter(ExceptionReporter):
    """The page of DEBUG=1, without secrets. Django blots out settings by their names only: a password within
    a URL, or in a variable of the code that failed, would be shown."""

    def get_traceback_html(self) -> SafeString:
        return _without_secrets(super().get_traceback_html())

    def get_traceback_text(self) -> SafeString:
        return _without_secrets(super().get_traceback_text())


def _without_secrets(report: str) -> SafeString:
    for secret in sorted(_secrets(), key=len, reverse=True):
        # As it is, and as it reads inside a URL, inside a repr, and inside HTML.
        for spelling in {secret, quote(secret), quote(secret, safe=""), pformat(secret)[1:-1]}:
            report = report.replace(escape(spelling), "…").replace(spelling, "…")
    return mark_safe(report)  # noqa: S308  Django made it; only pieces were taken out


def _secrets() -> set[str]:
    """Everything secret that this process knows."""
    database_url = os.environ.get("DATABASE_URL", "")
    known = {
        settings.SECRET_KEY,
        settings.EMAIL_HOST_PASSWORD,
        settings.DATABASES["default"].get("PASSWORD"),
        *(unquote(urlsplit(url).password or "") for url in (settings.REDIS_URL, database_url)),
        *(value for name, value in os.environ.items() if _SECRET_NAME.search(name)),
    }
    return {secret for secret in known if secret and len(secret) >= _LEAST}
