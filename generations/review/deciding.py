"""One decision at a time: appended to the record, with what it changes, and taken back as another row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from generations.models import Case, CaseKind, Decision, Generation, Image, Verdict
from generations.moderation import holding
from generations.review import sight, whole
from generations.review.ruling import NotAReviewer, Ruling, Undecided
from team.models import Role, User

# What each kind of case may be answered with; an image of the job is hidden or shown again beside it.
_OF_REFUSALS = (Decision.RIGHT, Decision.FALSE_POSITIVE, Decision.UNCLEAR, Decision.RELEASE)
CHOICES: Mapping[str, tuple[Decision, ...]] = {
    CaseKind.REFUSAL: _OF_REFUSALS,
    CaseKind.APPEAL: _OF_REFUSALS,
    CaseKind.REPORT: (Decision.APPROVE, Decision.HIDE, Decision.UNCLEAR),
    CaseKind.FLAGGED: (Decision.APPROVE, Decision.HIDE, Decision.UNCLEAR),
    CaseKind.HELD: (Decision.APPROVE, Decision.HIDE),
}


def decide(case: int, ruling: Ruling, *, reviewer: User, version: int) -> Verdict:
    """Append a decision to a case that still is as the reviewer has seen it.

    Args:
        case: its primary key.
        ruling: what is decided; a ruling that does not fit the kind of the case raises ValueError.
        reviewer: whose role is looked at again, in the same transaction.
        version: of the case, as the form bears it.

    Raises:
        Undecided: somebody else was first, the case is the reviewer's own, or its image is gone.
        NotAReviewer: the role was lost meanwhile, or the case is an administrator's matter.
    """
    with transaction.atomic():
        held = held_for(case, reviewer)
        if held.version != version:
            raise Undecided(_already(held))
        if held.is_severe and ruling.decision == Decision.ESCALATE:
            raise Undecided(_("Administrators alone see this already."))
        ruling = whole.named(held, ruling)
        image = _image_of(held, ruling)
        if image is not None:
            sight.check(held, ruling, image, reviewer=reviewer)
        answers = held.is_answer(ruling.decision, image.pk if image else None)
        # What is decided is undone before it is decided otherwise; its images can be hidden, shown, deleted.
        is_about_images = ruling.decision in (Decision.SHOW, *sight.DELETING) or (
            ruling.decision == Decision.HIDE
            and (not answers or held.kind in (CaseKind.FLAGGED, CaseKind.HELD))
        )
        if held.decided_at and not is_about_images:
            raise Undecided(_already(held))
        verdict = _append(held, ruling, image, reviewer=reviewer, answers=answers)
        _conclude(held, decided_at=_since(held, verdict) if answers else held.decided_at)
    return verdict


def undo(verdict: int, *, reviewer: User) -> Verdict:
    """Take a decision back, however long ago: the case waits again, the image is as it was before.

    Raises:
        Undecided: it was undone already, it was a deletion, or the case is the reviewer's own.
        NotAReviewer: as decide() has it.
    """
    with transaction.atomic():
        known = Verdict.objects.filter(pk=verdict).values_list("case", "reviewer").first()
        if known is None:
            raise NotAReviewer
        # Whoever has left a case to administrators may still think better of it.
        held = held_for(known[0], reviewer, is_own_decision=known[1] == reviewer.pk)
        undone = Verdict.objects.select_related("image", "undone_by__reviewer").get(pk=verdict)
        if undone.decision == Decision.WITHDRAW:
            raise Undecided(_("Its author has taken this back. They alone can restore it, from their trash."))
        if undone.decision == Decision.UNDO:
            raise Undecided(_("What was undone is decided anew, not undone again."))
        by = getattr(undone, "undone_by", None)
        if by is not None:
            raise Undecided(_("%(name)s has undone this already.") % {"name": by.reviewer.display_name})
        before, standing = _facts(held, held.latest_verdict, undone.image), held.standing_without(undone)
        sight.take_back(undone)
        held.is_severe &= undone.decision != Decision.ESCALATE
        undoing = Verdict.objects.create(
            case=held,
            image=undone.image,
            reviewer=reviewer,
            decision=Decision.UNDO,
            undoes=undone,
            before=before,
            after=_facts(held, standing, undone.image),
        )
        _conclude(held, decided_at=_since(held, standing) if standing else None)
    return undoing


def is_over(case: Case, verdict: Verdict) -> bool:
    """Whether a decision has answered a case; one about an image is not enough while another one is held."""
    return case.is_answer(verdict.decision, verdict.image_id) and not holding.waits(case)


def held_for(case: int, reviewer: User, *, is_own_decision: bool = False) -> Case:
    """Lock a case for somebody who may decide it, as both are now."""
    roles = (Role.REVIEWER, Role.ADMINISTRATOR)
    now = User.objects.filter(pk=reviewer.pk, is_active=True, role__in=roles).first()
    if now is None:
        raise NotAReviewer
    # Images that are held arrive under the lock of their generation: whoever decides takes that first, too.
    of_held = Case.objects.filter(pk=case, kind=CaseKind.HELD).values("generation")
    list(Generation.objects.select_for_update(no_key=True).filter(pk__in=of_held).values_list("pk"))
    cases = Case.objects.all() if is_own_decision else Case.objects.for_reviewer(now)
    held = cases.select_for_update(no_key=True, of=("self",)).filter(pk=case).first()
    if held is None:
        raise NotAReviewer
    if held.member_id == reviewer.pk:
        raise Undecided(_("You asked for this yourself. Somebody else has to review it."))
    return held


def _already(case: Case) -> str:
    """Who was first, and with what."""
    standing = case.latest_verdict
    if standing is not None and case.decided_at:
        said = _("Already decided by %(name)s: %(decision)s.")
    else:
        standing = case.verdicts.select_related("reviewer").order_by("pk").last()
        said = _("%(name)s has changed this meanwhile: %(decision)s. Look at it again, then decide.")
    if standing is None:
        return _("This has changed meanwhile. Look at it again, then decide.")
    return said % {"name": standing.reviewer.display_name, "decision": standing.get_decision_display()}


def _image_of(case: Case, ruling: Ruling) -> Image | None:
    """The image that a ruling is about, locked, where it is about one."""
    if ruling.decision not in (*CHOICES[case.kind], *sight.OF_IMAGES, *sight.DELETING, Decision.ESCALATE):
        raise ValueError(f"A {case.kind} is not answered with {ruling.decision}.")
    return None if whole.is_meant(case, ruling) else sight.image_of(case, ruling)


def _facts(case: Case, standing: Verdict | None, image: Image | None) -> dict[str, Any]:
    """What the record says of a moment: the decision in force, and what became of the image."""
    facts: dict[str, Any] = {"decision": standing.decision if standing else ""}
    if case.is_severe:
        facts["severe"] = True
    if image is not None:
        facts["hidden"] = image.hidden_because
        if image.is_held:
            facts["held"] = True
        if image.removed_at:
            facts["deleted"] = True
    return facts


def _append(case: Case, ruling: Ruling, image: Image | None, *, reviewer: User, answers: bool) -> Verdict:
    """Do what a ruling says of images and readers, and write it down."""
    before = _facts(case, case.latest_verdict, image)
    images: list[str] = []
    if image is not None:
        sight.follow(image, ruling)
    elif whole.is_meant(case, ruling):
        images = whole.follow(case, ruling)
    case.is_severe |= ruling.decision == Decision.ESCALATE
    after = _facts(case, case.latest_verdict, image)
    return Verdict.objects.create(
        case=case,
        image=image,
        reviewer=reviewer,
        decision=ruling.decision,
        reason=ruling.reason if ruling.decision in sight.OUT_OF_SIGHT else None,
        note=ruling.note,
        before=before,
        after=after | _said(ruling, answers=answers) | ({"images": images} if images else {}),
    )


def _said(ruling: Ruling, *, answers: bool) -> dict[str, Any]:
    """What a ruling itself adds to the facts."""
    decision = {"decision": Decision(ruling.decision).value} if answers else {}
    return decision | ({"release": dict(ruling.release)} if ruling.release else {})


def _since(case: Case, answer: Verdict) -> datetime | None:
    """When an answer has decided a case: not while something of it is still held."""
    return None if holding.waits(case) else answer.created_at


def _conclude(case: Case, *, decided_at: datetime | None) -> None:
    """Write what follows for the case: it is decided or waits again, and nobody has it open."""
    Case.objects.filter(pk=case.pk).update(
        decided_at=decided_at,
        is_severe=case.is_severe,
        version=F("version") + 1,
        claimed_by=None,
        claimed_at=None,
    )
