"""What the author of a refused generation is told of the review, and what they may do next."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from generations import released
from generations.models import CaseKind, Decision, Generation, HideReason, Source, Verdict


@dataclass(frozen=True, slots=True)
class Asked:
    """The way to a reviewer, or what has come of it."""

    refusal: int | None  # that may be appealed; None where nothing was refused, or it was asked already
    said: str  # what has become of the question; "" where none was asked or answered
    release: str  # in what one more run differs that a reviewer has released; "" where none is


def asked_of(generation: Generation) -> Asked:
    """Return how far the review of a generation's refusals is, as its author may know it."""
    refusal = generation.refusals.order_by("pk").first()
    if refusal is None or generation.source == Source.IMPORT or generation.forgotten_at is not None:
        return Asked(refusal=None, said="", release="")
    about_it = generation.cases.filter(kind__in=(CaseKind.REFUSAL, CaseKind.APPEAL))
    cases = list(about_it.prefetch_related("verdicts").order_by("pk"))
    appeals = [case for case in cases if case.kind == CaseKind.APPEAL]
    # What was asked for last is answered first; without an appeal the refusal's own case speaks.
    standing = (appeals or cases)[-1].latest_verdict if cases else None
    release = released.release_of(generation)
    return Asked(
        refusal=None if any(case.refusal_id == refusal.pk for case in appeals) else refusal.pk,
        said=_said(standing.decision if standing else "", is_asked=bool(appeals)),
        release=released.in_words(release) if release else "",
    )


def deleted_of(generation: Generation) -> list[str]:
    """Say of each image that a reviewer has deleted for good why that was."""
    deletions = Verdict.objects.filter(image__generation=generation, decision=Decision.DELETE).order_by("pk")
    said = _("A reviewer has deleted an image of this for good: %(reason)s")
    return [said % {"reason": HideReason(one.reason).label} for one in deletions if one.reason]


def _said(decision: str, *, is_asked: bool) -> str:
    said = {
        Decision.RIGHT.value: _("A reviewer says: the refusal was right."),
        Decision.FALSE_POSITIVE.value: _("A reviewer says: nothing was wrong with this."),
        Decision.RELEASE.value: _("A reviewer says: nothing was wrong with this."),
        Decision.UNCLEAR.value: _("A reviewer has looked at it and could not tell."),
    }
    waiting = _("You have asked a reviewer. Nobody has answered yet.") if is_asked else ""
    return said.get(decision, waiting)
