"""One image: its page, and the one door through which image bytes leave."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from generations.downloads import other_formats
from generations.image_facts import kind, seconds, tokens
from generations.models import Endpoint, Generation, Image
from generations.models.images import Variant
from generations.neighbours import neighbours, place_in_history
from generations.offers import editing_offer, masking_offer, varying_offer
from generations.prompt_diff import prompt_diff
from generations.prompt_language import language_of
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
        Image.objects.visible_to(request.user).select_related("generation__endpoint", "call"), pk=pk
    )
    is_owner = found.generation.member_id == request.user.pk
    context = {
        "image": found,
        "generation": found.generation,
        "is_owner": is_owner,
        "back": _way_back(found.generation) if is_owner else _way_to_review(found.generation),
        "link": request.build_absolute_uri(request.path),
        "pictures": found.generation.reference_uses.as_shown(),
        "used_in": _used_in(found, request.user),
        "can_edit": bool(editing_offer("")),
        "can_mask": bool(masking_offer("")),
        "can_vary": bool(varying_offer()) and found.width == found.height,
        **_beside(found, in_history=is_owner),
        **_details(found),
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
    if "paint" in request.POST:
        query["paint"] = "1"
    return redirect(f"{reverse('generations:create')}?{urlencode(query)}")


def _beside(image: Image, *, in_history: bool) -> dict[str, object]:
    siblings = list(image.generation.images.all())
    beside = neighbours(image, siblings, in_history=in_history)
    return {
        "previous": beside.previous,
        "next": beside.next,
        "siblings": siblings,
        "place": siblings.index(image) + 1,
        "count": len(siblings),
    }


def _details(image: Image) -> dict[str, object]:
    generation = image.generation
    return {
        "prompt_lang": language_of(generation.prompt),
        "revised_lang": language_of(image.revised_prompt),
        "pieces": prompt_diff(generation.prompt, image.revised_prompt),
        "requested": requested(generation, [image.call], [image]),
        "formats": other_formats(image),
        "kind": kind(image),
        "took": seconds(image.call),
        "tokens": tokens(image.call),
        "several_endpoints": Endpoint.objects.exclude(pk=generation.endpoint_id).exists(),
    }


def _way_back(generation: Generation) -> str:
    """The history, beginning with this generation however old it is."""
    after = urlencode({"after": place_in_history(generation)})
    return f"{reverse('generations:history')}?{after}#batch-{generation.pk}"


def _way_to_review(generation: Generation) -> str:
    refusal = generation.refusals.first()
    return reverse("generations:review_item", args=[refusal.pk]) if refusal else reverse("generations:review")


def _used_in(image: Image, member: User) -> QuerySet[Generation]:
    """The member's own generations that were made from this image, newest first."""
    own = Generation.objects.visible_to(member).filter(reference_uses__reference__image=image)
    return own.distinct().newest_first().prefetch_related("images")[:_MOST_USES]
