"""The WSGI door that gunicorn opens."""

import gc
import os
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagestudio.settings")

_django = get_wsgi_application()
# Pages and all they need are loaded before gunicorn forks, and stay: to look through them for garbage again
# and again would keep a page waiting for 50 ms every now and then.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Hand a request to Django; one in another charset than UTF-8 under a name that Python does not know.

    Django reads the address in the charset of the body, before any middleware runs: a codec that is none for
    text ("hex") would end the request without a page. Of an unknown one it makes nothing, and the request is
    refused like the others (see ReadableRequestsMiddleware).
    """
    if not _is_readable(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = "text/plain; charset=not-utf-8"
    return _django(environ, start_response)


def _is_readable(content_type: str) -> bool:
    try:
        _kind, parameters = parse_header_parameters(content_type)
    except (ValueError, LookupError):
        return False
    return parameters.get("charset", "utf-8").lower() == "utf-8"
