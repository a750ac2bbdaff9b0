"""What counts against a member, as they see it themselves, and the pause that ended a loop of refusals."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from generations import pauses, tasks
from generations.explanations import explain
from generations.images_api import Reason
from generations.models import Case, CaseKind, Generation, ModerationPolicy, Pause
from generations.moderation import in_a_row
from generations.moderation.strikes import Strike, Strikes, notice_for, strikes_of
from generations.prompt_language import language_of
from team.access import MemberRequest, member_required
from team.models import User


@dataclass(frozen=True, slots=True)
class OwnPause:
    """Why a member's calls wait, as they are told."""

    pause: Pause
    refused: int  # in a row; 0 where a person has paused them
    reasons: tuple[str, ...]  # sentences
    can_go_on: bool


@dataclass(frozen=True, slots=True)
class Notices:
    """What a member has to know before they ask for more."""

    pause: OwnPause | None
    strikes: Strikes | None
    about: str  # what the strikes are for


@dataclass(frozen=True, slots=True)
class StrikeLine:
    """A strike with what can be done about it."""

    strike: Strike
    about: str
    generation: Generation | None
    lang: str
    is_asked: bool  # another look at it


@member_required
@require_safe
def mine(request: MemberRequest) -> HttpResponse:
    """Show the member's own strikes: what for, until when, and the way to another look."""
    policy = ModerationPolicy.current()
    strikes = strikes_of(request.user, policy)
    context = {"strikes": strikes, "policy": policy, "lines": _lines(strikes.every, request.user)}
    return render(request, "generations/my_strikes.html", context)


@member_required
@require_POST
def go_on(request: MemberRequest) -> HttpResponse:
    """End the pause that the studio has put on the member's own loop; what a person has paused stays."""
    standing = pauses.pause_of_member(request.user)
    if standing is not None and standing.reason == Reason.REFUSED_IN_A_ROW:
        if pauses.resume(standing, by=request.user):
            tasks.ring()
        messages.success(request, _("Your calls are sent again."))
    return redirect("generations:queue" if request.POST.get("back") == "queue" else "generations:create")


def notices_for(member: User) -> Notices:
    """Return what a member is told where they ask for something new."""
    standing = pauses.pause_of_member(member)
    strikes = notice_for(member)
    return Notices(
        pause=told_of(standing) if standing else None,
        strikes=strikes,
        about=_listed(strikes.about) if strikes else "",
    )


def told_of(standing: Pause) -> OwnPause:
    """Return what a member is told of their own pause."""
    member = standing.member_id
    if not standing.reason or member is None:
        return OwnPause(standing, refused=0, reasons=(), can_go_on=False)
    row = in_a_row.by_member(member, since=pauses.last_end(member=member))
    told = (explain(reason) for reason in dict.fromkeys(one.reason for one in row))
    return OwnPause(
        standing,
        refused=len(row),
        reasons=tuple(str(words.sentence) for words in told if words),
        can_go_on=standing.reason == Reason.REFUSED_IN_A_ROW,
    )


def _lines(every: Iterable[Strike], member: User) -> list[StrikeLine]:
    every = list(every)
    own = Generation.objects.visible_to(member).in_bulk([strike.generation for strike in every])
    refusals = [strike.refusal for strike in every if strike.refusal]
    asked = set(
        Case.objects.filter(kind=CaseKind.APPEAL, refusal__in=refusals).values_list("refusal", flat=True)
    )
    return [
        StrikeLine(
            strike,
            about=_listed(strike.about),
            generation=own.get(strike.generation),
            lang=language_of(own[strike.generation].prompt) if strike.generation in own else "",
            is_asked=strike.refusal in asked,
        )
        for strike in every
    ]


def _listed(words: Iterable[str]) -> str:
    return pgettext("between the items of a list", ", ").join(words)
