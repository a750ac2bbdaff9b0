"""One case: what is known of it, and the decision."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from generations.explanations import explain
from generations.models import Call, Case, CaseKind, Decision, Generation, HideReason, Verdict
from generations.moderation.score_words import line_of, scores_of
from generations.prompt_language import language_of
from generations.released import facts_of, releases_for
from generations.review import NotAReviewer, Undecided, claims, decide, looks, undo
from generations.review.deciding import is_over
from generations.review.finding import next_waiting, previous_waiting
from generations.review.record import record_of
from generations.review.sight import needs_two, said_of_images
from generations.review_forms import RulingForm
from generations.tiles import shape_class
from generations.views.generation import CallLine, requested
from generations.views.review import recorded, sought_in, with_query
from team.access import MemberRequest, is_own_url, reviewer_required
from team.models import User


@reviewer_required
@require_http_methods(["GET", "HEAD", "POST"])
def review_item(request: MemberRequest, pk: int) -> HttpResponse:
    """Show one case with all that is known of it, and take a decision; then the next one opens."""
    case = _case(request, pk)
    if request.method != "POST":
        return _shown(
            request, case, RulingForm(case=case, releases=_releases(case, request.user)), claims_it=True
        )
    form = RulingForm(request.POST, case=case, releases=releases_for(case.generation))
    status = 422
    if form.is_valid():
        try:
            chosen = form.cleaned_data["release"]
            ruling = form.ruling(dict(facts_of(chosen)) if chosen else {})
            verdict = decide(case.pk, ruling, reviewer=request.user, version=form.cleaned_data["version"])
        except Undecided as error:
            form.add_error(None, str(error))
            status = 409
        except NotAReviewer:
            raise Http404 from None
        else:
            is_answer = is_over(case, verdict)
            return redirect(
                after_decision(request, case, verdict.pk, goes_on=is_answer or not _may_see(request, case))
            )
    return _shown(request, _case(request, pk), form, status=status)


@reviewer_required
@require_POST
def claim(request: MemberRequest, pk: int) -> HttpResponse:
    """Renew the claim of an open page, take over what somebody else has open, or let it go."""
    case = _case(request, pk)
    sought = sought_in(request)
    if "skip" in request.POST:
        claims.let_go(case, by=request.user)
        following = next_waiting(sought, request.user, after=case)
        return redirect(_address(following, sought.address()))
    claims.claim(case, by=request.user, take_over="take" in request.POST)
    if "HX-Request" not in request.headers:
        return redirect(_address(case.pk, sought.address()))
    context = {"case": case, "query": sought.address(), **_claimed(case, request.user)}
    return render(request, "generations/_review_claim.html", context)


@reviewer_required
@require_POST
def assign(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask somebody to decide it: oneself, another reviewer, or nobody in particular."""
    case = _case(request, pk)
    wanted = request.POST.get("to", "")
    to = next((one for one in claims.reviewers(case) if str(one.pk) == wanted), None)
    if wanted and to is None:
        messages.error(request, _("They do not review this. Choose somebody else."))
    else:
        claims.assign(case, to=to)
        done = _("Assigned to %(name)s.") % {"name": to.display_name} if to else _("Assigned to nobody.")
        messages.success(request, done)
    return redirect(_address(case.pk, sought_in(request).address()))


@reviewer_required
@require_POST
def take_back(request: MemberRequest) -> HttpResponse:
    """Undo decisions, of a moment or of a year ago: each case waits again."""
    ids = [int(pk) for pk in request.POST.getlist("verdict")[:100] if pk.isdecimal() and len(pk) < 19]
    undone: list[int] = []
    for pk in ids:
        try:
            undone.append(undo(pk, reviewer=request.user).case_id)
        except Undecided as error:
            messages.error(request, str(error))
        except NotAReviewer:
            raise Http404 from None
    if undone:
        said = ngettext("Undone. It waits again.", "%(n)s decisions undone. They wait again.", len(undone))
        messages.success(request, said % {"n": len(undone)})
    back = request.POST.get("next", "")
    if is_own_url(request, back):
        return redirect(back)
    seen = Case.objects.for_reviewer(request.user).filter(pk__in=undone[:1])
    return redirect(
        _address(undone[0] if len(ids) == 1 and seen.exists() else None, sought_in(request).address())
    )


def _case(request: MemberRequest, pk: int) -> Case:
    related = ("generation__member", "generation__endpoint", "generation__pre_check", "refusal")
    return get_object_or_404(Case.objects.for_reviewer(request.user).select_related(*related), pk=pk)


