"""The record of decisions as a page and as a table, and the log of who has looked at what."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from generations.jobs.table import table
from generations.models import Decision, HideReason, Verdict
from generations.review.log import COLUMNS, LogSought, in_words, page, row_of
from generations.review.looks import looks
from generations.views.door import shut_in
from team.access import MemberRequest, administrator_required, reviewer_required
from team.models import Role, User

_LOOKS = 100
_FINAL = (Decision.UNDO, Decision.DELETE, Decision.WITHDRAW)


@reviewer_required
@require_safe
def log(request: MemberRequest) -> HttpResponse:
    """List decisions, the latest first: who, what, when, why, and what each has changed."""
    sought = LogSought.parse(request.GET.dict())
    entries, last = page(sought, request.user, request.GET.get("after", ""))
    context = {
        "entries": [_entry(entry, request.user) for entry in entries],
        "sought": sought,
        "older": f"?{'&'.join(filter(None, (sought.address, urlencode({'after': last}))))}" if last else "",
        "decisions": Decision.choices,
        "reviewers": User.objects.filter(role__in=(Role.REVIEWER, Role.ADMINISTRATOR)).order_by(
            "name", "email"
        ),
    }
    return render(request, "generations/review_log.html", context)


@reviewer_required
@require_safe
def download(request: MemberRequest) -> HttpResponseBase:
    """Every entry that fits as CSV; no cell of it is taken for a formula, and no prompt is in it."""
    found = LogSought.parse(request.GET.dict()).found_by(request.user)
    rows = (json.dumps(row_of(entry)) for entry in found.iterator(chunk_size=500))
    response = StreamingHttpResponse(
        table(COLUMNS, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="review-{timezone.localdate()}.csv"'},
    )
    shut_in(response)
    patch_cache_control(response, private=True, no_store=True)
    return response


@administrator_required
@require_safe
def seen(request: MemberRequest) -> HttpResponse:
    """List who has read whose prompts and seen whose images, the latest first."""
    reader = request.GET.get("reader", "")
    chosen = int(reader) if reader.isascii() and reader.isdecimal() and len(reader) < 19 else None
    context = {
        "looks": looks(reader=chosen)[:_LOOKS],
        "most": _LOOKS,
        "reader": chosen,
        "readers": User.objects.filter(role__in=(Role.REVIEWER, Role.ADMINISTRATOR)).order_by(
            "name", "email"
        ),
    }
    return render(request, "generations/review_looks.html", context)


def _entry(entry: Verdict, user: User) -> dict[str, Any]:
    by = getattr(entry, "undone_by", None)
    return {
        "verdict": entry,
        "reason": str(HideReason(entry.reason).label) if entry.reason in HideReason.values else "",
        "before": in_words(entry.before),
        "after": in_words(entry.after),
        "undone_by": by.reviewer if by else None,
        "can_undo": by is None and entry.decision not in _FINAL and entry.case.member_id != user.pk,
    }
