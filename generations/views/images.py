"""One image: its page, and the one door through which image bytes leave."""

import logging
from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from generations.batches import language_of
from generations.models import Image
from generations.models.images import Variant
from generations.storage import StorageUnavailable, open_object
from generations.views.generation import requested
from team.access import MemberRequest, member_required

logger = logging.getLogger(__name__)


@member_required
@require_safe
def image(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show one image with everything that is known about it."""
    found = get_object_or_404(
        Image.objects.visible_to(request.user).select_related("generation", "call"), pk=pk
    )
    siblings = list(found.generation.images.all())
    place = [sibling.pk for sibling in siblings].index(found.pk)
    context = {
        "image": found,
        "generation": found.generation,
        "prompt_lang": language_of(found.generation.prompt),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
        "place": place + 1,
        "count": len(siblings),
        "requested": requested(found.generation, [found.call], [found]),
        "is_owner": found.generation.member_id == request.user.pk,
    }
    return render(request, "generations/image.html", context)


@member_required
@require_safe
def media(request: MemberRequest, pk: UUID, variant: Variant) -> HttpResponseBase:
    """Stream one of an image's files to whoever may see the image, as nothing but an image."""
    found = get_object_or_404(Image.objects.visible_to(request.user).select_related("generation"), pk=pk)
    try:
        stream = open_object(found.key(variant))
    except FileNotFoundError as exc:
        logger.error("image %s: its %s file is missing in the storage", found.pk, variant)
        raise Http404 from exc
    except StorageUnavailable:
        logger.warning("image %s: the storage does not answer", found.pk)
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    response = FileResponse(
        stream,
        as_attachment="download" in request.GET,
        filename=found.file_name,
        content_type=found.media_type if variant == "original" else "image/webp",
    )
    # The bytes come from outside: whatever they are, a browser must take them for an image and nothing else.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, max_age=3600, immutable=True)
    return response
