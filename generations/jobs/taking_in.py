"""One generation of an export made into rows and files of this studio, or nothing of it."""

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import DataError, IntegrityError, transaction

from generations import keeping
from generations.images_api import Reason
from generations.jobs import reading
from generations.jobs.opening import NotThere, Opened
from generations.jobs.reading import Record, Unreadable
from generations.jobs.taking_calls import make_calls, make_refusals
from generations.jobs.taking_names import new_id
from generations.jobs.taking_places import kin, put_in_place
from generations.models import (
    Call,
    Endpoint,
    Generation,
    GenerationStatus,
    Image,
    Operation,
    Outcome,
    PromptVersion,
    Reference,
    ReferenceRole,
    ReferenceUse,
    Shape,
    Source,
)
from generations.models.generations import ACTIVE_STATUSES
from generations.references import NotUsable
from generations.references import receive as receive_reference
from generations.room import is_full
from generations.search import note_many
from generations.storage import (
    NotAPicture,
    Picture,
    StorageUnavailable,
    TooBusy,
    Unfit,
    inspect,
    look_of,
    remove,
    rewrite,
    store,
)
from team.models import User

ENDPOINT = "Import"
_MOST_IMAGES, _MOST_REFERENCES = 100, 20
_ENDS = tuple(status for status in GenerationStatus if status not in ACTIVE_STATUSES)


_Used = tuple[str, int, Reference]  # role, position


@dataclass(frozen=True, slots=True)
class _Checked:
    """A picture that is one, on its way into the storage."""

    record: Record
    pk: uuid.UUID
    call: uuid.UUID  # whose id is in the keys
    path: Path
    small: dict[int, Path]  # thumbnails by their longest edge in pixels
    picture: Picture
    keys: dict[int, str]  # in the storage, by the same edges; 0 is the original
    look: int


