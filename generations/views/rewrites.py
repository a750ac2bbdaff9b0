"""Other words for what was refused: asked for by its member, shown beside their own, taken or dropped."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from generations import tasks
from generations.models import Generation
from generations.moderation import rewriting
from generations.moderation.proposals import proposal_of
from team.access import MemberRequest, member_required


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def rewrite(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask for other words, or tell a page that waits for them what has come: 204 while nothing has."""
    found = _own(request, pk)
    if request.method == "POST":
        try:
            rewriting.ask(found, by=request.user, ring=tasks.ring_for_rewrite)
        except rewriting.NotProposed as error:
            messages.info(request, str(error))
        return _to_page(found)
    if "hx-request" not in request.headers:
        return _to_page(found)
    proposal = proposal_of(found)
    if proposal is None:
        return HttpResponse()
    if proposal.state == "waiting":
        return HttpResponse(status=204)
    return render(request, "generations/_rewrite.html", {"generation": found, "proposal": proposal})


@member_required
@require_POST
def drop(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Forget the words that were proposed; the member's own stay as they are."""
    found = _own(request, pk)
    if rewriting.drop(request.POST.get("rewrite", ""), generation=found):
        messages.success(request, _("Dropped. Your own words stay as they are."))
    return redirect("generations:generation", pk=found.pk)


def _own(request: MemberRequest, pk: UUID) -> Generation:
    own = Generation.objects.visible_to(request.user).select_related("endpoint")
    return get_object_or_404(own.prefetch_related("refusals"), pk=pk)


def _to_page(found: Generation) -> HttpResponse:
    return HttpResponseRedirect(reverse("generations:generation", args=[found.pk]) + "#rewrite")
