"""Files while they arrive: written to the disk, and never more of one than the studio takes."""

import io
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from generations.room import is_full


class WithoutRoom(InMemoryUploadedFile):
    """A file for which the disk had no room: its name and how large it was, and nothing of what it held."""


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Gives back the disk as soon as a file turns out to be too large, and writes no more of it.

    What still arrives of it is read and dropped: a connection that is cut off in the middle tells a browser
    nothing, and the form is to come back with a sentence at the field. The file is said to be as large as
    it was sent, and holds nothing. A file that finds the disk full is dropped in the same way, so that the
    rest of the form is read: it becomes a `WithoutRoom`.
    """

    _is_open = False  # the file that arrives now has a place on the disk

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self._is_open = False
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            if not is_full(error):
                raise
        else:
            self._is_open = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if not self._is_open:
            return None
        try:
            if start + len(raw_data) <= self._most():
                return super().receive_data_chunk(raw_data, start)
            if self.file.file is not None and self.file.tell():
                self.file.seek(0)
                self.file.truncate()
        except OSError as error:
            self._give_up(error)
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:  # type: ignore[type-arg]
        if self._is_open:
            try:
                return super().file_complete(file_size)  # what was held back until now is written here
            except OSError as error:
                self._give_up(error)
        return WithoutRoom(
            io.BytesIO(), self.field_name, self.file_name or "", self.content_type, file_size, self.charset
        )

    def _give_up(self, error: OSError) -> None:
        """Let go of a file that found the disk full; any other error is not for a form to tell."""
        if not is_full(error):
            raise error
        self._is_open = False
        with suppress(OSError):  # what could not be written cannot be written now either; it is deleted
            self.file.close()

    def _most(self) -> int:
        """In bytes, of one file."""
        is_import = self.request is not None and self.request.path_info == settings.IMPORT_PATH
        return settings.IMPORT_UPLOAD_BYTES if is_import else settings.REFERENCE_UPLOAD_BYTES
