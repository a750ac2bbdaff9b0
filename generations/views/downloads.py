"""An image as a file: as it came, or in another format."""

from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from generations.downloads import FORMATS, NotNow, NotPossible, converted
from generations.models import Image
from generations.views.door import as_picture, send_picture
from team.access import MemberRequest, member_required


@member_required
@require_safe
def download(request: MemberRequest, pk: UUID) -> HttpResponseBase:
    """Send an image as a file: as it came, or written anew in the `format` that is named."""
    found = get_object_or_404(Image.objects.visible_to(request.user).select_related("generation"), pk=pk)
    wanted = request.GET.get("format", "")
    if not wanted or found.media_type == f"image/{wanted}":
        return _as_it_came(found)
    format_ = next((known for known in FORMATS if known == wanted), None)
    if format_ is None:
        raise Http404
    try:
        made = converted(found, format_)
    except NotNow as error:
        return _refused(request, found, error, status=503)
    except NotPossible as error:
        return _refused(request, found, error, status=422)
    return as_picture(made.stream, media_type=made.media_type, file_name=made.file_name, download=True)


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
