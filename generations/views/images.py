"""One image: its page, and the one door through which image bytes leave."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from generations.collected import order_of
from generations.downloads import other_formats
from generations.entries import shape_of
from generations.history.asked import Asked, Sort
from generations.image_facts import kind, seconds, tokens
from generations.likeness import same_files
from generations.models import Case, Collection, Endpoint, Generation, Image, ReferenceRole
from generations.models.images import Variant
from generations.neighbours import BY_HAND, Standing, neighbours, place_in_history, standing
from generations.offers import editing_offer, masking_offer, varying_offer
from generations.prompt_diff import prompt_diff
from generations.prompt_language import language_of
from generations.references import NotUsable, from_image
from generations.review import looks
from generations.views.collections import IN_A_COLLECTION
from generations.views.door import send_picture
from generations.views.generation import requested
from team.access import MemberRequest, member_required
from team.models import User

_MOST_USES = 12
_MOST_SAME = 6


@member_required
@require_safe
def image(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show one image with everything that is known about it."""
    found = get_object_or_404(
        Image.objects.visible_to(request.user).select_related("generation__endpoint", "call"), pk=pk
    )
    is_owner = found.generation.member_id == request.user.pk
    asked, _errors = Asked.parse(request.GET, request.user)
    walk = _walk(request, found, asked)
    is_reviewed = request.user.is_reviewer and found.generation.cases.exists()
    if is_reviewed:
        looks.note([found.generation], reader=request.user, saw_images=True)
    # Who sees it through a collection sees this image, and nothing of what it was made from or came with it.
    pictures = list(found.generation.reference_uses.as_shown()) if is_owner or is_reviewed else []
    context = {
        "image": found,
        "generation": found.generation,
        "is_owner": is_owner,
        "search": walk.address if walk else asked.address(),
        "back": _way(found, request.user, asked, walk),
        "link": request.build_absolute_uri(request.path),
        "pictures": pictures,
        "source": next((use.reference for use in pictures if use.role == ReferenceRole.REFERENCE), None),
        "used_in": _used_in(found, request.user),
        **_same(found, request.user),
        "can_edit": bool(editing_offer("")),
        "can_mask": bool(masking_offer("")),
        "can_vary": bool(varying_offer()) and found.width == found.height,
        "order": order_of(found, request.user) if found.is_kept else None,
        **_beside(found, request.user, asked, walk),
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
    own = Image.objects.visible_to(request.user).filter(generation__member=request.user)
    found = get_object_or_404(own.select_related("generation"), pk=pk)
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


def _walk(request: MemberRequest, image: Image, asked: Asked) -> Standing | None:
    """The collection along whose order the image was come to, as far as the member sees it there."""
    if asked.collection is None or request.GET.get("order") != BY_HAND:
        return None
    return standing(image, asked.collection, user=request.user)


def _beside(image: Image, member: User, asked: Asked, walk: Standing | None) -> dict[str, object]:
    in_history = image.generation.member_id == member.pk
    made_together = (
        image.generation.images.all() if in_history else image.generation.images.visible_to(member)
    )
    siblings = [one for one in made_together if one.is_kept or one == image]
    place, count = siblings.index(image) + 1, len(siblings)
    beside = (
        walk.beside if walk else neighbours(image, siblings, in_history=in_history, asked=asked, user=member)
    )
    return {
        "previous": beside.previous,
        "next": beside.next,
        "siblings": siblings,
        "place": place,
        "count": count,
        # Of what the arrows lead through.
        "step": walk.place if walk else place,
        "steps": walk.count if walk else count,
    }


def _same(image: Image, member: User) -> dict[str, object]:
    others = same_files(image, member=member).visible_to(member).select_related("generation")
    same = list(others[: _MOST_SAME + 1])
    return {"same": same[:_MOST_SAME], "has_more_of_same": len(same) > _MOST_SAME}


def _details(image: Image) -> dict[str, object]:
    generation = image.generation
    return {
        "prompt_lang": language_of(generation.prompt),
        "revised_lang": language_of(image.revised_prompt),
        "pieces": prompt_diff(generation.prompt, image.revised_prompt),
        "requested": requested(generation, [image.call], [image]),
        "ratio_class": shape_of(image),
        "formats": other_formats(image),
        "kind": kind(image),
        "took": seconds(image.call),
        "tokens": tokens(image.call),
        "several_endpoints": Endpoint.objects.exclude(pk=generation.endpoint_id).exists(),
    }


def _way(image: Image, member: User, asked: Asked, walk: Standing | None) -> str:
    """Where the image was come from, at its place there."""
    if walk:
        collection = reverse("generations:collection", args=[walk.collection])
        page = (walk.place - 1) // IN_A_COLLECTION + 1
        return f"{collection}{f'?page={page}' if page > 1 else ''}#at-{image.pk}"
    is_owner = image.generation.member_id == member.pk
    return _way_back(image.generation, asked) if is_owner else _way_out(image, member)


def _way_back(generation: Generation, asked: Asked) -> str:
    """The history as it was searched, beginning with this generation however old it is."""
    query = asked.address()
    if asked.sort == Sort.NEWEST:
        after = urlencode({"after": place_in_history(generation)})
        query = f"{query}&{after}" if query else after
    return f"{reverse('generations:history')}?{query}#batch-{generation.pk}"


def _way_out(image: Image, member: User) -> str:
    """Where another's image was met: in the review, or in a collection."""
    case = Case.objects.filter(generation=image.generation_id).first() if member.is_reviewer else None
    if case:
        return reverse("generations:review_item", args=[case.pk])
    collection = Collection.objects.visible_to(member).filter(items__image=image).first()
    return (
        reverse("generations:collection", args=[collection.pk])
        if collection
        else reverse("generations:collections")
    )


def _used_in(image: Image, member: User) -> QuerySet[Generation]:
    """The member's own generations that were made from this image, newest first."""
    own = Generation.objects.visible_to(member).filter(reference_uses__reference__image=image)
    return own.distinct().newest_first().prefetch_related("images")[:_MOST_USES]
