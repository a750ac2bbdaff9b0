"""The team's line, for everybody; and the prompts that a member has used before, for that member."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from generations import line_order, submission
from generations.engine.words import told
from generations.models import Generation
from generations.prompt_language import language_of
from generations.queue import team_line
from generations.views.strikes import told_of
from team.access import MemberRequest, administrator_required, member_required

LATEST = 50  # prompts
_READ = 500  # generations; the same prompt is often asked for again and again


@member_required
@require_safe
def queue(request: MemberRequest) -> HttpResponse:
    """Show what runs and waits; the page asks for that part again by itself."""
    return render(request, "generations/queue.html", _line(request))


@member_required
@require_safe
def now(request: MemberRequest) -> HttpResponse:
    """The part that changes by the second."""
    return render(request, "generations/_queue_now.html", _line(request))


@administrator_required
@require_POST
def move(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Put a waiting generation before everybody's turn, or behind it; the page comes back at its row."""
    found = get_object_or_404(Generation, pk=pk)
    to = request.POST.get("to")
    if to not in ("front", "back"):
        raise Http404
    if line_order.move(found, to="front" if to == "front" else "back"):
        words = _("It is taken before all others.") if to == "front" else _("It is taken after all others.")
        messages.success(request, words)
    else:
        messages.info(request, _("It does not wait any more, so it was not moved."))
    return redirect(f"{reverse('generations:queue')}#entry-{found.pk}")


@member_required
@require_POST
def cancel(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Cancel one's own generation, or as an administrator anybody's; what was sent is paid for and kept."""
    all_there_are = Generation.objects.all()
    allowed = all_there_are if request.user.is_administrator else all_there_are.visible_to(request.user)
    cancelled = submission.cancel(get_object_or_404(allowed, pk=pk), by=request.user)
    if cancelled.paid:
        words = _("Cancelled. What was sent already is paid for, and is kept when it arrives.")
    elif cancelled.free:
        words = _("Cancelled. Nothing was charged for what had not been sent.")
    else:
        words = _("It had ended already, so there was nothing to cancel.")
    messages.info(request, words)
    return redirect("generations:queue")


@member_required
@require_safe
def prompts(request: MemberRequest) -> HttpResponse:
    """Show the newest prompts of mine, or those in which words stand."""
    words = request.GET.get("q", "").strip()[:200]
    found = [
        {"generation": pk, "prompt": prompt, "lang": language_of(prompt)}
        for prompt, pk in _latest(request, words).items()
    ]
    return render(request, "generations/prompts.html", {"prompts": found, "words": words, "most": LATEST})


@member_required
@require_safe
def latest_prompts(request: MemberRequest) -> JsonResponse:
    """The newest prompts of mine, for the keys in the prompt's field."""
    return JsonResponse({"prompts": list(_latest(request, ""))})


def _line(request: MemberRequest) -> dict[str, Any]:
    line = team_line(request.user)
    own = next((pause for pause in line.pauses if pause.member_id == request.user.pk), None)
    return {
        "line": line,
        "own_pause": told_of(own) if own else None,
        "pauses": [told(pause) for pause in line.pauses if pause != own],
        "everything_is_paused": any(pause.is_of_everything for pause in line.pauses),
    }


def _latest(request: MemberRequest, words: str) -> dict[str, object]:
    """Different prompts, newest first, each with its newest generation."""
    mine = Generation.objects.visible_to(request.user).exclude(prompt="").newest_first()
    if words:
        mine = mine.filter(prompt__icontains=words)
    found: dict[str, object] = {}
    for prompt, pk in mine.values_list("prompt", "pk")[:_READ]:
        found.setdefault(prompt, pk)
    return dict(list(found.items())[:LATEST])
