"""The door through which unfinished pictures leave, to the member who asked and to nobody else."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from generations import previews
from generations.models import Call
from generations.models.calls import OPEN_STATUSES
from generations.views.door import shut_in
from team.access import MemberRequest, member_required


@member_required
@require_safe
def preview(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Answer the newest picture of a call that has not ended; `?i=` only tells pages' addresses apart."""
    call = get_object_or_404(Call, pk=pk, member=request.user, status__in=OPEN_STATUSES)
    picture = previews.picture(call.pk)
    if picture is None:
        raise Http404
    response = HttpResponse(picture, content_type="image/webp")
    shut_in(response)
    patch_cache_control(response, private=True, no_store=True)
    return response
