"""What a reviewer says at once of all that a case holds: it is released, or withheld with a reason."""

from dataclasses import replace

from django.utils.translation import gettext as _

from generations.models import Case, CaseKind, Decision, Image
from generations.review import sight
from generations.review.ruling import Ruling, Undecided


def is_meant(case: Case, ruling: Ruling) -> bool:
    """Whether a ruling is about everything that the case holds."""
    is_whole = ruling.image is None and ruling.decision in (Decision.APPROVE, Decision.HIDE)
    return case.kind == CaseKind.HELD and is_whole


def named(case: Case, ruling: Ruling) -> Ruling:
    """Name the image where only one is held: to withhold all is to withhold that one."""
    if not (is_meant(case, ruling) and ruling.decision == Decision.HIDE):
        return ruling
    held = list(Image.objects.held().filter(generation=case.generation_id).values_list("pk", flat=True)[:2])
    return replace(ruling, image=held[0]) if len(held) == 1 else ruling


def follow(case: Case, ruling: Ruling) -> list[str]:
    """Do to every image that is still held what was decided; return the ids of those.

    Raises:
        Undecided: nothing is held that could be withheld.
    """
    held = Image.objects.held().filter(generation=case.generation_id).order_by("pk")
    images = list(held.select_for_update(no_key=True, of=("self",)))
    if ruling.decision == Decision.HIDE:
        if not ruling.reason:
            raise ValueError("Hiding needs a reason.")
        if not images:
            raise Undecided(_("Nothing of it is held any more. Nothing was recorded."))
    if images:
        sight.put(images, out=ruling.decision == Decision.HIDE, reason=ruling.reason)
    return [str(image.pk) for image in images]
