"""The create page: the form, and the newest results below it."""

import json
import time
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from generations import live
from generations.batches import Batch, batches_of
from generations.forms import CreateForm, initial_from
from generations.models import Generation, GenerationStatus
from generations.moderation.asking_now import ask_now
from generations.moderation.checking import check
from generations.moderation.stopping import is_word_listed
from generations.offers import editing_offer, masking_offer, models_on_offer, varying_offer
from generations.origins import from_rewrite, from_saved, own_generation
from generations.queue import standstill_of
from generations.reference_choice import initial_of
from generations.room import is_full
from generations.submission import MayNotAsk, ReferenceGone, submit
from generations.timing import usual_times
from generations.views.prices import expected_by
from generations.views.strikes import notices_for
from team.access import MemberRequest, member_required

RESULTS = 12
_PLACE_HOLDS = 5  # seconds that a place in line is not told anew, however much the line moves


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
    if "check" in request.POST:  # without scripts: what stands against the prompt, and nothing is made
        return _page(request, form, was_asked=True)
    try:
        made = submit(form.order(), member=request.user, token=form.token(), retry_of=form.retried())
    except ReferenceGone:  # the form is read anew, and says which one
        return _page(request, CreateForm(request.POST, member=request.user), status=422)
    except MayNotAsk as error:
        form.add_error(None, str(error))
        return _page(request, form, status=422)
    except OperationalError as error:
        if not is_full(error):
            raise
        form.add_error(None, _("The studio's disk is full. Nothing was sent, and what you wrote is kept."))
        return _page(request, form, status=507)
    return _stopped(request, form) if is_word_listed(made) else redirect("generations:create")


@member_required
@require_GET
def options(request: MemberRequest) -> HttpResponse:
    """Answer a page on which another model was chosen: that model's options, with what still fits kept."""
    form = CreateForm(initial=initial_of(request.GET), member=request.user)
    context = {"form": form, "with_options": True, **_about_the_offer(form)}
    return render(request, "generations/_options.html", context)


@member_required
@require_GET
def results(request: MemberRequest) -> HttpResponse:
    """Answer an open page's question "is anything new?": 204 when its version still holds."""
    version = _version(request)
    shown, _tilde, place = request.GET.get("v", "").partition("~")
    if shown == version and not (place and _has_moved(place)):
        return HttpResponse(status=204)
    return render(request, "generations/_batches.html", _results(request, version=version))


def _stopped(request: MemberRequest, form: CreateForm) -> HttpResponse:
    """Give back the form of what the team's list has stopped; sent again, it is another submission."""
    form.add_error(
        "prompt",
        _(
            "Not sent: the prompt names what your team's list stops. Nothing was charged."
            " Below it stands what to say instead."
        ),
    )
    given = request.POST.copy()
    given["submit_token"] = str(uuid4())
    form.data = given
    return _page(request, form, status=422)


def _page(
    request: MemberRequest,
    form: CreateForm,
    *,
    source: Generation | None = None,
    status: int = 200,
    was_asked: bool = False,
) -> HttpResponse:
    prompt, offer = str(form["prompt"].value() or ""), form.chosen_offer()
    context = _results(request, version=_version(request)) | {
        "form": form,
        **_about_the_offer(form),
        "price": expected_by(form),
        "from_generation": source,
        "examples": _examples(),
        "my_notices": notices_for(request.user),
        "check": check(prompt, model=offer.name if offer else "") if prompt else None,
        "was_asked": was_asked,
        "at_endpoint": ask_now(prompt) if was_asked else None,
        "upload_most": settings.REFERENCE_UPLOAD_BYTES,
    }
    return render(request, "generations/create.html", context, status=status)


def _results(request: MemberRequest, *, version: str) -> dict[str, Any]:
    line = live.line_stamp()  # before the line is read, like the version before the rows
    mine = Generation.objects.visible_to(request.user).kept()
    newest = mine.newest_first().with_results()[: RESULTS + 1]
    generations = list(newest)
    batches = batches_of(generations[:RESULTS])
    if any(batch.generation.status == GenerationStatus.QUEUED for batch in batches):
        version = f"{version}~{line or ''}~{time.time():.0f}"
    return {
        "batches": batches,
        "has_more": len(generations) > RESULTS,
        # Empty when nothing moves: the fragment then carries no trigger and the page stops asking.
        "live_version": version if any(map(_may_change, batches)) else "",
    }


def _may_change(batch: Batch) -> bool:
    """Whether something may come by itself: from an endpoint, or from a reviewer."""
    return batch.generation.is_active or batch.can_withdraw


def _version(request: MemberRequest) -> str:
    """The stamp is read before the rows: what changes in between is fetched once more, never missed."""

    def changed_at() -> str:
        mine = Generation.objects.visible_to(request.user).order_by("-changed_at")
        newest = mine.values_list("changed_at", flat=True).first()
        return f"{newest.timestamp():.6f}" if newest else "0"

    return live.stamp(request.user.pk, otherwise=changed_at)


def _has_moved(place: str) -> bool:
    """Whether the line has moved since the page was told its places ("stamp of the line~seconds")."""
    told_line, _tilde, told_at = place.partition("~")
    if not told_at.isdecimal():
        return True
    if time.time() - int(told_at[:12]) <= _PLACE_HOLDS:
        return False
    line = live.line_stamp()
    return line is None or line != told_line


def _about_the_offer(form: CreateForm) -> dict[str, Any]:
    """How long the chosen model takes with each size and quality, and whether it stands still."""
    offer = form.chosen_offer()
    if offer is None:
        return {"usual_words": "", "usual_table": "{}", "standstill": None}
    table = {
        f"{size} {quality}": usual.words
        for (size, quality), usual in usual_times(offer.endpoint, offer.name).items()
    }
    size, quality = (str(form[name].value() or "") for name in ("size", "quality"))
    return {
        "usual_words": table.get(f"{size} {quality}", ""),
        "usual_table": json.dumps(table, ensure_ascii=False),
        "standstill": standstill_of(offer),
    }


def _initial(request: MemberRequest, source: Generation | None) -> dict[str, Any]:
    if source is not None:
        other = {"model": model} if (model := request.GET.get("model", "")) in models_on_offer() else {}
        words = from_rewrite(request.GET.get("rewrite", ""), source=source, member=request.user)
        return initial_from(source) | other | dict(words)
    known = {"prompt": _earlier_prompt(request) or request.GET.get("prompt", "")[:4000]}
    known |= from_saved(request.GET, member=request.user)
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
    earlier = own_generation(request.GET.get("prompt_of", ""), member=request.user)
    return earlier.prompt if earlier else ""


def _source(request: MemberRequest) -> Generation | None:
    """The generation whose settings fill the form (`/?from=<id>`)."""
    return own_generation(request.GET.get("from", ""), member=request.user)


def _examples() -> list[str]:
    return [
        _("A paper-cut heron in a misty rice field at dawn, layered paper, warm side light"),
        _("Poster for a neighbourhood music night, bold shapes, two inks"),
        _("A ceramic teapot on linen, soft window light, shallow depth of field"),
    ]
