"""Archives that want more memory than they may have, never come to an end, or take away what others have."""

import errno
import io
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from django.core.files.storage import default_storage

from generations import references
from generations.jobs.broken import Impossible
from generations.jobs.opening import NotThere, Opened
from generations.jobs.taking_in import Importer
from generations.jobs.taking_names import new_id
from generations.models import Generation, Image, Job, JobStatus, Reference
from generations.storage import StorageUnavailable
from team.models import User
from tests.fake_endpoint import picture
from tests.generations.jobs.conftest import finished, stored
from tests.generations.jobs.test_leaving import B, _sha256, archive, bring, record, with_record

pytestmark = pytest.mark.django_db
C = str(UUID(int=3))
CAT: Final = "images/cat.png"
# More than any directory of an export takes, less than what comes of one that is believed.
BOUND: Final = 20_000_000  # bytes
_ENTRY, _END = b"PK\x01\x02", b"PK\x05\x06"


@pytest.mark.parametrize("method", [1, 6, 9, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 93, 95])
@pytest.mark.parametrize("name", ["manifest.json", CAT])
def test_what_is_packed_as_no_export_is_packed_is_refused_before_any_of_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, method: int
) -> None:
    path = tmp_path / "archive.zip"
    content = _said(archive({CAT: b"x"}), name, at=10, value=struct.pack("<H", method))
    path.write_bytes(content)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_args: pytest.fail("It was unpacked."))

    with pytest.raises(Impossible, match="not_a_zip"):
        Opened(path)


def test_a_picture_that_unpacks_without_bound_ends_the_import(mei: User) -> None:
    stream = io.BytesIO(archive({}))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_BZIP2) as made:
        made.writestr(CAT, bytes(1_000_000))

    job = bring(mei, stream.getvalue())

    assert (job.status, job.reason) == (JobStatus.FAILED, "not_a_zip")


@pytest.mark.parametrize("entries", [45_001, 100_000, 300_000])
@pytest.mark.parametrize("is_long", [False, True])
def test_a_directory_of_too_many_entries_is_refused_before_it_is_read_whole(
    tmp_path: Path, entries: int, is_long: bool
) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(_with_directory(entries=entries, is_long=is_long))

    with _in_little_memory(), pytest.raises(Impossible, match="too_many"):
        Opened(path)


@pytest.mark.parametrize("is_long", [False, True])
def test_a_directory_that_is_larger_than_it_can_be_is_refused_before_it_is_read_whole(
    tmp_path: Path, is_long: bool
) -> None:
    path, length = tmp_path / "archive.zip", 64 * 1024 * 1024
    with path.open("wb") as stream:
        stream.truncate(length)
        stream.seek(length)
        stream.write(_end(entries=1, length=length, offset=0, is_long=is_long))

    with _in_little_memory(), pytest.raises(Impossible, match="too_many"):
        Opened(path)


@pytest.mark.parametrize("length", [2**62, 2**63, 2**64 - 1])
def test_a_directory_of_a_length_that_no_file_has_is_none(tmp_path: Path, length: int) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(archive({}) + _end(entries=1, length=length, offset=0, is_long=True))

    with pytest.raises(Impossible, match="not_a_zip"):
        Opened(path)


def test_the_largest_directory_of_an_export_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(_with_directory(entries=20_100, is_long=False, name=f"images/{'猫' * 50}-20000.webp"))

    with Opened(path) as opened:
        assert opened.manifest["version"] == 1


def test_the_same_image_told_of_twice_keeps_its_files(mei: User) -> None:
    content = picture()
    told = {"sha256": _sha256(content)}

    job = bring(mei, with_record({CAT: content}, record(image=told), record(image=told, id=B)))

    assert (job.status, job.done, job.left_out) == (JobStatus.DONE, 1, 1)
    _is_whole(Image.objects.get(), content)


def test_what_a_record_that_is_left_out_has_stored_is_deleted_again(mei: User) -> None:
    content = picture()
    told = {"sha256": _sha256(content)}
    kept, lost = record(image=told), record(image={**told, "id": C, "call": B}, id=B)

    job = bring(mei, with_record({CAT: content}, kept, lost))

    assert (job.done, job.left_out) == (1, 1)
    _is_whole(Image.objects.get(), content)
    call = new_id(mei, UUID(B))
    folder = f"images/{call.hex[:2]}/{call}"
    assert not default_storage.exists(folder) or not default_storage.listdir(folder)[1]


class _Overtaken(Opened):
    """An archive that another host takes in while this one unpacks its first picture."""

    by: Importer | None = None
    told: dict[str, Any]

    def take(self, name: object, to: Path, *, sha256: object) -> None:
        super().take(name, to, sha256=sha256)
        other, self.by = self.by, None
        if other is not None:
            other.take(self.told)


def test_who_comes_second_with_the_same_export_leaves_the_files_of_the_first(
    mei: User, tmp_path: Path
) -> None:
    content = picture()
    told = record(image={"sha256": _sha256(content)})
    path = tmp_path / "archive.zip"
    path.write_bytes(with_record({CAT: content}, told))
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    with Opened(path) as archive_of_first, _Overtaken(path) as overtaken:
        overtaken.by = Importer(mei, archive_of_first, first)
        overtaken.told = told
        assert Importer(mei, overtaken, second).take(told) == 0

    assert Generation.objects.count() == 1
    _is_whole(Image.objects.get(), content)


