"""The administrators' page about the engine: how it is now and was over the day, and what stands still."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations import pauses, tasks
from generations.engine.numbers import look
from generations.engine.parts import parts
from generations.engine.plots import last_day
from generations.engine.warnings import warnings_about
from generations.engine.words import told
from generations.images_api import Reason
from generations.models import Call, CallStatus, Endpoint, EndpointModel, Pause
from generations.spending import month_with, spent
from team.access import MemberRequest, administrator_required

_LATELY = timedelta(days=7)


@administrator_required
@require_safe
def engine(request: MemberRequest) -> HttpResponse:
    """Show everything; its halves ask for themselves again, one often and one seldom."""
    offers = EndpointModel.objects.filter(endpoint__is_active=True).select_related("endpoint")
    month = spent(month_with(timezone.localdate()))
    context = {"spending": month, "offers": offers.order_by("endpoint__name", "position", "name")}
    return render(request, "generations/engine.html", {**context, **_now(), **_slower()})


@administrator_required
@require_safe
def now(request: MemberRequest) -> HttpResponse:
    """The half that changes by the second."""
    return render(request, "generations/_engine_now.html", _now())


@administrator_required
@require_safe
def slower_half(request: MemberRequest) -> HttpResponse:
    """The half that takes longer to find out: the parts, and what was odd lately."""
    return render(request, "generations/_engine_parts.html", _slower())


@administrator_required
@require_POST
def pause(request: MemberRequest) -> HttpResponse:
    """Stop what the button or the list named: "", an endpoint's id, or that and a model's name."""
    key, _separator, model = request.POST.get("what", "").partition(" ")
    if key and not key.isdecimal():
        raise Http404
    endpoint = get_object_or_404(Endpoint, pk=key[:18]) if key else None
    standing = pauses.pause(endpoint=endpoint, model=model[:120], by=request.user)
    messages.success(request, _("%(what)s: nothing more is sent.") % {"what": told(standing).what})
    return _back(request)


@administrator_required
@require_POST
def resume(request: MemberRequest, pk: int) -> HttpResponse:
    """End a pause; pressing twice does no harm."""
    found = get_object_or_404(Pause.objects.select_related("endpoint", "paused_by", "member"), pk=pk)
    if pauses.resume(found, by=request.user):
        tasks.ring()
    messages.success(request, _("%(what)s: calls are sent again.") % {"what": told(found).what})
    return _back(request)


def _back(request: MemberRequest) -> HttpResponse:
    """The page on which the button was pressed."""
    return redirect("generations:queue" if request.POST.get("back") == "queue" else "generations:engine")


def _now() -> dict[str, object]:
    seen = look()
    return {"engine": seen, "warnings": warnings_about(seen), "day": last_day()}


def _slower() -> dict[str, object]:
    since = timezone.now() - _LATELY
    return {
        "parts": parts(),
        "unknown": Call.objects.filter(status=CallStatus.UNKNOWN, settled_at__gte=since).count(),
        "unclassified": Call.objects.filter(
            reason=Reason.UNCLASSIFIED, status=CallStatus.SETTLED, settled_at__gte=since
        ).count(),
    }
