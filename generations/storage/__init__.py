"""Where images are kept: files under keys that nobody outside can choose, and the pictures made for pages."""

from generations.storage.objects import (
    StorageUnavailable,
    ensure,
    fetch,
    open_object,
    remove,
    remove_folder,
    store,
)
from generations.storage.pictures import NotAPicture, Picture, inspect, write_thumbnails
from generations.storage.reencoding import Flaw, Unfit
from generations.storage.rewriting import Rewritten, TooBusy, rewrite

__all__ = [
    "Flaw",
    "NotAPicture",
    "Picture",
    "Rewritten",
    "StorageUnavailable",
    "TooBusy",
    "Unfit",
    "ensure",
    "fetch",
    "inspect",
    "open_object",
    "remove",
    "remove_folder",
    "rewrite",
    "store",
    "write_thumbnails",
]