@pytest.mark.parametrize("offset", [-900, 2**31, 2**62, 2**63, 2**64 - 1])
@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        (CAT, JobStatus.DONE, ""),
        ("generations.jsonl", JobStatus.FAILED, "manifest"),
        ("prompts.jsonl", JobStatus.FAILED, "manifest"),
        ("manifest.json", JobStatus.FAILED, "not_a_zip"),
    ],
)
def test_an_import_of_an_archive_that_misleads_comes_to_an_end(
    mei: User, name: str, status: str, reason: str, offset: int
) -> None:
    content = picture()
    told = record(image={"sha256": _sha256(content)})

    job = bring(mei, _misleading(with_record({CAT: content}, told), name, offset))

    assert (job.status, job.reason) == (status, reason)
    assert not Image.objects.exists()
    assert job.arguments.get("images_left_out", 0) == (status == JobStatus.DONE)


def test_a_disk_without_room_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    content = picture()
    path = tmp_path / "archive.zip"
    path.write_bytes(archive({CAT: content}))

    with Opened(path) as opened:
        with pytest.raises(OSError, match="No space left"):
            opened.take(CAT, Path("/dev/full"), sha256=_sha256(content))
        with pytest.raises(NotThere):
            opened.take(CAT, tmp_path / "cat", sha256="0" * 64)
    with pytest.raises(FileNotFoundError):
        Opened(tmp_path / "none.zip")


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), StorageUnavailable("It is away.")]
)
def test_an_import_waits_until_its_references_can_be_kept(
    mei: User, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_args: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(references, "store", fails)
        job = bring(mei, _with_reference("cat.png"))

    assert job.status == JobStatus.WAITING
    assert not Generation.objects.exists()
    Job.objects.update(lease_until=None)
    assert finished(job).status == JobStatus.DONE
    assert Reference.objects.get().name == "cat.png"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("..", "reference-0"),
        (".", "reference-0"),
        ("/", "reference-0"),
        ("", "reference-0"),
        ("a/..", "reference-0"),
        ("a/", "a"),
        ("../../a.png", "a.png"),
        ("我的猫.png", "我的猫.png"),
    ],
)
def test_the_name_of_a_reference_leads_nowhere(mei: User, told: str, kept: str) -> None:
    job = bring(mei, _with_reference(told))

    assert (job.status, job.done) == (JobStatus.DONE, 1)
    assert Reference.objects.get().name == kept


def _with_reference(name: str) -> bytes:
    content = picture(size=(300, 200))
    use = {"role": "reference", "position": 0, "name": name}
    use |= {"file": "references/cat.png", "sha256": _sha256(content)}
    return with_record({"references/cat.png": content}, record(images=[], references=[use]))


def _is_whole(image: Image, content: bytes) -> None:
    assert stored(image.original) == content
    assert all(default_storage.exists(key) for key in (image.thumb_320, image.thumb_640))


def _said(content: bytes, name: str, *, at: int, value: bytes) -> bytes:
    """What the directory says of an entry, written over from a byte of its header on."""
    start = content.rindex(name.encode()) - 46 + at
    return content[:start] + value + content[start + len(value) :]


def _misleading(content: bytes, name: str, offset: int) -> bytes:
    """An archive whose directory says that an entry begins elsewhere; below 0, before the file."""
    begin, end = content.index(_ENTRY), content.rindex(_END)
    shift = 1000 if offset < 0 else 0  # by which all are said to lie further, the directory as well
    entries = [_ENTRY + entry for entry in content[begin:end].split(_ENTRY)[1:]]
    for place, entry in enumerate(entries):
        known = struct.unpack_from("<L", entry, 42)[0]
        of_this = entry[46:].startswith(name.encode())
        if shift:
            told = shift + (offset if of_this else known)
            entries[place] = entry[:42] + struct.pack("<L", told) + entry[46:]
        elif of_this:
            extra = struct.pack("<HHQ", 1, 8, offset)
            entries[place] = entry[:30] + struct.pack("<H", len(extra)) + entry[32:42] + b"\xff" * 4
            entries[place] += entry[46:] + extra
    directory = b"".join(entries)
    last = _end(entries=len(entries), length=len(directory), offset=begin + shift, is_long=False)
    return content[:begin] + directory + last


def _with_directory(*, entries: int, is_long: bool, name: str = "a") -> bytes:
    """An export whose directory names a file so many times, and says that it has few entries."""
    content = archive({name: b""})
    begin, end = content.index(_ENTRY), content.rindex(_END)
    repeated = content[content.rindex(_ENTRY) : end]
    directory = content[begin:end] + repeated * (entries - content.count(_ENTRY))
    last = _end(entries=entries % 1000, length=len(directory), offset=begin, is_long=is_long)
    return content[:begin] + directory + last


def _end(*, entries: int, length: int, offset: int, is_long: bool) -> bytes:
    """The last bytes of a zip file, as they are or in the form for large files."""
    if not is_long:
        return struct.pack("<4s4H2LH", _END, 0, 0, entries, entries, length, offset, 0)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, length, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + length, 1)
    return record + locator + struct.pack("<4s4H2LH", _END, 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)


@contextmanager
def _in_little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < BOUND
    finally:
        tracemalloc.stop()
