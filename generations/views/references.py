"""References: taken in one by one while the form is filled in, and shown to those who may see them."""

from typing import Literal
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from generations.models import Reference
from generations.reference_choice import mask_without_picture, pictures_in
from generations.references import NotUsable, receive
from generations.views.door import send_picture
from team.access import MemberRequest, member_required


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def references(request: MemberRequest) -> HttpResponse:
    """Answer pictures as the form shows them: those that are asked for, or those that were sent."""
    if request.method != "POST":
        chosen, mask = pictures_in(request.GET, member=request.user)
        return render(request, "generations/_pictures.html", {"references": chosen, "mask": mask})
    chosen, _mask = pictures_in(request.POST, member=request.user)
    errors: list[str] = []
    kept = [_received(request, file, errors) for file in request.FILES.getlist("pictures")]
    masks = [_mask_received(request, file, chosen, errors) for file in request.FILES.getlist("mask_picture")]
    context = {
        "references": [reference for reference in kept if reference],
        "mask": next((mask for mask in masks if mask), None),
        "errors": errors,
    }
    is_too_large = any((file.size or 0) > settings.REFERENCE_UPLOAD_BYTES for file in _files(request))
    status = 413 if is_too_large and not context["references"] and not context["mask"] else 200
    return render(request, "generations/_pictures.html", context, status=status)


@member_required
@require_safe
def reference(request: MemberRequest, pk: UUID, variant: Literal["original", "320"]) -> HttpResponseBase:
    """Stream one of a reference's files to whoever may see it, as nothing but an image."""
    found = get_object_or_404(Reference.objects.visible_to(request.user), pk=pk)
    is_original = variant == "original"
    return send_picture(
        found.original if is_original else found.thumb_320,
        about=f"reference {found.pk}",
        media_type=found.media_type if is_original else "image/webp",
        file_name=f"reference-{str(found.pk)[:8]}.{found.original.rpartition('.')[2]}",
    )


def _files(request: MemberRequest) -> list[UploadedFile]:  # type: ignore[type-arg]
    return [file for name in ("pictures", "mask_picture") for file in request.FILES.getlist(name)]


def _received(
    request: MemberRequest,
    file: UploadedFile,  # type: ignore[type-arg]
    errors: list[str],
    *,
    mask_of: Reference | None = None,
) -> Reference | None:
    try:
        return receive(file, member=request.user, mask_of=mask_of)
    except NotUsable as error:
        errors.append(str(error))
        return None


def _mask_received(
    request: MemberRequest,
    file: UploadedFile,  # type: ignore[type-arg]
    chosen: list[Reference],
    errors: list[str],
) -> Reference | None:
    if not chosen:
        errors.append(mask_without_picture())
        return None
    return _received(request, file, errors, mask_of=chosen[0])
