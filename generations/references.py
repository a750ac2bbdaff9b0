"""Pictures that a member gives to a model: taken in, kept once by their content, and let go when unused."""

import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generations.models import Image, Reference, ReferenceUse
from generations.room import is_full
from generations.storage import (
    Flaw,
    Rewritten,
    StorageUnavailable,
    TooBusy,
    Unfit,
    fetch,
    has,
    remove,
    rewrite,
    store,
)
from generations.uploads import WithoutRoom
from team.models import User

logger = logging.getLogger(__name__)

KEPT_UNUSED = timedelta(days=7)
MOST_UNUSED = 300  # of one member: nobody fills the storage with pictures that no generation uses
_AT_ONCE = 200  # rows that one round discards
_TRIES = 3  # of storing a picture whose files somebody discards meanwhile
_OURS = "imagestudio-reference-"  # how the folders begin in which pictures are written anew
_LEFT_AFTER = 3600  # seconds; sixteen pictures of one form take minutes

_SENTENCES: dict[Flaw, Promise] = {
    Flaw.EMPTY: gettext_lazy("%(name)s is empty. Choose it again."),
    Flaw.FORMAT: gettext_lazy("%(name)s is not a picture that can be used. Choose a PNG, JPEG or WebP."),
    Flaw.DAMAGED: gettext_lazy("%(name)s is damaged or cut off. Save it anew as PNG, JPEG or WebP."),
    Flaw.ANIMATED: gettext_lazy("%(name)s is an animation. Save one picture of it as PNG, JPEG or WebP."),
    Flaw.TOO_LARGE: gettext_lazy("%(name)s has more than 64 million pixels. Make it smaller."),
    Flaw.TOO_DEMANDING: gettext_lazy(
        "%(name)s could not be read. Save it anew as PNG, JPEG or WebP, or make it smaller."
    ),
    Flaw.MASK_SIZE: gettext_lazy(
        "The mask is %(detail)s pixels, and the first reference is kept as %(size)s. Save it in that size."
    ),
    Flaw.MASK_OPAQUE: gettext_lazy(
        "The mask lets nothing change. Make the places to change transparent, or paint them white on black."
    ),
}


class NotUsable(Exception):
    """A picture that is not taken; the message is a sentence for the member."""


def receive(
    upload: UploadedFile,  # type: ignore[type-arg]
    *,
    member: User,
    mask_of: Reference | None = None,
) -> Reference:
    """Check a file, write it anew and keep it; as a mask of the size of a reference, where one is named.

    Raises:
        NotUsable: it is none that a model takes, or cannot be kept now.
    """
    name = _plain_name(upload.name or "")
    if (upload.size or 0) > settings.REFERENCE_UPLOAD_BYTES:
        most = filesizeformat(settings.REFERENCE_UPLOAD_BYTES)
        raise NotUsable(_("%(name)s is larger than %(most)s.") % {"name": name, "most": most})
    if Reference.objects.filter(member=member, uses__isnull=True).count() >= MOST_UNUSED:
        raise NotUsable(
            _("You have added very many pictures without using them. Use some, or come back later.")
        )
    if isinstance(upload, WithoutRoom):
        raise NotUsable(_no_room(name))
    with _told_when_full(name), _work_folder() as folder:
        return _keep(_on_disk(upload, folder), folder, member=member, name=name, mask_of=mask_of)


def from_image(image: Image, *, member: User) -> Reference:
    """Return a reference that is taken from an image of the studio.

    Raises:
        NotUsable: its file cannot be had.
    """
    known = Reference.objects.filter(member=member, image=image).first()
    if known is not None and Reference.objects.filter(pk=known.pk).update(created_at=timezone.now()):
        return known
    with _told_when_full(image.file_name), _work_folder() as folder:
        source = folder / "source"
        try:
            fetch(image.original, source)
        except (FileNotFoundError, StorageUnavailable) as exc:
            logger.warning("image %s: its original cannot be had: %s", image.pk, exc)
            raise NotUsable(_("This image cannot be read now. Try again in a minute.")) from exc
        return _keep(source, folder, member=member, name=image.file_name, image=image)


def discard_unused() -> int:
    """Delete references that no generation has used for a week, rows first; return how many there were."""
    before = timezone.now() - KEPT_UNUSED
    is_used = Exists(ReferenceUse.objects.filter(reference=OuterRef("pk")))
    old = Reference.objects.filter(~is_used, created_at__lt=before).select_related("member")
    return sum(_discard(reference, before=before) for reference in old[:_AT_ONCE])


def _keep(
    source: Path,
    folder: Path,
    *,
    member: User,
    name: str,
    image: Image | None = None,
    mask_of: Reference | None = None,
) -> Reference:
    made = _rewritten(source, folder, name=name, mask_of=mask_of)
    with made.path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    stem = f"references/{member.pk}/{sha256}"
    fields = {
        "name": name,
        "media_type": made.media_type,
        "width": made.width,
        "height": made.height,
        "bytes": made.path.stat().st_size,
        "original": f"{stem}.{made.extension}",
        "thumb_320": f"{stem}-320.webp",
    }
    files = {f"{stem}.{made.extension}": made.path, f"{stem}-320.webp": made.thumbnail}
    row = Reference(member=member, sha256=sha256, image=image, **fields)
    try:
        for _try in range(_TRIES):
            if kept := _with_files(row, files):
                return kept
        raise StorageUnavailable(f"{stem} does not stay in the storage.")
    except StorageUnavailable as exc:
        if is_full(exc):
            raise
        raise NotUsable(_("%(name)s could not be stored. Try again in a minute.") % {"name": name}) from exc


