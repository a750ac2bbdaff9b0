"""The log of who has looked at whose prompts and images: one row per reader, generation and hour."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from generations.models import Generation, Look
from team.models import User

ONCE: Final = timedelta(hours=1)


def note(generations: Iterable[Generation], *, reader: User, saw_images: bool = False) -> None:
    """Write down that somebody reads prompts; their own, and what they have read within the hour, are not.

    Three statements at most, however many prompts a page shows.
    """
    others = {one.pk for one in generations if one.member_id != reader.pk}
    if not others:
        return
    recent = Look.objects.filter(reader=reader, generation__in=others, at__gt=timezone.now() - ONCE)
    known = {of: (pk, saw) for pk, of, saw in recent.values_list("pk", "generation", "saw_images")}
    new = [Look(reader=reader, generation_id=pk, saw_images=saw_images) for pk in others - known.keys()]
    if new:
        Look.objects.bulk_create(new)
    blind = [pk for pk, saw in known.values() if saw_images and not saw]
    if blind:
        Look.objects.filter(pk__in=blind).update(saw_images=True)


def looks(*, reader: int | None = None, before: datetime | None = None) -> QuerySet[Look]:
    """Return what was looked at, the latest first; all of it, or what one reader has."""
    found = Look.objects.select_related("reader", "generation__member").order_by("-at", "-pk")
    if reader is not None:
        found = found.filter(reader=reader)
    return found.filter(at__lt=before) if before else found
