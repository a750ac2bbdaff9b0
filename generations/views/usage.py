"""What was spent in a month, by a member or by everybody: as a page, and as a table to take along."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from generations.models import Call
from generations.spending import Month, calls_of, month_named, spent
from generations.views.tables import table
from team.access import MemberRequest, member_required
from team.models import User

_COLUMNS = (
    "asked_at",
    "member",
    "endpoint",
    "model",
    "size",
    "quality",
    "images_asked",
    "status",
    "outcome",
    "tokens_in",
    "tokens_out",
    "cost",
    "currency",
    "generation",
    "call",
)


@member_required
@require_safe
def usage(request: MemberRequest) -> HttpResponse:
    """Show a month: of oneself, or with `of=team` of everybody."""
    whose = _whose(request)
    month = month_named(request.GET.get("month", ""))
    context = {
        "spending": spent(month, whose),
        "of_team": whose is None,
        "ends": {
            "unknown": _("Unknown"),
            "blocked": _("Refused"),
            "failed": _("Failed"),
            "discarded": _("Discarded"),
        },
    }
    return render(request, "generations/usage.html", context)


@member_required
@require_safe
def download(request: MemberRequest) -> HttpResponseBase:
    """Every call of the month as CSV: without prompts, which are nobody's business but their author's."""
    whose = _whose(request)
    month = month_named(request.GET.get("month", ""))
    name = f"usage-{month.value}{'' if whose else '-team'}.csv"
    return table(_rows(month, whose), name=name)


def _rows(month: Month, whose: User | None) -> Iterator[Iterable[object]]:
    yield _COLUMNS
    calls = calls_of(month, whose).select_related("generation", "endpoint", "member")
    for call in calls.order_by("generation__created_at", "pk").iterator(chunk_size=500):
        yield _cells(call)


def _cells(call: Call) -> Iterable[object]:
    asked = call.generation
    counted: dict[str, Any] = call.usage if isinstance(call.usage, dict) else {}
    yield timezone.localtime(asked.created_at).isoformat(timespec="seconds")
    yield call.member.email
    yield call.endpoint.name
    yield asked.model
    yield call.effective_size or asked.size
    yield call.effective_quality or asked.quality
    yield call.n
    yield call.status
    yield call.outcome
    for name in ("input_tokens", "output_tokens"):
        yield "" if counted.get(name) is None else counted[name]
    yield "" if call.cost is None else call.cost
    yield settings.STUDIO_CURRENCY
    yield asked.pk
    yield call.pk


def _whose(request: MemberRequest) -> User | None:
    """The member whose spending is asked for; None is everybody's, which administrators alone may see."""
    if request.GET.get("of") != "team":
        return request.user
    if not request.user.is_administrator:
        raise Http404
    return None
