"""What was spent in a month, by a member or by everybody: as a page, and as a table to take along."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from generations.models import Call, Rewrite
from generations.spending import Month, calls_of, month_named, proposals_of, spent
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
    "kind",
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
    """Every call of the month as CSV, and every proposal of other words: without prompts.

    Those are nobody's business but their author's.
    """
    whose = _whose(request)
    month = month_named(request.GET.get("month", ""))
    name = f"usage-{month.value}{'' if whose else '-team'}.csv"
    return table(_rows(month, whose), name=name)


def _rows(month: Month, whose: User | None) -> Iterator[Iterable[object]]:
    yield _COLUMNS
    calls = calls_of(month, whose).select_related("generation", "endpoint", "member")
    for call in calls.order_by("generation__created_at", "pk").iterator(chunk_size=500):
        yield _cells(call)
    proposals = proposals_of(month, whose).select_related("endpoint", "asked_by")
    for rewrite in proposals.order_by("asked_at", "pk").iterator(chunk_size=500):
        yield _cells_of_words(rewrite)


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
    yield "images"


def _cells_of_words(rewrite: Rewrite) -> Iterable[object]:
    yield timezone.localtime(rewrite.asked_at).isoformat(timespec="seconds")
    yield rewrite.asked_by.email
    yield rewrite.endpoint.name
    yield rewrite.model
    yield from ("", "", "")  # no size, no quality and no images
    yield rewrite.status
    yield ""
    for count in (rewrite.input_tokens, rewrite.output_tokens):
        yield "" if count is None else count
    yield "" if rewrite.cost is None else rewrite.cost
    yield settings.STUDIO_CURRENCY
    yield rewrite.generation_id
    yield rewrite.pk
    yield "other_words"


def _whose(request: MemberRequest) -> User | None:
    """The member whose spending is asked for; None is everybody's, which administrators alone may see."""
    if request.GET.get("of") != "team":
        return request.user
    if not request.user.is_administrator:
        raise Http404
    return None
