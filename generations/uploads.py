"""Files while they arrive: written to the disk, and never more of one than the studio takes."""

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Gives back the disk as soon as a file turns out to be too large, and writes no more of it.

    What still arrives of it is read and dropped: a connection that is cut off in the middle tells a browser
    nothing, and the form is to come back with a sentence at the field. The file is said to be as large as
    it was sent, and holds nothing.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) <= self._most():
            return super().receive_data_chunk(raw_data, start)
        if self.file.file is not None and self.file.tell():
            self.file.seek(0)
            self.file.truncate()
        return None

    def _most(self) -> int:
        """In bytes, of one file."""
        is_import = self.request is not None and self.request.path_info == settings.IMPORT_PATH
        return settings.IMPORT_UPLOAD_BYTES if is_import else settings.REFERENCE_UPLOAD_BYTES
