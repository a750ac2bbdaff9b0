"""The team's line, for everybody; and the prompts that a member has used before, for that member."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from generations.engine.words import told
from generations.models import Generation
from generations.prompt_language import language_of
from generations.queue import team_line
from team.access import MemberRequest, member_required

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
    pauses = [told(pause) for pause in line.pauses]
    is_all = any(pause.endpoint_id is None for pause in line.pauses)
    return {"line": line, "pauses": pauses, "everything_is_paused": is_all}


def _latest(request: MemberRequest, words: str) -> dict[str, object]:
    """Different prompts, newest first, each with its newest generation."""
    mine = Generation.objects.visible_to(request.user).exclude(prompt="").newest_first()
    if words:
        mine = mine.filter(prompt__icontains=words)
    found: dict[str, object] = {}
    for prompt, pk in mine.values_list("prompt", "pk")[:_READ]:
        found.setdefault(prompt, pk)
    return dict(list(found.items())[:LATEST])
