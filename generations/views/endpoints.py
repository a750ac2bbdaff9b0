"""The administrators' pages about endpoints: what is set, whether it works, and which models are offered."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from generations import pauses
from generations.endpoints.checks import Findings, check, find, sentence
from generations.endpoints.forms import EndpointForm, NewModelsForm
from generations.endpoints.lines import line_of
from generations.images_api import ImagesError, Reason
from generations.models import Call, Endpoint
from team.access import MemberRequest, administrator_required


@administrator_required
@require_safe
def endpoints(request: MemberRequest) -> HttpResponse:
    """List every endpoint, those in use first."""
    rows = Endpoint.objects.order_by("-is_active", "name").prefetch_related("models")
    context = {
        "lines": [line_of(row) for row in rows],
        "unclassified": Call.objects.filter(reason=Reason.UNCLASSIFIED).count(),
    }
    return render(request, "generations/endpoints.html", context)


@sensitive_variables("form")
@sensitive_post_parameters("key", "proxy")
@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: MemberRequest) -> HttpResponse:
    """Take a new endpoint, and go on to its models."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        endpoint = form.save()
        messages.success(request, _("The endpoint is added. Now find its models."))
        return redirect("generations:endpoint", pk=endpoint.pk)
    return render(
        request, "generations/endpoint_add.html", {"form": form}, status=422 if form.errors else 200
    )


@sensitive_variables("form")
@sensitive_post_parameters("key", "proxy")
@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint(request: MemberRequest, pk: int) -> HttpResponse:
    """Show one endpoint and take changes to it."""
    form = EndpointForm(request.POST or None, instance=get_object_or_404(Endpoint, pk=pk))
    if request.method == "POST" and form.is_valid():
        changed = form.save()
        if form.leads_elsewhere:
            pauses.try_again(changed, by=request.user)
        messages.success(request, _("The endpoint is saved."))
        return redirect("generations:endpoint", pk=pk)
    return _page(request, pk, form=form)


@administrator_required
@require_POST
def switch(request: MemberRequest, pk: int) -> HttpResponse:
    """Put an endpoint to use or out of it, as the button said; pressing twice does no harm."""
    found = get_object_or_404(Endpoint, pk=pk)
    found.is_active = request.POST.get("in_use") == "1"
    found.save(update_fields=["is_active"])
    words = _("%(name)s is in use.") if found.is_active else _("%(name)s is switched off.")
    messages.success(request, words % {"name": found.name})
    return _back(request, found)


@administrator_required
@require_POST
def check_now(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask the endpoint for its models, which costs nothing, and say how that went."""
    found = get_object_or_404(Endpoint, pk=pk)
    try:
        listed = check(found)
    except ImagesError as exc:
        _tell(request, found, exc)
    else:
        makers = sum(model.makes_images for model in listed)
        words = ngettext(
            "%(name)s works: it lists %(count)d model for images.",
            "%(name)s works: it lists %(count)d models for images.",
            makers,
        )
        messages.success(request, words % {"name": found.name, "count": makers})
    return _back(request, found)


@administrator_required
@require_POST
def find_models(request: MemberRequest, pk: int) -> HttpResponse:
    """Answers with the page itself: what the endpoint lists is kept nowhere."""
    found = get_object_or_404(Endpoint, pk=pk)
    try:
        findings = find(found)
    except ImagesError as exc:
        _tell(request, found, exc)
        return _back(request, found)
    return _page(request, pk, findings=findings)


@administrator_required
@require_POST
def add_models(request: MemberRequest, pk: int) -> HttpResponse:
    """Offer the models that were ticked or typed."""
    found = get_object_or_404(Endpoint, pk=pk)
    form = NewModelsForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, models_form=form)
    names = form.names()
    if not names:
        messages.warning(request, _("No model was chosen."))
        return _back(request, found)
    count = found.offer(names)
    words = ngettext("%(count)d model is added.", "%(count)d models are added.", count)
    messages.success(request, words % {"count": count})
    return _back(request, found)


@administrator_required
@require_POST
def change_model(request: MemberRequest, pk: int, model: int) -> HttpResponse:
    """Do with one model what the button said: switch it, move it, or take it away."""
    found = get_object_or_404(Endpoint, pk=pk)
    row = get_object_or_404(found.models, pk=model)
    match request.POST.get("change"):
        case "on" | "off" as state:
            row.is_active = state == "on"
            row.save(update_fields=["is_active"])
        case "up":
            row.move(-1)
        case "down":
            row.move(1)
        case "remove":
            row.delete()
            messages.success(request, _("%(name)s is no longer offered.") % {"name": row})
        case _:
            raise Http404
    return _back(request, found)


def _page(
    request: MemberRequest,
    pk: int,
    *,
    form: EndpointForm | None = None,
    models_form: NewModelsForm | None = None,
    findings: Findings | None = None,
) -> HttpResponse:
    # Read anew: a form fills its instance even with bad input.
    found = get_object_or_404(Endpoint.objects.prefetch_related("models"), pk=pk)
    context = {
        "line": line_of(found),
        "form": form or EndpointForm(instance=get_object_or_404(Endpoint, pk=pk)),
        "models_form": models_form or NewModelsForm(),
        "findings": findings,
    }
    wrong = (form is not None and form.errors) or (models_form is not None and models_form.errors)
    return render(request, "generations/endpoint.html", context, status=422 if wrong else 200)


def _tell(request: MemberRequest, found: Endpoint, exc: ImagesError) -> None:
    words = _("%(name)s: %(what)s") % {"name": found.name, "what": sentence(exc.reason)}
    if exc.endpoint and exc.endpoint.message:
        words += " " + _("Its own words: “%(words)s”") % {"words": exc.endpoint.message}
    messages.error(request, words)


def _back(request: MemberRequest, found: Endpoint) -> HttpResponse:
    if request.POST.get("from") == "list":
        return redirect("generations:endpoints")
    return redirect("generations:endpoint", pk=found.pk)
