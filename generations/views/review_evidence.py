"""Evidence of cases as a file: of one, of those that are selected, or of all that filters find."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from generations.jobs import evidence
from generations.jobs.arguments import NotUnderstood
from generations.models import Case
from generations.review.log import LogSought
from generations.review.sight import severe_among
from generations.views.review import sought_in, with_query
from team.access import MemberRequest, is_own_url, reviewer_required


@reviewer_required
@require_POST
def export(request: MemberRequest) -> HttpResponse:
    """Ask what comes along; once that is said, begin to make the file."""
    back = _back(request)
    cases = _cases(request)
    try:
        if len(cases) > evidence.MOST:
            most = {"most": evidence.MOST}
            raise NotUnderstood(_("These are more than %(most)s cases. Narrow the filters.") % most)
        if not cases:
            raise NotUnderstood(_("Choose at least one case."))
        if "sure" in request.POST:
            job = evidence.ask(
                cases,
                member=request.user,
                images="images" in request.POST,
                severe_images="severe_images" in request.POST,
            )
            return redirect("generations:job", pk=job.pk)
    except NotUnderstood as error:
        messages.error(request, str(error))
        return redirect(back)
    context = {
        "cases": " ".join(map(str, cases)),
        "count": len(cases),
        "severe": severe_among(cases),
        "back": back,
    }
    return render(request, "generations/review_evidence.html", context)


def _cases(request: MemberRequest) -> list[int]:
    """The cases that are meant, of those that the reader may look at; one more than fit, where there are."""
    seen = Case.objects.for_reviewer(request.user)
    if "all" in request.POST:
        seen = sought_in(request).found_by(request.user)
    elif "log" in request.POST:
        entries = LogSought.parse(request.GET.dict()).found_by(request.user)
        seen = seen.filter(pk__in=entries.order_by().values("case"))
    else:
        seen = seen.filter(pk__in=_named(request))
    return list(seen.order_by("pk").values_list("pk", flat=True)[: evidence.MOST + 1])


def _named(request: MemberRequest) -> list[int]:
    """Cases in fields of one name, such as 12 or 12:0, or in one field with spaces between them."""
    words = [
        word for field in ("case", "cases") for value in request.POST.getlist(field) for word in value.split()
    ]
    numbers = (word.partition(":")[0] for word in words[: evidence.MOST + 1])
    return [int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) < 19]


def _back(request: MemberRequest) -> str:
    """Where the reader came from: one case, the log, or the queue."""
    given = request.POST.get("next", "")
    if is_own_url(request, given):
        return given
    return with_query(reverse("generations:review"), sought_in(request).address())
