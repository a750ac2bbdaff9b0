"""The administrators' page about one model of one endpoint: its limits, and what it takes."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from generations.endpoints.abilities import AbilitiesForm
from generations.endpoints.forms import OfferForm
from generations.endpoints.prices import price_lines
from generations.images_api import ABILITIES
from generations.models import EndpointModel
from team.access import MemberRequest, administrator_required


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def abilities(request: MemberRequest, pk: int, model: int) -> HttpResponse:
    """Show what one model takes here, and keep what differs from the catalogue."""
    offer = get_object_or_404(EndpointModel.objects.select_related("endpoint"), pk=model, endpoint=pk)
    if "reset" in request.POST:
        _back_to_the_catalogue(offer, request.POST["reset"])
        messages.success(request, _("Back to the catalogue."))
        return redirect("generations:endpoint_abilities", pk=pk, model=model)
    data = request.POST if request.method == "POST" else None
    form = OfferForm(data, instance=offer)
    abilities_form = AbilitiesForm(data, model=offer)
    if data is not None and form.is_valid() & abilities_form.is_valid():
        offer.abilities = abilities_form.changes
        form.save()
        messages.success(request, _("%(name)s is saved.") % {"name": offer})
        return redirect("generations:endpoint_abilities", pk=pk, model=model)
    context = {
        # Read anew: a form fills its instance even with bad input.
        "offer": EndpointModel.objects.select_related("endpoint").get(pk=offer.pk),
        "form": form,
        "abilities": abilities_form,
        "price_lines": [line for line in price_lines(offer) if line.state != "over"],
        "has_errors": bool(form.errors or abilities_form.errors),
    }
    return render(
        request, "generations/endpoint_abilities.html", context, status=422 if context["has_errors"] else 200
    )


def _back_to_the_catalogue(offer: EndpointModel, what: str) -> None:
    """Forget one change by its name, or all of them."""
    if what != "all" and what not in ABILITIES:
        raise Http404
    kept = offer.abilities if isinstance(offer.abilities, dict) and what != "all" else {}
    offer.abilities = {name: value for name, value in kept.items() if name != what}
    offer.save(update_fields=["abilities"])