class Importer:
    """Takes generations in for one member."""

    def __init__(self, member: User, archive: Opened, folder: Path) -> None:
        self._member, self._archive, self._folder = member, archive, folder

    def take(self, record: Record) -> int:
        """Take a generation in, if it is not here yet; return how many of its pictures were not usable.

        Raises:
            Unreadable: it is no record of a generation.
            StorageUnavailable: the same may be tried again.
        """
        pk = self._id(reading.identity(record, "id"))
        if Generation.objects.filter(pk=pk).exists():
            return 0
        wanted = reading.records(record, "images", _MOST_IMAGES)
        work = self._folder / "pictures"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        checked = [
            one for place, image in enumerate(wanted) if (one := self._check(image, work / str(place)))
        ]
        references = self._references(record, work)
        try:
            for one in checked:
                _store(one)
            self._save(pk, record, checked, references)
        except (Unreadable, IntegrityError, DataError) as exc:
            _remove_files(checked)
            if not Generation.objects.filter(pk=pk).exists():
                raise Unreadable("generation") from exc
            return 0  # another import of the same was quicker
        return sum(1 for image in wanted if image.get("file")) - len(checked)

    def _save(self, pk: uuid.UUID, record: Record, checked: list[_Checked], references: list[_Used]) -> None:
        with transaction.atomic():
            generation = self._generation(pk, record, checked)
            calls = make_calls(generation, record)
            make_refusals(generation, record, calls)
            for one in checked:
                self._image(generation, calls, one)
            for role, position, reference in references:
                ReferenceUse.objects.create(
                    generation=generation, reference=reference, role=role, position=position
                )
            keeping.recount([generation.pk])
            note_many([generation.pk])

    def _id(self, old: uuid.UUID) -> uuid.UUID:
        return new_id(self._member, old)

    def _check(self, record: Record, folder: Path) -> _Checked | None:
        """Have a picture unpacked by a process with limits; None when it is not what it should be."""
        if not record.get("file"):
            return None
        folder.mkdir()
        source, made = folder / "source", folder / "made"
        made.mkdir()
        try:
            self._archive.take(record["file"], source, sha256=record.get("sha256"))
            # What comes of it are the two small pictures; the file itself is kept as it is.
            rewritten = rewrite(source, made, longest_edge=640, formats=("webp",))
            picture = inspect(source)
            pk, call = (self._id(reading.identity(record, name)) for name in ("id", "call"))
        except (NotThere, Unfit, NotAPicture, Unreadable):
            return None
        except TooBusy as exc:
            raise StorageUnavailable("Many pictures are being checked.") from exc
        stem = f"images/{call.hex[:2]}/{call}/{pk.hex[:12]}-{str(record['sha256'])[:12]}"
        keys = {0: f"{stem}.{picture.extension}", 320: f"{stem}-320.webp", 640: f"{stem}-640.webp"}
        small = {640: rewritten.path, 320: rewritten.thumbnail}
        return _Checked(record, pk, call, source, small, picture, keys, look_of(rewritten.thumbnail))

    def _generation(self, pk: uuid.UUID, record: Record, checked: list[_Checked]) -> Generation:
        created = reading.moment(record, "created_at")
        if created is None:
            raise Unreadable("created_at")
        version = record.get("prompt_version")
        return Generation.objects.create(
            pk=pk,
            submit_token=pk,
            member=self._member,
            endpoint=_endpoint(),
            model=reading.text(record, "model", 120),
            operation=reading.choice(record, "operation", Operation.values, Operation.GENERATIONS),
            prompt=reading.text(record, "prompt"),
            n=reading.number(record, "n", least=1, most=10),
            **{name: reading.text(record, name, 20) for name in _SHORT},
            output_compression=reading.perhaps_number(record, "output_compression", most=100),
            status=reading.choice(record, "status", _ENDS, GenerationStatus.FAILED),
            outcome=reading.choice(record, "outcome", Outcome.values, Outcome.NONE),
            reason=reading.choice(record, "reason", set(Reason), ""),
            images_count=max(
                len(checked), reading.perhaps_number(record, "images_count", most=_MOST_IMAGES) or 0
            ),
            created_at=created,
            started_at=reading.moment(record, "started_at"),
            finished_at=reading.moment(record, "finished_at") or created,
            source=Source.IMPORT,
            shape=_shape(checked),
            cost=reading.money(record, "cost"),
            prompt_version=self._version(version) if isinstance(version, list) else None,
            **kin(self._member, record),
        )

    def _version(self, named: list[Any]) -> PromptVersion | None:
        old, number = [*named, None, None][:2]
        if not isinstance(old, str) or not isinstance(number, int):
            return None
        prompt = self._id(reading.identity({"id": old}, "id"))
        own = PromptVersion.objects.filter(saved_prompt__owner=self._member, saved_prompt=prompt)
        return own.filter(number=number).first()

    def _image(self, generation: Generation, calls: dict[uuid.UUID, Call], checked: _Checked) -> Image:
        record, picture = checked.record, checked.picture
        call = calls.get(reading.identity(record, "call"))
        if call is None:
            raise Unreadable("call")
        index = reading.number(record, "index", most=1000)
        image = Image.objects.create(
            pk=checked.pk,
            generation=generation,
            call=call,
            index=index,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            bytes=checked.path.stat().st_size,
            sha256=record["sha256"],
            original=checked.keys[0],
            thumb_320=checked.keys[320],
            thumb_640=checked.keys[640],
            revised_prompt=reading.text(record, "revised_prompt"),
            is_favourite=reading.flag(record, "favourite"),
            rating=reading.number(record, "rating", most=5),
            note=reading.text(record, "note", 2000),
            look=checked.look,
        )
        at = reading.moment(record, "created_at") or generation.created_at
        Image.objects.filter(pk=image.pk).update(created_at=at)
        put_in_place(image, record, by=self._member)
        return image

    def _references(self, record: Record, work: Path) -> list[_Used]:
        """What it was made from, checked and written anew as every picture that a member sends."""
        found: list[_Used] = []
        for place, told in enumerate(reading.records(record, "references", _MOST_REFERENCES)):
            path = work / f"reference-{place}"
            role = reading.choice(told, "role", ReferenceRole.values, ReferenceRole.REFERENCE)
            try:
                self._archive.take(told.get("file"), path, sha256=told.get("sha256"))
                with path.open("rb") as stream:
                    name = _file_name(reading.text(told, "name", 200), otherwise=path.name)
                    upload = UploadedFile(File(stream), name=name, size=path.stat().st_size)
                    reference = receive_reference(upload, member=self._member)
            except NotThere:
                continue
            except NotUsable as exc:
                if is_full(exc) or isinstance(exc.__cause__, TooBusy | StorageUnavailable):
                    raise StorageUnavailable("A reference cannot be kept now.") from exc
                continue
            found.append((role, len(found), reference))
        return found


_SHORT = (
    "size",
    "aspect_ratio",
    "quality",
    "style",
    "background",
    "moderation",
    "output_format",
    "input_fidelity",
)


def _store(checked: _Checked) -> None:
    for edge, path in checked.small.items():
        store(path, checked.keys[edge])
    store(checked.path, checked.keys[0])


def _remove_files(checked: list[_Checked]) -> None:
    """Of what was told of twice, or is taken in elsewhere at this moment, the files are another image's."""
    others = Image.objects.filter(call__in={one.call for one in checked}, removed_at__isnull=True)
    rows = others.values_list("original", "thumb_320", "thumb_640")
    needed = {key for row in rows for key in row}
    for key in {key for one in checked for key in one.keys.values()} - needed:
        remove(key)


def _file_name(told: str, *, otherwise: str) -> str:
    """Return the last part of a name, if it is one of a file."""
    name = PurePosixPath(told).name
    return name if name not in {"", ".."} else otherwise


def _endpoint() -> Endpoint:
    """One endpoint that is not in use stands for all where imported images were bought."""
    fields = {"base_url": "http://127.0.0.1:9/v1", "is_active": False, "key_variable": ""}
    return Endpoint.objects.get_or_create(name=ENDPOINT, defaults=fields)[0]


def _shape(checked: list[_Checked]) -> str:
    if not checked:
        return ""
    first = checked[0].picture
    return Shape.of(first.width, first.height)
