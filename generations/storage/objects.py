"""Object storage through django-storages: files first, rows after.

A key holds the id of the call or of the member and a hash of the content, so writing it twice leaves the same
object and a crash between file and row leaves litter, never a lie.
"""

import shutil
from pathlib import Path
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import default_storage

_PIECE = 1024 * 1024  # bytes


class StorageUnavailable(Exception):
    """The store did not take or give an object; the same step may be repeated later."""


def store(source: Path, key: str) -> None:
    """Write the file under the key and look that all of it arrived.

    What lies there in full is left alone: somebody who was taken over and dies while writing it once more
    would leave half of what is on record as whole.

    Raises:
        StorageUnavailable: the store is away, refuses, or kept something of another length.
    """
    if has(key) and size(key) == source.stat().st_size:
        return
    try:
        with source.open("rb") as stream:
            default_storage.save(key, File(stream, name=key))
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{key} could not be stored.") from exc
    kept = size(key)
    if kept != source.stat().st_size:
        raise StorageUnavailable(f"{key} was stored with {kept} bytes of {source.stat().st_size}.")


def has(key: str) -> bool:
    """Return whether an object has this key.

    Raises:
        StorageUnavailable: the store is away.
    """
    try:
        return default_storage.exists(key)
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{key} could not be looked for.") from exc


def size(key: str) -> int:
    """Return the length of an object in bytes.

    Raises:
        StorageUnavailable: the store is away, or has no such object.
    """
    try:
        return default_storage.size(key)
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{key} could not be measured.") from exc


def open_object(key: str) -> File:  # type: ignore[type-arg]
    """Open a stored object for reading.

    Raises:
        FileNotFoundError: no object has this key.
        StorageUnavailable: the store is away.
    """
    try:
        opened = default_storage.open(key, "rb")
        opened.seek(0)  # S3 sends nothing before; failing later would be failing in the middle of an answer
        return opened
    except FileNotFoundError:
        raise
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{key} could not be read.") from exc


def stream_object(key: str) -> IO[bytes]:
    """Open a stored object for reading it once from its beginning, without copying it to the disk first.

    Raises:
        FileNotFoundError: no object has this key.
        StorageUnavailable: the store is away.
    """
    opened = _opened(key)
    # Of S3, whose open file would be fetched whole before its first byte.
    stored = getattr(opened, "obj", None)
    if stored is None:
        return opened
    try:
        body: IO[bytes] = stored.get()["Body"]
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{key} could not be read.") from exc
    return body


def fetch(key: str, to: Path) -> None:
    """Copy a stored object into a file, a piece at a time.

    Raises:
        FileNotFoundError: no object has this key.
        StorageUnavailable: the store is away.
    """
    with open_object(key) as stream, to.open("wb") as target:
        try:
            shutil.copyfileobj(stream, target, _PIECE)
        except (BotoCoreError, ClientError) as exc:
            raise StorageUnavailable(f"{key} could not be read.") from exc


def remove(key: str) -> None:
    """Delete an object, if it is there.

    Raises:
        StorageUnavailable: the store is away.
    """
    try:
        default_storage.delete(key)
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{key} could not be deleted.") from exc


def remove_folder(prefix: str) -> None:
    """Delete every object whose key is the prefix, a slash and a name.

    Raises:
        StorageUnavailable: the store is away.
    """
    try:
        names = default_storage.listdir(prefix)[1]
    except FileNotFoundError:
        return
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{prefix} could not be listed.") from exc
    for name in names:
        remove(f"{prefix}/{name}")


def _opened(key: str) -> File:  # type: ignore[type-arg]
    try:
        return default_storage.open(key, "rb")
    except FileNotFoundError:
        raise
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable(f"{key} could not be read.") from exc


def ensure() -> None:
    """Ask the store for something small.

    Raises:
        StorageUnavailable: it does not answer.
    """
    try:
        default_storage.exists("readiness")
    except (BotoCoreError, ClientError, OSError) as exc:
        raise StorageUnavailable("The object storage does not answer.") from exc
