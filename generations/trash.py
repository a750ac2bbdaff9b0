"""What members delete: hidden at once, kept for thirty days, then without its files. The record stays.

A row is marked as removed before its files are deleted, so that no page ever shows a file that is not there.
Whoever deletes files repeats the step until it has come to its end: a crash in between leaves files that
nobody sees, until the step is repeated, and never a row without its files.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from generations import live
from generations.keeping import recount
from generations.models import Generation, Image, Job, Reference
from generations.models.generations import ACTIVE_STATUSES, GenerationQuerySet
from generations.models.images import ImageQuerySet
from generations.moderation import holding
from generations.storage import remove
from team.models import User

KEPT = timedelta(days=30)
PURGE = "purge"  # the kind of the jobs that delete files, which nobody sees


def images_of(member: User) -> ImageQuerySet:
    """Return the images in a member's trash, what was deleted last first."""
    return lying().filter(generation__member=member).order_by("-trashed_at", "pk")


def generations_of(member: User) -> GenerationQuerySet:
    """Return what was deleted without an image to show: refused, failed, or never made."""
    in_trash = Generation.objects.filter(member=member, trashed_at__isnull=False)
    shown = Image.objects.filter(generation=OuterRef("pk"))
    recent = in_trash.filter(trashed_at__gt=timezone.now() - KEPT)
    return recent.filter(~Exists(shown)).order_by("-trashed_at", "pk")


def lying() -> ImageQuerySet:
    """Return what can still be restored."""
    return Image.objects.filter(trashed_at__isnull=False, removed_at__isnull=True)


def put(images: Sequence[Image], *, by: User, at: datetime) -> int:
    """Delete a member's own images; return how many were not deleted before.

    What is held for a reviewer is withdrawn so. `at` marks what was deleted together, so that it can be taken
    back together.
    """
    with _held(images, by) as generations:
        own = Image.objects.kept_or_held().filter(pk__in=[image.pk for image in images])
        changed = own.filter(generation__in=generations).update(trashed_at=at)
        holding.follow(generations, by=by)
        _follow(generations, at=at)
    return changed


def put_generations(generations: Iterable[Generation], *, by: User, at: datetime) -> int:
    """Delete a member's own generations with their images, but for those that are under way."""
    ids = [generation.pk for generation in generations]
    with transaction.atomic():
        own = Generation.objects.filter(pk__in=ids, member=by).exclude(status__in=ACTIVE_STATUSES).kept()
        locked = [row.pk for row in own.order_by("pk").select_for_update(no_key=True)]
        Image.objects.kept_or_held().filter(generation__in=locked).update(trashed_at=at)
        holding.follow(locked, by=by)
        changed = Generation.objects.filter(pk__in=locked).update(trashed_at=at, changed_at=Now())
        transaction.on_commit(partial(live.announce, by.pk))
    return changed


def restore(images: Sequence[Image], *, by: User) -> int:
    """Take a member's own images out of the trash; return how many still had their files."""
    with _held(images, by) as generations:
        own = lying().filter(pk__in=[image.pk for image in images], generation__in=generations)
        changed = own.update(trashed_at=None)
        holding.follow(generations, by=by)
        _follow(generations, at=None)
    return changed


def restore_generations(generations: Iterable[Generation], *, by: User) -> int:
    """Take a member's own generations out of the trash, with the images that were deleted with them."""
    changed = 0
    with transaction.atomic():
        own = Generation.objects.filter(pk__in=[one.pk for one in generations], member=by)
        for row in own.filter(trashed_at__isnull=False).order_by("pk").select_for_update(no_key=True):
            lying().filter(generation=row, trashed_at=row.trashed_at).update(trashed_at=None)
            holding.follow([row.pk], by=by)
            changed += Generation.objects.filter(pk=row.pk).update(trashed_at=None, changed_at=Now())
            recount([row.pk])
        transaction.on_commit(partial(live.announce, by.pk))
    return changed


