"""One decision about several cases: counted and asked first, then made for each by itself."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from generations.models import Case, CaseKind, Decision
from generations.review import NotAReviewer, Ruling, Undecided, decide
from generations.review.deciding import CHOICES
from generations.views.review import sought_in, with_query
from team.access import MemberRequest, reviewer_required

_MOST = 100
# What is decided without a look at each image and without a choice of its own.
_TOGETHER = (Decision.RIGHT, Decision.FALSE_POSITIVE, Decision.UNCLEAR, Decision.APPROVE)


@reviewer_required
@require_POST
def bulk(request: MemberRequest) -> HttpResponse:
    """Say how many cases a decision is about; once that is confirmed, decide each that still is as it was."""
    decision = next((one for one in _TOGETHER if one == request.POST.get("decision")), None)
    if decision is None:
        raise Http404
    sought = sought_in(request)
    back = with_query(reverse("generations:review"), sought.address())
    asked = dict(_asked(request))
    seen = Case.objects.for_reviewer(request.user).filter(pk__in=asked).select_related("member")
    # What is held is looked at before it is let out: each by itself.
    deciding = seen.exclude(kind=CaseKind.HELD).exclude(member=request.user)
    fitting = [case for case in deciding if decision in CHOICES[case.kind]]
    if not fitting:
        messages.info(request, _("None of what you have selected can be decided so. Nothing was recorded."))
        return redirect(back)
    if "sure" not in request.POST:
        context = {
            "cases": [(case, asked[case.pk]) for case in fitting],
            "left_out": len(asked) - len(fitting),
            "decision": decision,
            "note": request.POST.get("note", "")[:2000],
            "query": sought.address(),
            "back": back,
        }
        return render(request, "generations/review_bulk.html", context)
    ruling = Ruling(decision, note=request.POST.get("note", "").replace("\0", "")[:2000])
    verdicts, others = _decided(request, fitting, asked, ruling)
    if others:
        said = ngettext(
            "%(n)s was decided or changed by somebody else meanwhile, and stays as it is.",
            "%(n)s were decided or changed by somebody else meanwhile, and stay as they are.",
            others,
        )
        messages.warning(request, said % {"n": others})
    decided = {"decided": ",".join(map(str, verdicts))} if verdicts else {}
    return redirect(with_query(reverse("generations:review"), sought.address(), **decided))


def _decided(
    request: MemberRequest, cases: list[Case], versions: dict[int, int], ruling: Ruling
) -> tuple[list[int], int]:
    """The verdicts that were recorded, and how many cases were not as they had been seen."""
    verdicts: list[int] = []
    others = 0
    for case in cases:
        try:
            verdicts.append(decide(case.pk, ruling, reviewer=request.user, version=versions[case.pk]).pk)
        except Undecided:
            others += 1
        except NotAReviewer:
            raise Http404 from None
    return verdicts, others


def _asked(request: MemberRequest) -> Iterator[tuple[int, int]]:
    """Cases and the versions that the page has shown, from values such as 12:0."""
    for value in request.POST.getlist("case")[:_MOST]:
        pk, _colon, version = value.partition(":")
        if all(part.isascii() and part.isdecimal() and len(part) < 10 for part in (pk, version)):
            yield int(pk), int(version)
