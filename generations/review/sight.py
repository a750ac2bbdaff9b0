"""What decisions do to images: out of everybody's sight, back into it, or gone for good.

One reviewer hides and shows. One reviewer deletes for good, too, but for what is severe: there somebody
proposes it, which hides the image, and another administrator agrees. A proposal can be undone, a deletion
cannot: the row stays as the record of what there was.
"""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from generations import keeping, trash
from generations.models import Case, CaseKind, Decision, Generation, Image, Verdict, touch
from generations.moderation import holding
from generations.review.ruling import Ruling, Undecided
from team.models import Role, User

OF_IMAGES: Final = (Decision.HIDE, Decision.SHOW)
DELETING: Final = (Decision.ASK_TO_DELETE, Decision.DELETE)
_ABOUT_ONE: Final = (*OF_IMAGES, *DELETING)
OUT_OF_SIGHT: Final = (Decision.HIDE, *DELETING)


def image_of(case: Case, ruling: Ruling) -> Image | None:
    """The image that a ruling is about, locked; one that has no files any more is not hidden or shown."""
    pk = ruling.image or (case.image_id if case.kind == CaseKind.REPORT else None)
    is_about_one = ruling.decision in _ABOUT_ONE
    if pk is None or not (is_about_one or ruling.decision == Decision.APPROVE):
        if is_about_one:
            raise ValueError("This is decided about an image.")
        return None
    of_the_job = Image.objects.filter(generation=case.generation_id, pk=pk)
    image = of_the_job.select_for_update(no_key=True, of=("self",)).first()
    if image is None:
        raise Undecided(_("This image is gone. Nothing was recorded."))
    if image.removed_at and is_about_one:
        raise Undecided(_gone_for_good(image))
    if ruling.decision in OUT_OF_SIGHT and not ruling.reason:
        raise ValueError("Hiding and deleting need a reason.")
    return image


def needs_two(case: Case) -> bool:
    """Whether one person alone may not delete what came of the job: this or another case of it is severe."""
    return case.is_severe or Case.objects.filter(generation=case.generation_id, is_severe=True).exists()


def severe_among(cases: Collection[int]) -> int:
    """How many of some cases need two people."""
    severe = Case.objects.filter(generation=OuterRef("generation"), is_severe=True)
    return Case.objects.filter(Exists(severe), pk__in=cases).count()


def proposal_of(image: Image) -> Verdict | None:
    """The proposal to delete an image that stands, in whichever case it was made."""
    standing = Verdict.objects.filter(image=image, decision=Decision.ASK_TO_DELETE, undone_by__isnull=True)
    return standing.select_related("reviewer").order_by("pk").last()


def said_of_images(generation: Generation, decision: Decision) -> dict[UUID, Verdict]:
    """The decisions of one kind that stand, by the image of the job that each is about."""
    found = Verdict.objects.filter(image__generation=generation, decision=decision, undone_by__isnull=True)
    return {one.image_id: one for one in found.select_related("reviewer").order_by("pk") if one.image_id}


def deletion_of(image: Image) -> Verdict | None:
    """The decision by which an image went for good; None where its author has emptied the trash."""
    deleted = Verdict.objects.filter(image=image, decision=Decision.DELETE)
    return deleted.select_related("reviewer").first()


