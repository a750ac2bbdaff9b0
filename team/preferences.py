"""The language and the look a visitor chose: on the account when there is one, in a cookie before."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from team.models import Theme, User

THEME_COOKIE = "studio_theme"
COOKIE_SECONDS = 365 * 24 * 60 * 60


def theme_of(request: HttpRequest) -> str:
    if isinstance(user := _user(request), User):
        return user.theme
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in Theme.values else Theme.SYSTEM.value


def speak(request: HttpRequest) -> None:
    """Answers this request in the language its member chose; others keep that of their cookie or browser."""
    user = _user(request)
    if isinstance(user, User) and user.language:
        translation.activate(user.language)
        request.LANGUAGE_CODE = translation.get_language()


def remember(response: HttpResponseBase, *, language: str | None = None, theme: str | None = None) -> None:
    """Keeps a choice in this browser, so that the sign-in page looks and speaks the same."""
    if language is not None:
        _set_cookie(response, settings.LANGUAGE_COOKIE_NAME, language)
    if theme is not None:
        _set_cookie(response, THEME_COOKIE, theme)


def _user(request: HttpRequest) -> object:
    # An error page can be asked for before the middleware of the session has run.
    return getattr(request, "user", None)


def _set_cookie(response: HttpResponseBase, name: str, value: str) -> None:
    if not value:
        response.delete_cookie(name, path=settings.LANGUAGE_COOKIE_PATH, samesite="Lax")
        return
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_SECONDS,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
