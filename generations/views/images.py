"""One image: its page, and the one door through which image bytes leave."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from generations.batches import language_of
from generations.models import Generation, Image
from generations.models.images import Variant
from generations.offers import editing_offer, varying_offer
from generations.references import NotUsable, from_image
from generations.views.door import send_picture
from generations.views.generation import requested
from team.access import MemberRequest, member_required
from team.models import User

_MOST_USES = 12


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
        "pictures": found.generation.reference_uses.as_shown(),
        "used_in": _used_in(found, request.user),
        "can_edit": bool(editing_offer("")),
        "can_vary": bool(varying_offer()) and found.width == found.height,
    }
    return render(request, "generations/image.html", context)


@member_required
@require_safe
def media(request: MemberRequest, pk: UUID, variant: Variant) -> HttpResponseBase:
    """Stream one of an image's files to whoever may see the image, as nothing but an image."""
    found = get_object_or_404(Image.objects.visible_to(request.user).select_related("generation"), pk=pk)
    return send_picture(
        found.key(variant),
        about=f"image {found.pk}",
        media_type=found.media_type if variant == "original" else "image/webp",
        file_name=found.file_name,
        download="download" in request.GET,
    )


@member_required
@require_POST
def use_as_reference(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take a picture for the form from one of the member's own images, and open the form with it."""
    own = Image.objects.filter(generation__member=request.user).select_related("generation")
    found = get_object_or_404(own, pk=pk)
    try:
        reference = from_image(found, member=request.user)
    except NotUsable as error:
        messages.error(request, str(error))
        return redirect("generations:image", pk=found.pk)
    query = {"reference": str(reference.pk), "model": found.generation.model}
    if "variation" in request.POST:
        query["variation"] = "1"
    return redirect(f"{reverse('generations:create')}?{urlencode(query)}")


def _used_in(image: Image, member: User) -> QuerySet[Generation]:
    """The member's own generations that were made from this image, newest first."""
    own = Generation.objects.visible_to(member).filter(reference_uses__reference__image=image)
    return own.distinct().newest_first().prefetch_related("images")[:_MOST_USES]