def check(case: Case, ruling: Ruling, image: Image, *, reviewer: User) -> None:
    """Raise Undecided where this reviewer may not do this to the image, or not alone."""
    if image.is_held and case.kind != CaseKind.HELD and ruling.decision in _ABOUT_ONE:
        raise Undecided(_("This image is held. Decide about it in the case that holds it."))
    if ruling.decision not in (Decision.APPROVE, Decision.SHOW, *DELETING):
        return
    proposal = proposal_of(image)
    if ruling.decision not in DELETING:
        if proposal is not None:
            raise Undecided(_("Its deletion is proposed. Undo the proposal first."))
        return
    two = needs_two(case)
    if two and not User.objects.filter(pk=reviewer.pk, role=Role.ADMINISTRATOR).exists():
        raise Undecided(_("Administrators alone decide about the images of this job."))
    if ruling.decision == Decision.ASK_TO_DELETE and not two:
        raise Undecided(_("This is not severe: it is deleted without a proposal."))
    if proposal is None:
        if two and ruling.decision == Decision.DELETE:
            raise Undecided(_("Two administrators delete this: one proposes it, another one agrees."))
        return
    if proposal.reviewer_id == reviewer.pk:
        raise Undecided(_("You have proposed this yourself. Another administrator has to agree."))
    if ruling.decision == Decision.ASK_TO_DELETE:
        said = _("%(name)s has proposed this already. Look at it again, then agree or undo it.")
        raise Undecided(said % {"name": proposal.reviewer.display_name})


def follow(image: Image, ruling: Ruling) -> None:
    """Do to the image what was decided of it; open pages and copies learn of it."""
    if ruling.decision in OUT_OF_SIGHT:
        put([image], out=True, reason=ruling.reason)
    elif ruling.decision == Decision.SHOW or (ruling.decision == Decision.APPROVE and image.is_held):
        put([image], out=False)
    if ruling.decision == Decision.DELETE:
        trash.remove_for_good([image.pk], at_once=True)
        image.refresh_from_db(fields=["removed_at"])


def put(images: Sequence[Image], *, out: bool, reason: int | None = None) -> None:
    """Take images of one job out of everybody's sight, or bring them back; without a reason they are held."""
    hidden_at = timezone.now() if out else None
    reason = reason if out else None
    rows = Image.objects.filter(pk__in=[image.pk for image in images])
    rows.update(hidden_at=hidden_at, hidden_because=reason)
    for image in images:
        image.hidden_at, image.hidden_because = hidden_at, reason
    generation = images[0].generation_id
    keeping.recount([generation])
    touch(generation, member_id=Generation.objects.values_list("member", flat=True).get(pk=generation))


def take_back(undone: Verdict) -> None:
    """Let images be as they were before a decision that is undone. Raises Undecided for what is gone."""
    if undone.decision == Decision.DELETE:
        raise Undecided(_("What is deleted for good cannot be brought back. The record of it stays."))
    ids = undone.after.get("images", [])
    if undone.image is not None and (undone.decision in _ABOUT_ONE or undone.case.kind == CaseKind.HELD):
        ids = [undone.image.pk]
    for image in Image.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids).order_by("pk"):
        if image.removed_at and undone.decision == Decision.ASK_TO_DELETE:
            raise Undecided(_gone_for_good(image))
        is_out, reason = _what_stands(image, without=undone)
        put([image], out=is_out, reason=reason)
        if undone.image is not None:
            undone.image = image


def _what_stands(image: Image, *, without: Verdict) -> tuple[bool, int | None]:
    """Whether and why an image is out of sight by what else was decided of it and not undone, in any case."""
    is_held = holding.is_held(image.generation_id)
    about_it = Q(image=image, decision__in=_ABOUT_ONE)
    if is_held:
        of_it = Q(image=image) | Q(image=None)
        about_it |= Q(of_it, case__generation=image.generation_id, case__kind=CaseKind.HELD)
    answers = (*_ABOUT_ONE, Decision.APPROVE)
    found = Verdict.objects.filter(about_it, decision__in=answers, undone_by__isnull=True)
    standing = (
        one
        for one in found.exclude(pk=without.pk).order_by("-pk")
        if one.image_id or str(image.pk) in one.after.get("images", [])
    )
    last = next(standing, None)
    if last is None:
        return is_held, None
    return (False, None) if last.decision in (Decision.SHOW, Decision.APPROVE) else (True, last.reason)


def _gone_for_good(image: Image) -> str:
    deletion = deletion_of(image)
    if deletion is None:
        return _("Its author has deleted this image for good. There is nothing left to hide.")
    said = _("%(name)s has deleted this image for good already. There is nothing left of it.")
    return said % {"name": deletion.reviewer.display_name}