def _with_files(row: Reference, files: dict[str, Path]) -> Reference | None:
    """Store the files, then keep the row; None when they were discarded in between.

    The upload may take long, so it holds nobody up. A discard that found no row yet may have taken files that
    were just stored: under the lock, where none is deleted, it is looked whether they are still there.

    Raises:
        StorageUnavailable: the store is away.
    """
    for key, path in files.items():
        store(path, key)
    with _files_of(row.member):
        if not all(has(key) for key in files):
            return None
        known = Reference.objects.filter(member=row.member, sha256=row.sha256, image=row.image).first()
        if known is not None:  # chosen anew: it is not old any more
            Reference.objects.filter(pk=known.pk).update(created_at=timezone.now())
            return known
        row.save(force_insert=True)
        return row


def _rewritten(source: Path, folder: Path, *, name: str, mask_of: Reference | None) -> Rewritten:
    target = folder / "made"
    target.mkdir()
    try:
        if mask_of is not None:
            return rewrite(source, target, mask_size=(mask_of.width, mask_of.height))
        return rewrite(
            source,
            target,
            longest_edge=settings.REFERENCE_LONGEST_EDGE,
            bytes_most=settings.REFERENCE_BYTES,
        )
    except Unfit as unfit:
        raise NotUsable(_sentence(unfit, name=name, mask_of=mask_of)) from unfit
    except TooBusy as exc:
        busy = _("Many pictures are being checked. Add %(name)s again in a minute.") % {"name": name}
        raise NotUsable(busy) from exc


def _sentence(unfit: Unfit, *, name: str, mask_of: Reference | None) -> str:
    size = f"{mask_of.width} × {mask_of.height}" if mask_of else ""
    values = {"name": name, "detail": unfit.detail, "size": size}
    if unfit.flaw is Flaw.FORMAT and unfit.detail:
        sentence = _("%(name)s: models take no %(detail)s files. Save it as PNG, JPEG or WebP.")
        return sentence % values
    return str(_SENTENCES[unfit.flaw]) % values


@contextmanager
def _told_when_full(name: str) -> Iterator[None]:
    """Say in words that a disk is full: the one where pictures are worked on, the store's, the database's."""
    try:
        yield
    except (OSError, OperationalError, StorageUnavailable) as exc:
        if not is_full(exc):
            raise
        logger.exception("a picture could not be kept: there is no room left")
        raise NotUsable(_no_room(name)) from exc


def _no_room(name: str) -> str:
    sentence = _(
        "The studio's disk is full, so %(name)s was not kept. What you wrote is; tell an administrator."
    )
    return sentence % {"name": name}


@contextmanager
def _files_of(member: User) -> Iterator[None]:
    """One at a time per member: a file must not be deleted while a new row comes to need it."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=member.pk)
        yield


def _discard(reference: Reference, *, before: datetime) -> bool:
    """Delete a row and then its files, unless somebody has come to use it, or chose it anew, just now."""
    try:
        with _files_of(reference.member):
            if not Reference.objects.filter(pk=reference.pk, created_at__lt=before).delete()[0]:
                return False
    except (ProtectedError, IntegrityError):
        return False
    with _files_of(reference.member):
        for key in (reference.original, reference.thumb_320):
            if not Reference.objects.filter(Q(original=key) | Q(thumb_320=key)).exists():
                try:
                    remove(key)
                except StorageUnavailable:
                    logger.warning("reference %s: %s stays in the storage, without a row", reference.pk, key)
    return True


@contextmanager
def _work_folder() -> Iterator[Path]:
    root = Path(settings.FILE_UPLOAD_TEMP_DIR or tempfile.gettempdir())
    _clear_leftovers(root)
    folder = Path(tempfile.mkdtemp(prefix=_OURS, dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_leftovers(root: Path) -> None:
    """Delete what a process that was killed left behind: its folder, and uploads that Django kept for it."""
    long_ago = time.time() - _LEFT_AFTER
    for path in (*root.glob(f"{_OURS}*"), *root.glob("tmp*.upload*")):
        with suppress(OSError):  # somebody else's, or somebody else was first
            if path.lstat().st_mtime < long_ago:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


def _on_disk(upload: UploadedFile, folder: Path) -> Path:  # type: ignore[type-arg]
    if isinstance(upload, TemporaryUploadedFile):
        return Path(upload.temporary_file_path())
    path = folder / "source"
    with path.open("wb") as stream:
        for chunk in upload.chunks():
            stream.write(chunk)
    return path


def _plain_name(name: str) -> str:
    plain = "".join(character for character in name if character.isprintable()).strip()
    return plain[-120:] or _("The file")