def _releases(case: Case, user: User) -> list[tuple[str, str]]:
    """What the page offers for one more run; nothing where there is nothing to decide."""
    is_open = case.refusal_id is not None and case.decided_at is None and case.member_id != user.pk
    return releases_for(case.generation) if is_open else []


def _may_see(request: MemberRequest, case: Case) -> bool:
    return Case.objects.for_reviewer(request.user).filter(pk=case.pk).exists()


def after_decision(request: MemberRequest, case: Case, verdict: int, *, goes_on: bool) -> str:
    """Where a decision leads: to the next case, or back to this one if it was about something beside it."""
    sought = sought_in(request)
    following = next_waiting(sought, request.user, after=case) if goes_on else case.pk
    shown = {} if goes_on or "show" not in request.GET else {"show": 1}
    return _address(following, sought.address(), decided=verdict, **shown)


def _address(case: int | None, query: str, **more: object) -> str:
    to = reverse("generations:review_item", args=[case]) if case else reverse("generations:review")
    return with_query(to, query, **more)


def _shown(
    request: MemberRequest, case: Case, form: RulingForm, *, status: int = 200, claims_it: bool = False
) -> HttpResponse:
    is_shown = "show" in request.GET
    with transaction.atomic():  # one commit: whoever waits for the page waits for the disk once
        if claims_it:
            claims.claim(case, by=request.user)
        looks.note([case.generation], reader=request.user, saw_images=is_shown)
    sought = sought_in(request)
    is_own = case.member_id == request.user.pk
    context = {
        **_all_about(case, is_shown=is_shown),
        **_claimed(case, request.user),
        "form": form,
        "query": sought.address(),
        "is_own": is_own,
        "reviewers": () if is_own or case.decided_at else _names(claims.reviewers(case)),
        "recorded": recorded(request),
        "next": next_waiting(sought, request.user, after=case),
        "previous": previous_waiting(sought, request.user, before=case),
    }
    return render(request, "generations/review_item.html", context, status=status)


def _names(people: list[User]) -> list[tuple[int, str]]:
    return [(one.pk, one.display_name) for one in people]


def _claimed(case: Case, user: User) -> dict[str, Any]:
    reader = claims.holder(case)
    return {"reader": reader, "is_mine": reader is not None and reader.pk == user.pk}


def _all_about(case: Case, *, is_shown: bool) -> dict[str, Any]:
    """What the page tells. Not one byte of an image is asked for before the reviewer wants to see it."""
    generation, refusal = case.generation, case.refusal
    calls = list(generation.calls.all())
    said = Verdict.objects.select_related("reviewer", "undone_by__reviewer")
    prefetch_related_objects([case], Prefetch("verdicts", queryset=said))
    return {
        "case": case,
        "refusal": refusal,
        "refused_call": next((call for call in calls if refusal and call.pk == refusal.call_id), None),
        "generation": generation,
        "prompt_lang": language_of(generation.prompt),
        "calls": [CallLine(call, explain(call.reason)) for call in calls],
        "record": record_of(generation.member),
        "verdicts": case.verdicts.all(),
        "standing": case.latest_verdict if case.decided_at else None,
        "explanation": explain(refusal.reason) if refusal else None,
        "is_report": case.kind == CaseKind.REPORT,
        "is_flagged": case.kind == CaseKind.FLAGGED,
        "is_held": case.kind == CaseKind.HELD,
        "line": line_of(case),
        **_check(generation),
        **_pictures(case, calls),
        "is_shown": is_shown,
        "reasons": HideReason.choices,
        "other_cases": _others(case, generation),
    }


def _pictures(case: Case, calls: list[Call]) -> dict[str, Any]:
    """The images of the job with what was decided of each, what it was made from, and what was asked for."""
    generation = case.generation
    every = list(generation.images.all())
    images = [image for image in every if image.removed_at is None]
    gone = [image for image in every if image.removed_at is not None]
    proposals = said_of_images(generation, Decision.ASK_TO_DELETE) if images else {}
    deletions = said_of_images(generation, Decision.DELETE) if gone else {}
    return {
        "images": [
            (image, shape_class(image.width, image.height), proposals.get(image.pk)) for image in images
        ],
        "gone": [(image, deletions.get(image.pk)) for image in gone],
        "needs_two": needs_two(case) if images else False,
        "pictures": list(generation.reference_uses.as_shown()),
        "requested": requested(generation, calls, images),
    }


def _check(generation: Generation) -> dict[str, Any]:
    check = getattr(generation, "pre_check", None)
    return {"check": check, "scores": scores_of(check) if check else ()}


def _others(case: Case, generation: Generation) -> list[Case]:
    """What else is or was asked about the same job."""
    return list(generation.cases.exclude(pk=case.pk).prefetch_related("verdicts").order_by("pk")[:20])
