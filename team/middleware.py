from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from team.preferences import speak


class PreferencesMiddleware:
    """Stands after LocaleMiddleware and AuthenticationMiddleware: a member's own choice counts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        speak(request)
        return self.get_response(request)
