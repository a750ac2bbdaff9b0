"""How bytes from outside leave the studio: to one person, as nothing but a picture."""

import logging
from typing import IO

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from generations.storage import StorageUnavailable, open_object, stream_object

logger = logging.getLogger(__name__)


def send_picture(
    key: str, *, about: str, media_type: str, file_name: str, download: bool = False
) -> HttpResponseBase:
    """Stream a stored object; `about` names its row in the log when there is none."""
    try:
        stream = open_object(key)
    except FileNotFoundError as exc:
        logger.error("%s: its file is missing in the storage: %s", about, key)
        raise Http404 from exc
    except StorageUnavailable:
        logger.warning("%s: the storage does not answer", about)
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    return as_picture(stream, media_type=media_type, file_name=file_name, download=download)


def send_file(
    key: str, *, about: str, media_type: str, file_name: str, length: int | None
) -> HttpResponseBase:
    """Stream a stored file as an attachment, which no browser opens by itself."""
    try:
        stream = stream_object(key)
    except FileNotFoundError as exc:
        logger.error("%s: its file is missing in the storage: %s", about, key)
        raise Http404 from exc
    except StorageUnavailable:
        logger.warning("%s: the storage does not answer", about)
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    response = FileResponse(stream, as_attachment=True, filename=file_name, content_type=media_type)
    if length is not None:
        response["Content-Length"] = str(length)
    shut_in(response)
    patch_cache_control(response, private=True, no_store=True)
    return response


def as_picture(stream: IO[bytes], *, media_type: str, file_name: str, download: bool) -> FileResponse:
    """Stream what was opened, as nothing but a picture; it is closed with the answer."""
    response = FileResponse(stream, as_attachment=download, filename=file_name, content_type=media_type)
    shut_in(response)
    patch_cache_control(response, private=True, max_age=3600, immutable=True)
    return response


def shut_in(response: HttpResponseBase) -> None:
    """Bytes come from outside: whatever they are, a browser must take them for an image and nothing else."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
