"""Everything a member ever asked for, newest first."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from generations.batches import Batch, batches_of
from generations.models import Generation
from generations.paging import Place, next_cursor
from team.access import MemberRequest, member_required

PAGE = 24


@member_required
@require_safe
def history(request: MemberRequest) -> HttpResponse:
    """Show one page of the member's generations, from the place that `after` names."""
    mine = Generation.objects.visible_to(request.user)
    place = Place.parse(request.GET.get("after", ""))
    page = mine.older_than(place.created_at, place.pk) if place else mine
    found = list(page.newest_first().with_results()[: PAGE + 1])
    shown = found[:PAGE]
    context = {
        "days": by_day(batches_of(shown)),
        "next_cursor": next_cursor(shown, more=len(found) > PAGE),
        "is_first": place is None,
        "total": None if place else mine.count(),
    }
    return render(request, "generations/history.html", context)


def by_day(batches: Iterable[Batch]) -> list[tuple[date, list[Batch]]]:
    """Group batches, already in order, by the day on which they were asked for."""
    grouped = groupby(batches, key=lambda batch: timezone.localtime(batch.generation.created_at).date())
    return [(day, list(of_day)) for day, of_day in grouped]
