"""What holds for every request and every answer, whichever app is asked."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control

_Answer = Callable[[HttpRequest], HttpResponseBase]
_TOO_LARGE = "The request is larger than the studio takes."


class PrivateAnswersMiddleware:
    """What a page shows is for one person: no cache keeps it, nor does the back button after signing out."""

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response


class ReadableRequestsMiddleware:
    """Refuses what no browser sends and no view expects, before anything is looked up or read."""

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _check_size(request)
        _check_charset(request)
        _check_nul(request)
        return self.get_response(request)


class UploadsMiddleware:
    """Only members' files are written to the disk: it looks when they are known and no form is read yet."""

    def __init__(self, get_response: _Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _declared(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and not request.user.is_authenticated:
            raise RequestDataTooBig(_TOO_LARGE)
        return self.get_response(request)


def _check_size(request: HttpRequest) -> None:
    """Django counts a form's fields, but would write an attached file of any size to the disk first."""
    if _declared(request) > _most(request):
        raise RequestDataTooBig(_TOO_LARGE)


def _most(request: HttpRequest) -> int:
    """In bytes."""
    if not _takes_files(request):
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if request.path_info == settings.IMPORT_PATH:
        return settings.IMPORT_UPLOAD_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return settings.UPLOAD_MAX_BYTES


def _takes_files(request: HttpRequest) -> bool:
    return (
        request.method == "POST"
        and request.path_info in settings.UPLOAD_PATHS
        and request.content_type == "multipart/form-data"
    )


def _declared(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0  # no number: Django reads nothing then


def _check_charset(request: HttpRequest) -> None:
    """A sender may name a charset that decodes into halves of characters, which no database takes."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower() != "utf-8":
        raise BadRequest("A request must be in UTF-8.")


def _check_nul(request: HttpRequest) -> None:
    """PostgreSQL takes no NUL. Forms answer one at its field; session ids and the admin's filters do not."""
    values = [*request.COOKIES.values(), *(value for _, each in request.GET.lists() for value in each)]
    if any("\x00" in value for value in values):
        raise BadRequest("A NUL character is in the address or in a cookie.")
