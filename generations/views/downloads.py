"""An image as a file: as it came, or in another format."""

from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from generations.downloads import FORMATS, Download, Format, NotNow, NotPossible, converted, described
from generations.models import Image
from generations.views.door import as_picture, send_picture
from team.access import MemberRequest, member_required


@member_required
@require_safe
def download(request: MemberRequest, pk: UUID) -> HttpResponseBase:
    """Send an image as a file: the picture as it came, or written anew in the `format` that is named.

    The file says how the image was made, unless `metadata` is 0.
    """
    found = get_object_or_404(Image.objects.visible_to(request.user).select_related("generation"), pk=pk)
    wanted = request.GET.get("format", "")
    metadata = request.GET.get("metadata") != "0"
    format_ = next((known for known in FORMATS if known == wanted), None)
    if wanted and format_ is None:
        raise Http404
    try:
        made = _made(found, format_, metadata=metadata)
    except NotNow as error:
        return _refused(request, found, error, status=503)
    except NotPossible as error:
        return _refused(request, found, error, status=422)
    if made is None:
        return _as_it_came(found)
    return as_picture(made.stream, media_type=made.media_type, file_name=made.file_name, download=True)


def _made(image: Image, format_: Format | None, *, metadata: bool) -> Download | None:
    """None where the file leaves as it came."""
    if format_ is not None and image.media_type != f"image/{format_}":
        return converted(image, format_, metadata=metadata)
    return described(image) if metadata else None


def _as_it_came(image: Image) -> HttpResponseBase:
    return send_picture(
        image.original,
        about=f"image {image.pk}",
        media_type=image.media_type,
        file_name=image.file_name,
        download=True,
    )


def _refused(request: MemberRequest, image: Image, error: Exception, *, status: int) -> HttpResponseBase:
    context = {"image": image, "sentence": str(error), "status": status}
    answer = render(request, "generations/download_failed.html", context, status=status)
    if status == 503:
        answer["Retry-After"] = "30"
    return answer