def bring_back_what_still_arrived() -> int:
    """A late answer may bring an image to what was deleted: it was paid for, so it is shown."""
    kept = Image.objects.kept_or_held().filter(generation=OuterRef("pk"))
    return Generation.objects.filter(Exists(kept), trashed_at__isnull=False).update(trashed_at=None)


def give_up_generations(member: User) -> int:
    """End the time of what was deleted without an image, as if it had lain its thirty days; return how many.

    The records stay: there are no files to them.
    """
    over = timezone.now() - KEPT
    return generations_of(member).order_by().update(trashed_at=over, changed_at=Now())


def remove_for_good(images: Collection[UUID], *, at_once: bool = False) -> int:
    """Mark images as removed wherever they lie, and put the deletion of their files into the line.

    Called in the transaction of what it follows from, so that mark and job come to be together. Zip files
    that hold one of them are taken back as well where it has to be gone `at_once`. Returns how many there
    were.
    """
    rows = Image.objects.filter(pk__in=images, removed_at__isnull=True)
    named: dict[int, list[str]] = defaultdict(list)
    for pk, member in rows.order_by("pk").values_list("pk", "generation__member"):
        named[member].append(str(pk))
    changed = rows.update(removed_at=Now())
    arguments = {"at_once": True} if at_once else {}
    Job.objects.bulk_create(
        Job(member_id=member, kind=PURGE, images=ids, arguments=arguments) for member, ids in named.items()
    )
    return changed


def remove_files(images: Sequence[Image]) -> int:
    """Give up images that lie in the trash: the rows first, then the files that nobody else has.

    Of images that were marked before it is the files only. Safe to repeat, and to be repeated until it comes
    back. Returns how many images were given up.

    Raises:
        StorageUnavailable: the store is away; some files may be left.
    """
    ids = [image.pk for image in images]
    given_up = lying().filter(pk__in=ids).update(removed_at=Now())
    # Read anew: whoever restored one in the meantime keeps its files.
    removed = list(Image.objects.filter(pk__in=ids, removed_at__isnull=False))
    keys = {key for image in removed for key in (image.original, image.thumb_320, image.thumb_640) if key}
    for key in sorted(keys - _needed(removed, keys)):
        remove(key)
    return given_up


@contextmanager
def _held(images: Sequence[Image], by: User) -> Iterator[list[UUID]]:
    """Hold the member's own generations of some images: two who delete the last two must see each other."""
    wanted = {image.generation_id for image in images}
    with transaction.atomic():
        own = Generation.objects.filter(pk__in=wanted, member=by).order_by("pk")
        yield [row.pk for row in own.select_for_update(no_key=True)]
        transaction.on_commit(partial(live.announce, by.pk))


def _follow(generations: Sequence[UUID], *, at: datetime | None) -> None:
    """A generation is in the trash when its last image is; what is under way may still bring one."""
    rows = Generation.objects.filter(pk__in=generations)
    if at is None:
        rows.update(trashed_at=None, changed_at=Now())
    else:
        kept = Image.objects.kept_or_held().filter(generation=OuterRef("pk"))
        ended = rows.exclude(status__in=ACTIVE_STATUSES)
        ended.filter(~Exists(kept), trashed_at__isnull=True).update(trashed_at=at)
        rows.update(changed_at=Now())
    recount(generations)


def _needed(removed: Sequence[Image], keys: set[str]) -> set[str]:
    """Return which of the files another image or a reference has, too."""
    is_one = Q(original__in=keys) | Q(thumb_320__in=keys)
    others = Image.objects.filter(sha256__in={image.sha256 for image in removed}, removed_at__isnull=True)
    others = others.filter(is_one | Q(thumb_640__in=keys))
    needed = {key for row in others.values_list("original", "thumb_320", "thumb_640") for key in row}
    references = Reference.objects.filter(is_one).values_list("original", "thumb_320")
    return needed | {key for row in references for key in row}
