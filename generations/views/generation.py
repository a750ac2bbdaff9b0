"""One generation: what was asked, what came, and every call that was made for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations import submission, trash
from generations.appeals import asked_of, deleted_of
from generations.batches import batch_of
from generations.explanations import Explanation, explain
from generations.images_api import TRANSPARENT_WORDS
from generations.models import Call, Generation, Image
from generations.moderation.proposals import proposal_of
from generations.parameter_words import parameter_label
from generations.pricing import lacks_cost
from team.access import MemberRequest, member_required


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call with what its reason means."""

    call: Call
    explanation: Explanation | None


@member_required
@require_safe
def generation(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Show one of the member's own generations."""
    found = get_object_or_404(Generation.objects.visible_to(request.user).with_results(), pk=pk)
    calls = list(found.calls.all())
    says_in_words = found.endpoint.family_of(found.model).says_in_words(found.background)
    context = {
        "generation": found,
        "batch": batch_of(found),
        "calls": [CallLine(call, explain(call.reason)) for call in calls],
        "requested": requested(found, calls, found.images.all()),
        "costs_unknown": sum(map(lacks_cost, calls)),
        "refusals": found.refusals.all(),
        "asked": asked_of(found),
        "deleted": deleted_of(found) if found.images_count > len(found.images.all()) else (),
        "proposal": proposal_of(found) if found.refusals.all() else None,
        "pictures": found.reference_uses.as_shown(),
        "is_owner": True,
        "added_words": TRANSPARENT_WORDS if says_in_words else "",
    }
    return render(request, "generations/generation.html", context)


@member_required
@require_POST
def cancel(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take what still waits out of the line; what was sent is kept or discarded, as the button says."""
    found = get_object_or_404(Generation.objects.visible_to(request.user), pk=pk)
    keep = "discard" not in request.POST
    cancelled = submission.cancel(found, keep=keep)
    if cancelled.paid and keep:
        messages.info(
            request, _("Cancelled. What was sent already is paid for, and is kept when it arrives.")
        )
    elif cancelled.paid:
        messages.info(
            request, _("Cancelled. What was sent already is paid for, and is discarded when it arrives.")
        )
    elif cancelled.free:
        messages.success(request, _("Cancelled. Nothing was charged for what had not been sent."))
    else:
        messages.info(request, _("It had ended already, so there was nothing to cancel."))
    return redirect("generations:create")


@member_required
@require_POST
def withdraw(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take back what waits for a reviewer: it goes into the trash, and nobody is asked any more."""
    found = get_object_or_404(Generation.objects.visible_to(request.user), pk=pk)
    if found.is_active:
        messages.info(request, _("It is still being made. Cancel it, or wait until it has ended."))
    elif trash.put(list(found.images.held()), by=request.user, at=timezone.now()):
        messages.success(request, _("Withdrawn. It lies in the trash; what it cost stays recorded."))
    else:
        messages.info(request, _("It was decided already, so there was nothing to withdraw."))
    return redirect("generations:create")


@member_required
@require_POST
def retry(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask for the same again. A double click asks once: the token follows from what the page showed."""
    found = get_object_or_404(Generation.objects.visible_to(request.user).select_related("endpoint"), pk=pk)
    if not submission.can_repeat(found):
        # The page was old: a late answer has come, or the endpoint is no longer in use.
        messages.info(request, _("It cannot be asked again as it is. Nothing was sent."))
        return redirect("generations:generation", pk=found.pk)
    shown = request.POST.get("token", "") or str(uuid4())
    try:
        submission.again(found, token=uuid5(found.pk, shown[:100]))
    except submission.MayNotAsk as error:
        messages.error(request, str(error))
        return redirect("generations:generation", pk=found.pk)
    return redirect("generations:create")


def requested(
    found: Generation, calls: Iterable[Call], images: Iterable[Image]
) -> list[tuple[str, str, str]]:
    """Return (label, asked, got) per parameter; what the endpoint does not tell is measured or left empty."""
    first_image = next(iter(images), None)
    answered = next((call for call in calls if call.effective_size or call.effective_quality), None)
    measured = f"{first_image.width}x{first_image.height}" if first_image else ""
    kind = first_image.media_type.partition("/")[2] if first_image else ""
    got = {
        "size": measured,
        "quality": answered.effective_quality if answered else "",
        "background": answered.effective_background if answered else "",
        "moderation": "",
        "output_format": kind,
    }
    labels = {
        "size": _("Size"),
        "quality": _("Quality"),
        "background": _("Background"),
        "moderation": _("Moderation"),
        "output_format": _("Format"),
    }
    auto = _("Auto")
    rows = [(_("Images"), str(found.n), str(found.images_count))]
    for name, label in labels.items():
        asked = getattr(found, name)
        rows.append(
            (label, parameter_label(name, asked) if asked else auto, parameter_label(name, got[name]))
        )
    return rows + _rare(found)


def _rare(found: Generation) -> list[tuple[str, str, str]]:
    """Rows for what few models know, when it was asked for; no endpoint tells what it made of it."""
    compression = "" if found.output_compression is None else str(found.output_compression)
    rows = (
        (_("Aspect ratio"), found.aspect_ratio),
        (_("Style"), parameter_label("style", found.style)),
        (_("Fidelity to the references"), parameter_label("input_fidelity", found.input_fidelity)),
        (_("Compression"), compression),
    )
    return [(label, asked, "") for label, asked in rows if asked]
