"""Two of the member's own images under a slider, or up to four beside each other."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from generations.image_facts import differences
from generations.models import Image
from generations.models.images import ImageQuerySet
from generations.prompt_diff import prompt_diff
from generations.prompt_language import language_of
from team.access import MemberRequest, member_required
from team.models import User

_MOST_RECENT = 24
_LETTERS = "ABCD"


@member_required
@require_safe
def compare(request: MemberRequest) -> HttpResponse:
    """Show the images that `left`, `right` and `image` name; of one alone, what it may be compared with."""
    named = dict.fromkeys(pk for name in ("left", "right", "image") for pk in _named(request, name))
    chosen = [get_object_or_404(_own(request.user), pk=pk) for pk in list(named)[: len(_LETTERS)]]
    if len(chosen) > 2:
        return render(request, "generations/compare_several.html", _beside(chosen))
    if len(chosen) < 2:
        return render(request, "generations/compare_choose.html", _choices(chosen, request.user))
    left, right = chosen
    asked = left.generation.prompt, right.generation.prompt
    context = {
        "left": left,
        "right": right,
        "rows": differences(chosen),
        "same_prompt": asked[0] == asked[1],
        "pieces": prompt_diff(*asked),
        "left_lang": language_of(asked[0]),
        "right_lang": language_of(asked[1]),
    }
    return render(request, "generations/compare.html", context)


def _beside(chosen: list[Image]) -> dict[str, object]:
    prompts = [image.generation.prompt for image in chosen]
    return {
        "images": [
            {"image": image, "letter": letter, "lang": language_of(image.generation.prompt)}
            for image, letter in zip(chosen, _LETTERS, strict=False)
        ],
        "rows": differences(chosen),
        "same_prompt": len(set(prompts)) == 1,
    }


def _choices(chosen: list[Image], member: User) -> dict[str, object]:
    """The images that may be chosen next to the first: of its generation, and the latest of all."""
    if not chosen:
        return {"left": None, "siblings": [], "recent": _recent(member)[:_MOST_RECENT]}
    left = chosen[0]
    siblings = _own(member).filter(generation=left.generation).exclude(pk=left.pk)
    others = _recent(member).exclude(generation=left.generation)
    return {"left": left, "siblings": siblings, "recent": others[:_MOST_RECENT]}


def _recent(member: User) -> ImageQuerySet:
    newest = ("-generation__created_at", "-generation__id", "call__position", "call__queued_at", "index")
    return _own(member).order_by(*newest)


def _own(member: User) -> ImageQuerySet:
    return (
        Image.objects.filter(generation__member=member).kept().select_related("generation__endpoint", "call")
    )


def _named(request: MemberRequest, name: str) -> list[UUID]:
    try:
        return [UUID(given) for given in request.GET.getlist(name) if given]
    except ValueError as exc:
        raise Http404 from exc
