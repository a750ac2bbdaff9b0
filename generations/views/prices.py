"""What images cost: the administrators' price lists, and the words beside Generate."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.endpoints.prices import PriceForm, PriceLine, price_lines
from generations.expected_price import Choice, Expected, price_of_choice
from generations.forms import CreateForm
from generations.models import EndpointModel, Price
from generations.reference_choice import initial_of
from generations.size_choice import CUSTOM
from team.access import MemberRequest, administrator_required, member_required

_MOST_IMAGES = 10


@member_required
@require_GET
def price(request: MemberRequest) -> HttpResponse:
    """Answer a page on which something else was chosen: what that costs."""
    form = CreateForm(initial=initial_of(request.GET), member=request.user)
    return render(request, "generations/_price.html", {"price": expected_by(form)})


@administrator_required
@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: MemberRequest, pk: int, model: int) -> HttpResponse:
    """Show the price list of one model, and take a new line."""
    offer = get_object_or_404(EndpointModel.objects.select_related("endpoint"), pk=model, endpoint=pk)
    form = PriceForm(request.POST if request.method == "POST" else None, offer=offer)
    if form.is_bound and form.is_valid() and form.save():
        messages.success(request, _("The price is added."))
        return redirect("generations:endpoint_prices", pk=pk, model=model)
    lines = price_lines(offer)
    context = {
        "offer": offer,
        "form": form,
        "lines": [line for line in lines if line.state != "over"],
        "former": [line for line in lines if line.state == "over"],
        "currency": settings.STUDIO_CURRENCY,
        "sizes": offer.family.sizes,
    }
    return render(request, "generations/prices.html", context, status=422 if form.errors else 200)


@administrator_required
@require_POST
def delete(request: MemberRequest, pk: int, model: int, price: int) -> HttpResponse:
    """Take back a line by which nothing was priced."""
    offer = get_object_or_404(EndpointModel.objects.select_related("endpoint"), pk=model, endpoint=pk)
    with transaction.atomic():
        line = _line(offer, price)
        if line.may_go:
            line.price.delete()
    if line.may_go:
        messages.success(request, _("The price is deleted."))
    else:
        messages.error(request, _("Calls were priced by this line, so it stays. End it, or add a new one."))
    return redirect("generations:endpoint_prices", pk=pk, model=model)


@administrator_required
@require_POST
def end(request: MemberRequest, pk: int, model: int, price: int) -> HttpResponse:
    """Let a line count no longer, from now on; what was sent before is priced by it still."""
    offer = get_object_or_404(EndpointModel.objects.select_related("endpoint"), pk=model, endpoint=pk)
    with transaction.atomic():
        line = _line(offer, price)
        if line.state == "now":
            line.price.ended_at = timezone.now()
            line.price.save(update_fields=["ended_at"])
    if line.state == "later":
        messages.error(request, _("This price has not begun. Delete it instead."))
    else:
        words = _("The price has ended. What is sent from now on is priced by the lines that are left.")
        messages.success(request, words)
    return redirect("generations:endpoint_prices", pk=pk, model=model)


def _line(offer: EndpointModel, price: int) -> PriceLine:
    """A line of the list, kept from others until the transaction ends."""
    row = get_object_or_404(Price.objects.select_for_update(), pk=price, offer=offer)
    return next(line for line in price_lines(offer) if line.price == row)


def expected_by(form: CreateForm) -> Expected | None:
    """Return what the form's choice will cost; None where nobody can say it."""
    offer = form.chosen_offer()
    if offer is None:
        return None
    size, quality, n = (str(form[name].value() or "") for name in ("size", "quality", "n"))
    if size == CUSTOM:
        size = "x".join(str(form[name].value() or "") for name in ("size_width", "size_height"))
    images = int(n) if n.isdecimal() and len(n) < 3 else 1
    if not 1 <= images <= _MOST_IMAGES:
        return None
    choice = Choice(size=size, quality=quality, n=images, with_pictures=bool(form.references))
    return price_of_choice(offer, choice)
