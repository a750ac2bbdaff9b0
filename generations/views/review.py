"""The first moderation review: what endpoints refused, and the verdicts of the team's reviewers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from generations.batches import language_of
from generations.explanations import explain
from generations.forms import VerdictForm
from generations.models import Decision, Refusal
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
    images = refusal.generation.images.all()
    explanation = explain(refusal.call.reason)
    context = {
        "refusal": refusal,
        "generation": refusal.generation,
        "prompt_lang": language_of(refusal.generation.prompt),
        "calls": [CallLine(call, explain(call.reason)) for call in refusal.generation.calls.all()],
        "verdicts": refusal.verdicts.select_related("reviewer"),
        "form": form,
        "explanation": explanation,
        "is_own": refusal.generation.member_id == request.user.pk,
        # Not one byte of an image is asked for before the reviewer wants to see it.
        "images": images if "show" in request.GET else [],
        "images_hidden": 0 if "show" in request.GET else images.count(),
    }
    return render(request, "generations/review_item.html", context, status=422 if form.errors else 200)
