"""The create page: the form, and the newest results below it."""

import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from generations import live
from generations.batches import batches_of
from generations.forms import CreateForm, initial_from
from generations.models import Generation, GenerationStatus
from generations.offers import editing_offer, masking_offer, varying_offer
from generations.reference_choice import initial_of
from generations.submission import ReferenceGone, submit
from generations.timing import Usual, usual_time
from team.access import MemberRequest, member_required

RESULTS = 12
_PLACE_HOLDS = 10  # seconds; others' calls move a place in line without a stamp of mine


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    """Show the form and the newest results; take a filled-in form."""
    source = _source(request)
    if request.method != "POST":
        form = CreateForm(initial=_initial(request, source), member=request.user)
        return _page(request, form, source=source)
    if "show_options" in request.POST:  # without scripts: another model was chosen
        return _page(request, CreateForm(initial=initial_of(request.POST), member=request.user))
    form = CreateForm(request.POST, request.FILES, member=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        submit(form.order(), member=request.user, token=form.token())
    except ReferenceGone:  # the form is read anew, and says which one
        return _page(request, CreateForm(request.POST, member=request.user), status=422)
    return redirect("generations:create")


@member_required
@require_GET
def options(request: MemberRequest) -> HttpResponse:
    """Answer a page on which another model was chosen: that model's options, with what still fits kept."""
    form = CreateForm(initial=initial_of(request.GET), member=request.user)
    context = {"form": form, "with_options": True, "usual": _usual(form)}
    return render(request, "generations/_options.html", context)


@member_required
@require_GET
def results(request: MemberRequest) -> HttpResponse:
    """Answer an open page's question "is anything new?": 204 when its version still holds."""
    version = _version(request)
    shown, _tilde, shown_at = request.GET.get("v", "").partition("~")
    if shown == version and not _is_stale(shown_at):
        return HttpResponse(status=204)
    return render(request, "generations/_batches.html", _results(request, version=version))


def _page(
    request: MemberRequest, form: CreateForm, *, source: Generation | None = None, status: int = 200
) -> HttpResponse:
    context = _results(request, version=_version(request)) | {
        "form": form,
        "usual": _usual(form),
        "from_generation": source,
        "examples": _examples(),
        "upload_most": settings.REFERENCE_UPLOAD_BYTES,
    }
    return render(request, "generations/create.html", context, status=status)


def _results(request: MemberRequest, *, version: str) -> dict[str, Any]:
    newest = Generation.objects.visible_to(request.user).newest_first().with_results()[: RESULTS + 1]
    generations = list(newest)
    batches = batches_of(generations[:RESULTS])
    if any(batch.generation.status == GenerationStatus.QUEUED for batch in batches):
        version = f"{version}~{time.time():.0f}"
    return {
        "batches": batches,
        "has_more": len(generations) > RESULTS,
        # Empty when nothing moves: the fragment then carries no trigger and the page stops asking.
        "live_version": version if any(batch.generation.is_active for batch in batches) else "",
    }


def _version(request: MemberRequest) -> str:
    """The stamp is read before the rows: what changes in between is fetched once more, never missed."""
    stamp = live.stamp(request.user.pk)
    if stamp is not None:
        return stamp
    newest = (
        Generation.objects.visible_to(request.user)
        .order_by("-changed_at")
        .values_list("changed_at", flat=True)
    )
    changed_at = newest.first()
    return f"{changed_at.timestamp():.6f}" if changed_at else "0"


def _is_stale(shown_at: str) -> bool:
    """Whether places in line were told so long ago that they are told anew; "" where none were."""
    if not shown_at:
        return False
    return not shown_at.isdecimal() or time.time() - int(shown_at[:12]) > _PLACE_HOLDS


def _usual(form: CreateForm) -> Usual | None:
    """How long the chosen model usually takes, with the size and quality that the form begins with."""
    offer = form.chosen_offer()
    if offer is None:
        return None
    size, quality = (str(form[name].value() or "") for name in ("size", "quality"))
    return usual_time(offer.endpoint, offer.name, size=size, quality=quality)


def _initial(request: MemberRequest, source: Generation | None) -> dict[str, Any]:
    if source is not None:
        return initial_from(source)
    known = {"prompt": _earlier_prompt(request) or request.GET.get("prompt", "")[:4000]}
    if "reference" in request.GET:
        known |= _with_reference(request)
    return {name: value for name, value in known.items() if value}


def _with_reference(request: MemberRequest) -> dict[str, Any]:
    """What the form begins with when a picture was taken from an image: a model that can use it."""
    varies = "variation" in request.GET
    preferred = request.GET.get("model", "")
    editing = masking_offer if "paint" in request.GET else editing_offer
    return {
        "references": request.GET.getlist("reference"),
        "model": varying_offer() if varies else editing(preferred),
        "variation": varies,
    }


def _earlier_prompt(request: MemberRequest) -> str:
    """The prompt alone of an earlier generation (`/?prompt_of=<id>`): for long ones too."""
    earlier = _mine(request, "prompt_of")
    return earlier.prompt if earlier else ""


def _source(request: MemberRequest) -> Generation | None:
    """The generation whose settings fill the form (`/?from=<id>`)."""
    return _mine(request, "from")


def _mine(request: MemberRequest, name: str) -> Generation | None:
    """The generation that the address names; somebody else's is as good as none."""
    try:
        pk = UUID(request.GET.get(name, ""))
    except ValueError:
        return None
    return Generation.objects.visible_to(request.user).filter(pk=pk).first()


def _examples() -> list[str]:
    return [
        _("A paper-cut heron in a misty rice field at dawn, layered paper, warm side light"),
        _("Poster for a neighbourhood music night, bold shapes, two inks"),
        _("A ceramic teapot on linen, soft window light, shallow depth of field"),
    ]
