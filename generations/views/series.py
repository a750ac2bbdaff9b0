"""One prompt with one setting at several values, side by side."""

from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from generations.batches import batches_of
from generations.models import EndpointModel, Generation
from generations.moderation.strikes import why_not
from generations.offers import models_on_offer
from generations.parameter_words import parameter_label
from generations.prompt_language import language_of
from generations.series import LABELS, MOST, settings_to_vary, start, unfit
from generations.submission import MayNotAsk, ReferenceGone
from team.access import MemberRequest, member_required


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def vary(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Choose a setting of an earlier generation and the values to try; ask for all of them."""
    source = get_object_or_404(Generation.objects.visible_to(request.user).select_related("endpoint"), pk=pk)
    offers = models_on_offer()
    varied = settings_to_vary(source, offers)
    error = ""
    if request.method == "POST":
        chosen, values = request.POST.get("setting", ""), request.POST.getlist("value")
        known = {setting.name: dict(setting.choices) for setting in varied}
        values = [value for value in dict.fromkeys(values) if value in known.get(chosen, {})]
        error = _error(source, chosen, values, offers) or why_not(request.user, asking=len(values))
        if not error:
            token = _token(request.POST.get("token", ""))
            try:
                start(source, setting=chosen, values=values, offers=offers, member=request.user, series=token)
            except MayNotAsk as refused:
                error = str(refused)
            except ReferenceGone:
                error = _("A picture that this was made from is gone. Nothing was sent.")
            else:
                return redirect("generations:series", pk=token)
    context = {
        "generation": source,
        "lang": language_of(source.prompt),
        "settings_to_vary": varied,
        "most": MOST,
        "error": error,
        "token": uuid4(),
    }
    return render(request, "generations/series_start.html", context, status=422 if error else 200)


@member_required
@require_safe
def series(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show what was asked side by side, each under the value that it was asked with."""
    mine = Generation.objects.visible_to(request.user).kept().filter(series=pk)
    found = list(mine.with_results().order_by("created_at", "id"))
    if not found:
        raise Http404
    name = _what_differs(found)
    batches = batches_of(found)
    cells = [(_value(generation, name), batch) for generation, batch in zip(found, batches, strict=True)]
    context = {
        "label": LABELS.get(name, ""),
        "cells": cells,
        "first": batches[0],
        "series": pk,
        "is_active": any(generation.is_active for generation in found),
        "images": [image for batch in batches for tile in batch.tiles if (image := tile.image)],
    }
    return render(request, "generations/series.html", context)


def _error(source: Generation, chosen: str, values: list[str], offers: dict[str, EndpointModel]) -> str:
    if chosen not in LABELS or len(values) < (1 if chosen == "model" else 2):
        return _("Choose a setting and at least two values.")
    if len(values) > MOST:
        return _("Choose at most %(most)s values.") % {"most": MOST}
    if chosen == "model":
        sentences = [unfit(source, offers[value]) for value in values]
        return " ".join(sentence for sentence in sentences if sentence)
    if not source.endpoint.is_active:
        return _("Its endpoint is no longer in use. Choose other models instead.")
    return ""


def _token(given: str) -> UUID:
    """The page's token, so that a double click asks once."""
    try:
        return UUID(given)
    except ValueError:
        return uuid4()


def _what_differs(found: list[Generation]) -> str:
    for name in LABELS:
        if len({getattr(generation, name) for generation in found}) > 1:
            return name
    return "model"


def _value(generation: Generation, name: str) -> str:
    value = getattr(generation, name)
    if name == "model":
        return str(value)
    return parameter_label(name, value) if value else _("Auto")
