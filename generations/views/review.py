"""The queue of what waits for the team's reviewers."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from generations.endpoints.rules import CATEGORIES
from generations.models import CaseKind, EndpointModel, Verdict
from generations.review import looks
from generations.review.finding import counts, decided_today, page
from generations.review.sought import Sought, State
from generations.views.review_rows import rows_of
from team.access import MemberRequest, reviewer_required
from team.models import User, display_name

_MOST_CHOICES = 500  # models, members


@reviewer_required
@require_safe
def review(request: MemberRequest) -> HttpResponse:
    """List cases: those that wait for a verdict first of all, oldest first."""
    sought = Sought.parse(request.GET.dict())
    found = page(sought, request.user, request.GET.get("after", ""))
    looks.note((case.generation for case in found.cases), reader=request.user)
    counted = counts(sought, request.user)
    context = {
        "rows": rows_of(found.cases, request.user, sought.state),
        "sought": sought,
        "query": sought.address(),
        "evidence_url": with_query(reverse("generations:review_evidence"), sought.address()),
        "tabs": [(state.value, sought.address(state=state), counted[state.value]) for state in State],
        "older": _older(sought, found.next_cursor),
        "waiting": counted[State.WAITING.value],
        "done_today": None if found.cases else decided_today(request.user),
        "recorded": recorded(request),
        **_choices(sought),
    }
    return render(request, "generations/review.html", context)


def recorded(request: MemberRequest) -> dict[str, Any] | None:
    """What the reviewer has decided just now, to be taken back at once; None where nothing was, or it was."""
    ids = [
        int(pk) for pk in request.GET.get("decided", "").split(",")[:100] if pk.isdecimal() and len(pk) < 19
    ]
    if not ids:
        return None
    mine = Verdict.objects.filter(pk__in=ids, reviewer=request.user, undone_by__isnull=True)
    verdicts = list(mine.order_by("pk"))
    return {"verdicts": verdicts, "first": verdicts[0], "count": len(verdicts)} if verdicts else None


def with_query(address: str, query: str, **more: object) -> str:
    """An address with the filters that it was come to by, and more."""
    parts = [part for part in (query, urlencode(more)) if part]
    return f"{address}?{'&'.join(parts)}" if parts else address


def sought_in(request: HttpRequest) -> Sought:
    """The filters under which a case was opened: the next one fits them, too."""
    return Sought.parse(request.GET.dict())


def _older(sought: Sought, cursor: str | None) -> str:
    return with_query("", sought.address(), after=cursor) if cursor else ""


def _choices(sought: Sought) -> dict[str, Any]:
    """What may be filtered by, each as value and label."""
    models = set(EndpointModel.objects.values_list("name", flat=True)[:_MOST_CHOICES])
    return {
        "kinds": CaseKind.choices,
        "categories": _plain({*CATEGORIES, sought.category}),
        "models": _plain({*models, sought.model}),
        "members": _members(sought.member),
    }


def _plain(values: set[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in sorted(values - {""})]


def _members(chosen: int | None) -> list[tuple[int, str]]:
    """Everybody by name, as far as a list of them is of use, and whoever is chosen."""
    people = User.objects.order_by("name", "email").values_list("pk", "name", "email")
    found = list(people[:_MOST_CHOICES])
    if chosen and all(pk != chosen for pk, *_called in found):
        found += people.filter(pk=chosen)
    return [(pk, display_name(name, email)) for pk, name, email in found]
