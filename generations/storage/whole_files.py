"""Files in a folder that appear under their names once they are whole."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.storage import FileSystemStorage


class WholeFileStorage(FileSystemStorage):
    """Writes beside the name and renames, as an object store does it.

    Whoever dies while writing leaves a part, which the next one who writes the same name removes.
    """

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        name = name or content.name
        beside = super().save(f"{name}.{uuid4().hex}.part", content, max_length)
        whole = Path(self.path(name))
        _flush(Path(self.path(beside)))
        Path(self.path(beside)).replace(whole)
        _flush(whole.parent)
        for left_over in whole.parent.glob(f"{whole.name}.*.part"):
            left_over.unlink(missing_ok=True)
        return name


def _flush(path: Path) -> None:
    """What is on record as stored has to outlast a power cut: the answer it came from is thrown away."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
