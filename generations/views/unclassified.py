"""What endpoints answered and no rule knows, whole, for administrators."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from generations.images_api import Reason
from generations.models import Call
from team.access import MemberRequest, administrator_required

PAGE = 20


@administrator_required
@require_safe
def unclassified(request: MemberRequest) -> HttpResponse:
    """List the answers that nobody understood, newest first."""
    calls = (
        Call.objects.filter(reason=Reason.UNCLASSIFIED)
        .select_related("endpoint", "generation")
        .order_by("-queued_at", "-pk")
    )
    page = Paginator(calls, PAGE).get_page(request.GET.get("page"))
    return render(request, "generations/endpoint_unclassified.html", {"page": page})
