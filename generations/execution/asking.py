"""What is asked of the endpoint for one call, and with which connection."""

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from generations.execution.worker import work_root
from generations.images_api import Connection, ImagesRequest, NotSent, PictureFile, Reason, SpoolFull
from generations.models import Call, Operation, ReferenceRole, ReferenceUse
from generations.storage import StorageUnavailable, TooBusy, Unfit, fetch, rewrite

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A picture that lies ready to be sent, and its size in pixels."""

    file: PictureFile
    size: tuple[int, int]


@contextmanager
def asked(call: Call) -> Iterator[ImagesRequest]:
    """Give what is asked, with its pictures as files that are gone afterwards.

    Raises:
        NotSent: the pictures cannot be had now, or the model does not take them any more.
        SpoolFull: this host's disk has no room for them.
    """
    uses = list(call.generation.reference_uses.select_related("reference"))
    if not uses:
        yield request_of(call)
        return
    with _folder(call) as folder:
        pictures = [_laid(use, call, folder) for use in uses if use.role == ReferenceRole.REFERENCE]
        masks = [_laid(use, call, folder, like=pictures[0]) for use in uses if use.role == ReferenceRole.MASK]
        yield _with_pictures(call, pictures, mask=masks[0] if masks else None)


def request_of(call: Call) -> ImagesRequest:
    """Return what is asked in words and numbers: all of it, but for the pictures that go with an edit.

    A parameter that the member left alone is not sent.
    """
    generation, endpoint = call.generation, call.endpoint
    family = endpoint.family_of(generation.model)
    background = generation.background
    sends_moderation = generation.operation != Operation.EDITS or endpoint.moderation_on_edits
    streams = family.streams and generation.operation != Operation.VARIATIONS
    previews = min(endpoint.partial_images, family.partial_images) if streams else 0
    return ImagesRequest(
        model=generation.model,
        prompt=family.sent_prompt(generation.prompt, background=background),
        n=call.n,
        size=generation.size or None,
        aspect_ratio=generation.aspect_ratio or None,
        quality=generation.quality or None,
        style=generation.style or None,
        background=None if family.says_in_words(background) else background or None,
        moderation=(generation.moderation or None) if sends_moderation else None,
        output_format=generation.output_format or None,
        output_compression=generation.output_compression,
        response_format=family.response_format or None,
        input_fidelity=generation.input_fidelity or None,
        partial_images=previews or None,
    )


def connection_of(call: Call) -> Connection:
    """Return whom to ask, for at most as long as the administrator said for this model.

    Where nothing was said, a deadline shorter than the model may need would only lose what is paid for.
    """
    agreed = call.endpoint.connection()
    model = call.generation.model
    offer = call.endpoint.models.filter(name=model).first()
    if offer and offer.deadline_seconds:
        return replace(agreed, deadline=float(offer.deadline_seconds))
    return replace(agreed, deadline=max(agreed.deadline, call.endpoint.family_of(model).deadline))


def _with_pictures(call: Call, pictures: Sequence[_Laid], *, mask: _Laid | None) -> ImagesRequest:
    operation = Operation(call.generation.operation)
    is_edit = operation == Operation.EDITS
    try:
        return replace(
            request_of(call),
            operation=_OPERATIONS[operation],
            edits=call.endpoint.family_of(call.generation.model).edits if is_edit else None,
            references=tuple(picture.file for picture in pictures),
            mask=mask.file if mask else None,
        )
    except ValueError as exc:  # an administrator has changed what the model takes
        raise NotSent.because(Reason.BAD_PARAMETER) from exc


@contextmanager
def _folder(call: Call) -> Iterator[Path]:
    folder = work_root() / f"{call.pk}-{call.epoch}-asked"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as exc:
        raise SpoolFull.because(Reason.SPOOL_FULL) from exc
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _laid(use: ReferenceUse, call: Call, folder: Path, *, like: _Laid | None = None) -> _Laid:
    reference = use.reference
    path = folder / f"{use.role}-{use.position + 1}.{reference.original.rpartition('.')[2]}"
    try:
        fetch(reference.original, path)
        return _as_large_as(like, use, path) if like else _fitting(use, path, call)
    except (StorageUnavailable, TooBusy) as exc:
        logger.warning("call %s: its reference %s cannot be had now: %r", call.pk, reference.pk, exc)
        raise NotSent.because(Reason.REFERENCE_AWAY) from exc
    except (FileNotFoundError, Unfit) as exc:
        logger.warning("call %s: its reference %s cannot be had any more: %r", call.pk, reference.pk, exc)
        raise NotSent.because(Reason.REFERENCE_GONE) from exc
    except OSError as exc:
        raise SpoolFull.because(Reason.SPOOL_FULL) from exc


def _fitting(use: ReferenceUse, path: Path, call: Call) -> _Laid:
    """Return the file in a format and of a length that this family takes."""
    edits = call.endpoint.family_of(call.generation.model).edits
    kind = use.reference.media_type.partition("/")[2]
    if not edits or (kind in edits.formats and path.stat().st_size <= edits.bytes_max):
        return _as_kept(use, path)
    return _anew(path, bytes_most=edits.bytes_max, formats=edits.formats)


def _as_large_as(first: _Laid, use: ReferenceUse, path: Path) -> _Laid:
    """Return a mask of the size in which its picture is sent: endpoints refuse any other."""
    kept = _as_kept(use, path)
    return kept if kept.size == first.size else _anew(path, mask_size=first.size)


def _as_kept(use: ReferenceUse, path: Path) -> _Laid:
    file = PictureFile(path, use.reference.media_type, path.stat().st_size, path.name)
    return _Laid(file, (use.reference.width, use.reference.height))


def _anew(path: Path, **limits: Any) -> _Laid:
    folder = path.with_suffix("")
    folder.mkdir()
    made = rewrite(path, folder, **limits)
    name = f"{path.stem}.{made.extension}"
    file = PictureFile(made.path, made.media_type, made.path.stat().st_size, name)
    return _Laid(file, (made.width, made.height))


_OPERATIONS: dict[Operation, Literal["generations", "edits", "variations"]] = {
    Operation.GENERATIONS: "generations",
    Operation.EDITS: "edits",
    Operation.VARIATIONS: "variations",
}
