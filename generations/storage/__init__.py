"""Where images are kept: files under keys that nobody outside can choose, and the pictures made for pages."""

from generations.storage.looks import difference, look_of
from generations.storage.objects import (
    StorageUnavailable,
    ensure,
    fetch,
    has,
    open_object,
    remove,
    remove_folder,
    store,
    stream_object,
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
    "difference",
    "ensure",
    "fetch",
    "has",
    "inspect",
    "look_of",
    "open_object",
    "remove",
    "remove_folder",
    "rewrite",
    "store",
    "stream_object",
    "write_thumbnails",
]
