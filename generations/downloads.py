"""An image as a file that says how it was made, or in another format: made when asked for, never kept."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, get_args

from django.conf import settings
from django.utils.translation import gettext as _

from generations.models import Image
from generations.provenance import carry, packet
from generations.room import is_full
from generations.storage import StorageUnavailable, TooBusy, Unfit, fetch, rewrite

logger = logging.getLogger(__name__)

Format = Literal["png", "jpeg", "webp"]
FORMATS: tuple[Format, ...] = get_args(Format)
NAMES: dict[Format, str] = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP"}
_PATIENCE = 5.0  # seconds for a turn: somebody waits, and holds a thread of the web server


class NotNow(Exception):
    """The file cannot be made at the moment; the message is a sentence for the member."""


class NotPossible(Exception):
    """The file can never be made; the message is a sentence for the member."""


@dataclass(frozen=True, slots=True)
class Download:
    """An open file that is on no disk any more once it is closed."""

    stream: IO[bytes]
    media_type: str
    file_name: str


def other_formats(image: Image) -> list[tuple[Format, str]]:
    """Return value and name of the formats that an image did not come in."""
    return [(kind, NAMES[kind]) for kind in FORMATS if image.media_type != f"image/{kind}"]


def described(image: Image) -> Download | None:
    """Return the file as it came with a packet in it that says how it was made; None where it can hold none.

    Raises:
        NotNow: the storage does not answer.
        NotPossible: its file is gone.
    """
    with _work_folder() as folder:
        source, target = folder / "source", folder / "described"
        with _told(image):
            fetch(image.original, source)
        if not carry(source, target, packet(image)):
            return None
        return Download(target.open("rb"), image.media_type, image.file_name)


def converted(image: Image, kind: Format, *, metadata: bool = True) -> Download:
    """Write an image anew in a format, in a process with limits; what is transparent is white in a JPEG.

    `metadata` says whether the file tells how the image was made.

    Raises:
        NotNow: too many pictures are being written, or the storage does not answer.
        NotPossible: its file is gone, damaged or an animation.
    """
    with _work_folder() as folder:
        source, target = folder / "source", folder / "made"
        target.mkdir()
        try:
            with _told(image):
                fetch(image.original, source)
                made = rewrite(source, target, formats=(kind,), patience=_PATIENCE)
        except TooBusy as exc:
            raise NotNow(_("Many pictures are being converted. Try again in a minute.")) from exc
        except Unfit as exc:
            logger.warning("image %s: it cannot be written as %s: %s", image.pk, kind, exc.flaw)
            raise NotPossible(_("This image cannot be converted. Download the original.")) from exc
        name = f"{image.file_name.rpartition('.')[0]}.{made.extension}"
        told = folder / "described"
        path = told if metadata and carry(made.path, told, packet(image)) else made.path
        # The open file outlives its folder.
        return Download(path.open("rb"), made.media_type, name)


@contextmanager
def _told(image: Image) -> Iterator[None]:
    """Raise what is wrong with its file in the storage as a sentence."""
    try:
        yield
    except StorageUnavailable as exc:
        logger.warning("image %s: the storage does not answer", image.pk)
        raise NotNow(_("This image cannot be read now. Try again in a minute.")) from exc
    except FileNotFoundError as exc:
        logger.error("image %s: its file is missing in the storage: %s", image.pk, image.original)
        raise NotPossible(_("The file of this image is missing. Ask an administrator.")) from exc
    except OSError as exc:
        if not is_full(exc):
            raise
        logger.exception("image %s: there is no room to write it anew", image.pk)
        raise NotNow(
            _("The studio's disk is full. Download the original, and tell an administrator.")
        ) from exc


@contextmanager
def _work_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="download-", dir=settings.FILE_UPLOAD_TEMP_DIR))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
