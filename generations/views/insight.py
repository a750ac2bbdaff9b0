"""What moderation does, in figures: for whoever reviews, with the members' names for administrators alone."""

from collections.abc import Iterable, Iterator

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from generations.explanations import explain
from generations.insight import PERIODS, Insight, insight
from generations.models import Stage
from generations.views.tables import table
from team.access import MemberRequest, reviewer_required

_DEFAULT = 12  # weeks


@reviewer_required
@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """Show the last weeks."""
    found = insight(_weeks(request))
    stages = dict(Stage.choices)
    context = {
        "insight": found,
        "periods": PERIODS,
        "reasons": [(explain(one.name), one) for one in found.reasons],
        "slowest": [(stages.get(one.stage, one.stage), one) for one in found.slowest],
        "with_names": request.user.is_administrator,
    }
    return render(request, "generations/review_insight.html", context)


@reviewer_required
@require_safe
def download(request: MemberRequest) -> HttpResponseBase:
    """The weeks of every model as CSV: counts, and nobody's words."""
    weeks = _weeks(request)
    return table(_rows(insight(weeks)), name=f"moderation-{weeks}-weeks.csv")


def _weeks(request: MemberRequest) -> int:
    asked = request.GET.get("weeks", "")
    return next((weeks for weeks in PERIODS if str(weeks) == asked), _DEFAULT)


def _rows(found: Insight) -> Iterator[Iterable[object]]:
    yield "week", "model", "asked", "passed", "withheld", "blocked"
    for model in found.models:
        for week in model.weeks:
            if week.asked:
                yield week.begin, model.name, week.asked, week.passed, week.withheld, week.blocked
    yield ()
    yield "model", "category", "refusals"
    for model in found.models:
        for category, count in model.categories.items():
            yield model.name, category, count
