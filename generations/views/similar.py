"""Images that look like one."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from generations.likeness import alike, same_files
from generations.models import Image
from team.access import MemberRequest, member_required


@member_required
@require_safe
def similar(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show the member's images that are the same file as one, and those that look like it."""
    found = get_object_or_404(Image.objects.visible_to(request.user).select_related("generation"), pk=pk)
    same = list(same_files(found, member=request.user).select_related("generation")[:60])
    known = {image.pk for image in same}
    context = {
        "image": found,
        "same": same,
        "alike": [near.image for near in alike(found, member=request.user) if near.image.pk not in known],
    }
    return render(request, "generations/similar.html", context)
