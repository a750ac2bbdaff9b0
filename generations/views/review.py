"""The first moderation review: what endpoints refused, and the verdicts of the team's reviewers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from generations.explanations import explain
from generations.forms import VerdictForm
from generations.models import Decision, Refusal
from generations.prompt_language import language_of
from generations.review import OwnRefusal, record_verdict
from generations.views.generation import CallLine
from team.access import MemberRequest, reviewer_required

PAGE = 30


@reviewer_required
@require_safe
def review(request: MemberRequest) -> HttpResponse:
    """List refusals: those that wait for a verdict first of all, oldest first."""
    waiting = Refusal.objects.awaiting_review()
    state = request.GET.get("state", "waiting")
    chosen = {
        "waiting": waiting.order_by("created_at", "id"),
        "decided": Refusal.objects.reviewed().order_by("-created_at", "-id"),
        "all": Refusal.objects.order_by("-created_at", "-id"),
    }
    if state not in chosen:
        state = "waiting"
    refusals = chosen[state].select_related("generation__member").prefetch_related("verdicts__reviewer")
    context = {
        "page": Paginator(refusals, PAGE).get_page(request.GET.get("page")),
        "state": state,
        "waiting": waiting.count(),
    }
    return render(request, "generations/review.html", context)


@reviewer_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_item(request: MemberRequest, pk: int) -> HttpResponse:
    """Show one refusal with all that is known of it, and take a verdict."""
    refusal = get_object_or_404(Refusal.objects.select_related("generation__member", "call"), pk=pk)
    form = VerdictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_verdict(
                refusal,
                reviewer=request.user,
                decision=Decision(form.cleaned_data["decision"]),
                note=form.cleaned_data["note"],
            )
        except OwnRefusal:
            messages.error(request, _("You asked for this yourself. Somebody else has to review it."))
        else:
            messages.success(request, _("Recorded."))
        return redirect("generations:review_item", pk=refusal.pk)
    context = _all_about(refusal, is_shown="show" in request.GET) | {
        "form": form,
        "is_own": refusal.generation.member_id == request.user.pk,
    }
    return render(request, "generations/review_item.html", context, status=422 if form.errors else 200)


def _all_about(refusal: Refusal, *, is_shown: bool) -> dict[str, Any]:
    """What the page tells. Not one byte of an image is asked for before the reviewer wants to see it."""
    generation = refusal.generation
    images, pictures = generation.images.all(), generation.reference_uses.as_shown()
    return {
        "refusal": refusal,
        "generation": generation,
        "prompt_lang": language_of(generation.prompt),
        "calls": [CallLine(call, explain(call.reason)) for call in generation.calls.all()],
        "verdicts": refusal.verdicts.select_related("reviewer"),
        "explanation": explain(refusal.call.reason),
        "images": images if is_shown else [],
        "images_hidden": 0 if is_shown else images.count(),
        "pictures": pictures if is_shown else [],
        "pictures_hidden": 0 if is_shown else pictures.count(),
    }
