"""Deleting an image for good: what goes is said first, and of severe content two administrators agree."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from generations.models import Case, CollectionItem, Decision, Image, Reference
from generations.review import NotAReviewer, Undecided, decide
from generations.review.deciding import is_over
from generations.review.sight import needs_two, proposal_of
from generations.review_forms import DeletionForm
from generations.views.review import sought_in
from generations.views.review_item import after_decision
from team.access import MemberRequest, reviewer_required


@reviewer_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask once more, and then delete an image of a case for good, or propose that somebody else agrees to."""
    cases = Case.objects.for_reviewer(request.user).select_related("generation__member")
    case = get_object_or_404(cases, pk=pk)
    image = _image(request, case)
    if case.member_id == request.user.pk:
        raise Http404
    if request.method != "POST":
        return _asked(request, case, image, DeletionForm(initial={"reason": image.hidden_because}))
    form = DeletionForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            ruling = form.ruling(image.pk)
            verdict = decide(case.pk, ruling, reviewer=request.user, version=form.cleaned_data["version"])
        except Undecided as error:
            form.add_error(None, str(error))
            status = 409
        except NotAReviewer:
            raise Http404 from None
        else:
            return redirect(after_decision(request, case, verdict.pk, goes_on=is_over(case, verdict)))
    image.refresh_from_db()
    return _asked(request, cases.get(pk=pk), image, form, status=status)


def _image(request: MemberRequest, case: Case) -> Image:
    """The image that the address names, or the reported one; also one that has just been deleted."""
    named = request.GET.get("image") or case.image_id
    try:
        wanted = named if isinstance(named, UUID) else UUID(named or "")
    except ValueError:
        raise Http404 from None
    image = get_object_or_404(Image, generation=case.generation_id, pk=wanted)
    is_seen = Image.objects.visible_to(request.user).filter(pk=wanted).exists()
    if not is_seen and (request.method != "POST" or image.removed_at is None):
        raise Http404
    return image


def _asked(
    request: MemberRequest, case: Case, image: Image, form: DeletionForm, *, status: int = 200
) -> HttpResponse:
    proposal = proposal_of(image)
    is_proposal = needs_two(case) and proposal is None
    context: dict[str, Any] = {
        "case": case,
        "image": image,
        "form": form,
        "query": sought_in(request).address(),
        "proposal": proposal,
        "is_own_proposal": proposal is not None and proposal.reviewer_id == request.user.pk,
        "is_proposal": is_proposal,
        "decision": (Decision.ASK_TO_DELETE if is_proposal else Decision.DELETE).value,
        "collections": CollectionItem.objects.filter(image=image).count(),
        "same": _same(image),
        "taken": Reference.objects.filter(image=image).count(),
    }
    return render(request, "generations/review_delete.html", context, status=status)


def _same(image: Image) -> int:
    """How many other images still have the same bytes: each is decided by itself."""
    others = Image.objects.filter(sha256=image.sha256, removed_at__isnull=True)
    return others.exclude(pk=image.pk).count()
