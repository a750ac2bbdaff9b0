"""Where images are kept: files under keys that nobody outside can choose, and the pictures made for pages."""

from generations.storage.objects import StorageUnavailable, ensure, open_object, store
from generations.storage.pictures import NotAPicture, Picture, inspect, write_thumbnails

__all__ = [
    "NotAPicture",
    "Picture",
    "StorageUnavailable",
    "ensure",
    "inspect",
    "open_object",
    "store",
    "write_thumbnails",
]
